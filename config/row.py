"""A row: one table of a parsed file, read key by key, whatever stands there."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from config.drafts import label
from config.problems import Problem


@dataclass(frozen=True, slots=True)
class Row:
    """A table of a parsed file with its key path, which is empty for the file itself."""

    file: str
    path: str
    raw: dict[str, Any]

    @property
    def name(self) -> str:
        """The number or slug that the row goes by, empty if it has none."""
        return "".join((*self.texts("number"), *self.texts("slug"))[:1])

    def row(self, key: str) -> "Row":
        """Return the table `[key]`, empty if there is none."""
        table = self.raw.get(key)
        return Row(self.file, self._at(key), table if isinstance(table, dict) else {})

    def rows(self, key: str) -> list["Row"]:
        """Return the tables `[[key]]`."""
        tables = self.raw.get(key)
        return [
            Row(self.file, f"{self._at(key)}[{label(tables, index)}]", table)
            for index, table in enumerate(tables if isinstance(tables, list) else ())
            if isinstance(table, dict)
        ]

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts under a key, be it one or a list."""
        value = self.raw.get(key)
        return tuple(text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str))

    def day(self, key: str) -> date | None:
        """Return the date under a key; a date-time is none."""
        value = self.raw.get(key)
        return value if type(value) is date else None

    def problem(self, key: str, sentence: str) -> Problem:
        """Say what is wrong with a key of this row."""
        return Problem(f"{self.file}: {self._at(key)}", sentence)

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key
