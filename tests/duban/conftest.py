"""The office of Qiyang: registered once, and copied for each test."""

from __future__ import annotations

from shutil import copytree
from typing import TYPE_CHECKING

import pytest

from duban.cli.setup import init
from tests.duban.program import Program

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def qiyang(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the example office, which no test may change."""
    home = tmp_path_factory.mktemp("qiyang") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUBAN_HOME", str(home))
        init("qiyang")
    return home


@pytest.fixture
def home(qiyang: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with the example office, for one test, and for every program that it starts."""
    own = tmp_path / "home"
    copytree(qiyang, own)
    monkeypatch.setenv("DUBAN_HOME", str(own))
    return own


@pytest.fixture
def duban(home: Path, capsys: pytest.CaptureFixture[str]) -> Program:
    """The program at work on such a home."""
    return Program(home, capsys.readouterr)
