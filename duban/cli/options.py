"""The options and arguments that several commands share."""

from datetime import date
from typing import Annotated

from typer import Argument, Option

Number = Annotated[str, Argument(metavar="NUMBER", help="The measure's number, as 'duban status' shows it.")]
AsOf = Annotated[
    str | None,
    Option(
        "--as-of",
        metavar="WHEN",
        help="A date, which stands for the opening of office hours on it, or an instant; now if left out.",
    ),
]
By = Annotated[
    str | None,
    Option("--by", metavar="PERSON", help="Who acts: a person's slug or name; DUBAN_BY if left out."),
]
Json = Annotated[bool, Option("--json", help="Print one JSON document and nothing else.")]
DryRun = Annotated[bool, Option("--dry-run", help="Show what would be said and withheld, and why; change nothing.")]
UnitName = Annotated[str | None, Option("--unit", metavar="UNIT", help="Only this unit: its slug, name or alias.")]
OfficeFolder = Annotated[
    str | None,
    Argument(metavar="PATH", help="A folder with office files, or a shipped office; the register's if left out."),
]
YEARS = range(1900, 3000)
"""The years that a person can mean; beyond them calendars come to their end."""


def day(text: str) -> date:
    """Read a date as typed. Raises ValueError."""
    found = date.fromisoformat(text)
    if found.year not in YEARS:
        raise ValueError(f"{text} lies outside the years {YEARS.start} to {YEARS.stop - 1}")
    return found
