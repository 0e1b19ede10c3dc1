"""Printing for people: tables and coloured words on a terminal, plain and uncut text elsewhere."""

import sys
from datetime import date, datetime, tzinfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.vocabulary import Light

_WIDE = 1000  # columns: where there is no screen, nothing is cut or wrapped
COLOURS = {Light.RED: "bold red", Light.YELLOW: "yellow", Light.BLUE: "blue", Light.GREEN: "green"}
DIM = "bright_black"


def console() -> Console:
    """Return a console on standard output; what it prints is data, so nothing in it is markup."""
    width = None if sys.stdout.isatty() else _WIDE
    return Console(width=width, markup=False, emoji=False, highlight=False)


def table(*columns: str, numbers: tuple[str, ...] = (), gap: int = 2) -> Table:
    """Return a table without a frame; the columns named in `numbers` stand right, and are never broken."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, gap, 0, 0))
    for name in columns:
        if name in numbers:
            made.add_column(name, justify="right", no_wrap=True)
        else:
            made.add_column(name, overflow="fold")
    return made


def light(which: Light) -> Text:
    """Return a light as its word in its colour."""
    return Text(which, COLOURS[which])


def counted(number: int, noun: str) -> str:
    """Return how many there are of something that takes a plain s: `1 date`, `2 dates`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def day(on: date | None) -> str:
    """Return a date as people read it here."""
    return on.isoformat() if on else ""


def minute(at: datetime | None, zone: tzinfo) -> str:
    """Return an instant in the office's time, to the minute."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""


def held_by(post: str, person: str | None) -> str:
    """Return a post with its holder; where both go by one name, once."""
    if person is None:
        return f"{post} (vacant)"
    return post if person == post else f"{post} {person}"
