"""TOML documents, read key by key: what is wrong is noted with its place, and the reading goes on."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from config.problems import Problem

T = TypeVar("T")

_WANTED: dict[type, str] = {
    str: "a text that is not empty",
    int: "a whole number",
    date: "a date like 2023-01-31",
    list: "a list",
}


class Table:
    """A table of a document; each reading method notes what is wrong and then returns nothing usable."""

    def __init__(self, raw: dict[str, Any], file: str, path: str, problems: list[Problem]) -> None:
        self.raw = raw
        self._file = file
        self._path = path
        self._problems = problems
        self._known: set[str] = set()

    def note(self, key: str, sentence: str) -> None:
        """Note what is wrong with a key of this table."""
        self._problems.append(Problem(f"{self._file}: {self._at(key)}", sentence))

    def take(self, key: str, kind: type[T]) -> T | None:
        """Return the value of a key that has to be there."""
        self._known.add(key)
        if key in self.raw:
            return self._typed(key, self.raw[key], kind)
        self.note(key, f"is missing; add {_WANTED[kind]}")
        return None

    def take_optional(self, key: str, kind: type[T]) -> T | None:
        """Return the value of a key that may be left out."""
        self._known.add(key)
        return self._typed(key, self.raw[key], kind) if key in self.raw else None

    def take_dates(self, key: str) -> list[date]:
        """Return the dates listed under a key that may be left out."""
        values = [self._typed(key, value, date) for value in self.take_optional(key, list) or []]
        return [value for value in values if value is not None]

    def take_tables(self, key: str, named_by: str) -> list["Table"]:
        """Return the tables listed under a key that may be left out.

        In places each goes by its value of `named_by`, or by its position, from #1, if it has none.
        """
        tables = []
        for position, raw in enumerate(self.take_optional(key, list) or [], start=1):
            if not isinstance(raw, dict):
                self.note(f"{key}[#{position}]", "has to be a table; write it as `{ key = value, … }`")
                continue
            name = raw.get(named_by) or f"#{position}"
            tables.append(Table(raw, self._file, self._at(f"{key}[{name}]"), self._problems))
        return tables

    def refuse_unknown(self) -> None:
        """Note every key that nobody asked for."""
        known = ", ".join(sorted(self._known))
        for key in self.raw:
            if key not in self._known:
                self.note(key, f"is not known here; remove it or write one of: {known}")

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def _typed(self, key: str, value: object, kind: type[T]) -> T | None:
        # By exact type: a TOML date-time is a date to Python, and true a whole number.
        if type(value) is kind and value != "":
            return value
        self.note(key, f"has to be {_WANTED[kind]}")
        return None


class Source(NamedTuple):
    """A document, and the bytes that it was read from."""

    table: Table
    content: bytes


def read_toml(path: Path, problems: list[Problem]) -> Source | None:
    """Read a file; None when nothing can be read of it at all, which is then noted."""
    try:
        content = path.read_bytes()
        raw = tomllib.loads(content.decode("utf-8-sig"))  # with the mark that Windows editors put first
    except OSError as error:
        problems.append(Problem(path.name, f"cannot be read ({error.strerror}); correct the path {path}"))
    except UnicodeDecodeError:
        problems.append(Problem(path.name, "is not UTF-8; save it as a text in UTF-8"))
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(path.name, f"is not TOML; correct what stands there: {error}"))
    else:
        return Source(Table(raw, path.name, "", problems), content)
    return None
