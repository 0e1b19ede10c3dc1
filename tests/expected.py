"""Texts that tests expect, kept in tests/data for people to read."""

from __future__ import annotations

import os
import re
from pathlib import Path

UPDATE = "UPDATE_EXPECTED"
"""The environment variable that makes tests write what they found: read the difference before you commit it."""

_FOLDER = Path(__file__).with_name("data")


def without_code(body: str) -> str:
    """Return a message without its code, which is another one each time."""
    return re.sub(r"(签收码|code )[0-9A-Z]{6}\b", r"\1••••••", body)


def assert_as_expected(found: str, name: str) -> None:
    """Compare a text with the one kept under a name."""
    file = _FOLDER / name
    if os.environ.get(UPDATE):
        file.write_text(found)
    assert found == file.read_text(), f"{name} differs; run the test with {UPDATE}=1 and read the difference"
