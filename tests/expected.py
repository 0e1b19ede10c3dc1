"""Texts that tests expect, kept in tests/data for people to read."""

from __future__ import annotations

import os
from pathlib import Path

UPDATE = "UPDATE_EXPECTED"
"""The environment variable that makes tests write what they found: read the difference before you commit it."""

_FOLDER = Path(__file__).with_name("data")


def assert_as_expected(found: str, name: str) -> None:
    """Compare a text with the one kept under a name."""
    file = _FOLDER / name
    if os.environ.get(UPDATE):
        file.write_text(found)
    assert found == file.read_text(), f"{name} differs; run the test with {UPDATE}=1 and read the difference"
