"""The office at which a request is answered: opened for it alone, at the moment of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Request

from config.settings import load_settings
from config.workplace import Workplace, open_workplace
from models.commands.actor import Rules


@dataclass(frozen=True, slots=True)
class AtWork:
    """The office's register, and the clock's own word."""

    place: Workplace
    now: datetime

    @property
    def on(self) -> date:
        """The office's date."""
        return self.now.astimezone(self.place.zone).date()

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        return Rules(self.place.policy.escalation, self.place.calendar)


def _opened(request: Request) -> Iterator[AtWork]:
    place = open_workplace(load_settings())
    try:
        yield AtWork(place, request.app.state.clock())
    finally:
        place.engine.dispose()


Office = Annotated[AtWork, Depends(_opened)]
