"""The options and arguments that several commands share."""

from datetime import date
from pathlib import Path
from typing import Annotated

from typer import Argument, BadParameter, Option

from models.vocabulary import Light, State

YEARS = range(1900, 3000)
"""The years that a person can mean; beyond them calendars come to their end."""


def day(text: str) -> date:
    """Read a date as typed. Raises ValueError."""
    found = date.fromisoformat(text)
    if found.year not in YEARS:
        raise ValueError(f"{text} lies outside the years {YEARS.start} to {YEARS.stop - 1}")
    return found


def words(text: str) -> str:
    """Return a text that says something; raise BadParameter for one that does not."""
    if not text.strip():
        raise BadParameter("is empty; say it in words")
    return text


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
InState = Annotated[State | None, Option("--state", help="Only measures in this state.")]
OfFinding = Annotated[str | None, Option("--finding", metavar="NUMBER", help="Only this finding's.")]
WithLight = Annotated[Light | None, Option("--light", help="Only measures that show this light.")]
OfTopic = Annotated[str | None, Option("--topic", metavar="TOPIC", help="Only measures that carry this topic.")]
Reason = Annotated[str, Option("--reason", metavar="TEXT", parser=words, help="Why.")]
Until = Annotated[date, Option("--until", metavar="DATE", parser=day, help="Until which day.")]
OfficeFolder = Annotated[
    str | None,
    Argument(metavar="PATH", help="A folder with office files, or a shipped office; the register's if left out."),
]
File = Annotated[Path, Argument(metavar="FILE", help="The file.")]
