"""The desk at which a command works: the workplace, opened, at a moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from config.moment import moment
from config.settings import load_settings
from config.workplace import Workplace, open_workplace
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


@contextmanager
def at_work(as_of: str | None = None) -> Iterator[Desk]:
    """Open the workplace as of a moment as typed, the present if none is, and leave nothing open behind."""
    place = open_workplace(load_settings())
    try:
        local = moment(as_of, place.policy.hours.opens, place.zone) if as_of else now().astimezone(place.zone)
        yield Desk(place, local)
    finally:
        place.engine.dispose()
