"""The program, run inside the test's own process on a home of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from duban.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHRISTMAS = ("--as-of", "2023-12-25")


@dataclass(frozen=True)
class Ended:
    """How the program ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document that was printed."""
        return json.loads(self.out)


class Program:
    """The command line on one home."""

    def __init__(self, home: Path, read_output: Callable[[], tuple[str, str]]) -> None:
        self.home = home
        self._read_output = read_output

    def __call__(self, *arguments: str) -> Ended:
        """Run a command."""
        self._read_output()
        with pytest.raises(SystemExit) as end:
            main(arguments)
        out, err = self._read_output()
        return Ended(int(end.value.code or 0), out, err)

    def spawn(self, *arguments: str, **environment: str) -> Ended:
        """Run a command in a process of its own."""
        command = [sys.executable, "-m", "duban", *arguments]
        ended = subprocess.run(
            command, check=False, capture_output=True, text=True, env=os.environ | environment, timeout=300
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def json(self, *arguments: str) -> Any:
        """Run a command that has to succeed, and return its JSON."""
        ended = self(*arguments, "--json")
        assert ended.code == 0, ended.err
        return ended.document

    def refuses(self, *arguments: str) -> str:
        """Run a command that has to be refused with nothing changed, and return the sentence."""
        before = self.content()
        ended = self(*arguments)
        assert (ended.code, ended.out) == (1, "")
        assert self.content() == before
        return ended.err.removesuffix("\n")

    def does(self, *arguments: str) -> str:
        """Run a command that has to succeed, and return what it tells."""
        ended = self(*arguments)
        assert (ended.code, ended.err) == (0, "")
        return ended.out

    def previews(self, *arguments: str) -> str:
        """Run a command that has to show what it would do, with nothing changed, and return that."""
        before = self.content()
        ended = self(*arguments)
        assert ended.code == 1
        assert ended.err.startswith("Nothing was changed; add --yes to do it to ")
        assert self.content() == before
        return ended.out

    def measure(self, number: str, as_of: str = CHRISTMAS[1]) -> dict[str, Any]:
        """Return a measure as `show` has it."""
        found: dict[str, Any] = self.json("show", number, "--as-of", as_of)
        return found

    def content(self) -> tuple[list[str], list[str]]:
        """Return all rows of the database, and all files of the home."""
        with closing(sqlite3.connect(self.home / "duban.db")) as database:
            rows = list(database.iterdump())
        files = sorted(str(path) for path in self.home.rglob("*") if not path.name.startswith("duban.db"))
        return rows, files

    def rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """Look into the database behind the program's back."""
        with closing(sqlite3.connect(self.home / "duban.db")) as database:
            return database.execute(query, values).fetchall()

    def write(self, statement: str, *values: str) -> None:
        """Change the database behind the program's back."""
        with closing(sqlite3.connect(self.home / "duban.db")) as database:
            database.execute(statement, values)
            database.commit()
