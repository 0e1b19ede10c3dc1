"""The desk at which a command works: the workplace, opened, at a moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from config.moment import BadMoment, moment
from config.settings import load_settings
from config.workplace import Workplace, open_workplace
from duban.cli.commands.options import YEARS
from models.clock import now


@dataclass(frozen=True, slots=True)
class Desk:
    """The office's register at a moment, which is in the office's own time."""

    place: Workplace
    as_of: datetime

    @property
    def on(self) -> date:
        """The office's date of the moment."""
        return self.as_of.date()


def typed(as_of: str | None, opens: time, zone: ZoneInfo) -> datetime:
    """Return the moment that was typed, or the present if none was, in the office's time. Raises `BadMoment`."""
    if as_of is None:
        return now().astimezone(zone)
    try:
        found = moment(as_of, opens, zone)
    except (OverflowError, ValueError):  # at the end of the calendar, or of the clock
        found = None
    if found is None or found.year not in YEARS:
        raise BadMoment(f"'{as_of}' is too far away; write a date of the years {YEARS.start} to {YEARS.stop - 1}.")
    return found


@contextmanager
def at_work(as_of: str | None = None) -> Iterator[Desk]:
    """Open the workplace as of a moment as typed, the present if none is, and leave nothing open behind."""
    place = open_workplace(load_settings())
    try:
        yield Desk(place, typed(as_of, place.policy.hours.opens, place.zone))
    finally:
        place.engine.dispose()
