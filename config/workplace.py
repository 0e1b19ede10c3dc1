"""The workplace: everything a command or a flow works with, opened once."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import select

from config.calendar import load_calendar
from config.policy import Policy, load_policy
from config.settings import Settings
from models.database import WrongSchema, open_database, reading, require_schema
from models.office import Office
from models.workdays import Calendar


@dataclass(frozen=True, slots=True)
class Workplace:
    """One office's database, policy and calendar, under the settings of this installation."""

    settings: Settings
    engine: Engine
    policy: Policy
    calendar: Calendar
    office: Office
    zone: ZoneInfo


def open_workplace(settings: Settings) -> Workplace:
    """Open the office's register as it stands.

    Raises `Unreachable`, `WrongSchema` where there is no register at the program's schema, and `Malformed`.
    """
    engine = open_database(settings.database)
    try:
        require_schema(engine)
        return _at(engine, settings)
    except BaseException:
        engine.dispose()
        raise


def _at(engine: Engine, settings: Settings) -> Workplace:
    with reading(engine) as session:
        office = session.exec(select(Office)).first()
        session.expunge_all()
    if office is None:
        raise WrongSchema("The database holds no office yet; run 'duban init'.")
    return Workplace(
        settings=settings,
        engine=engine,
        policy=load_policy(settings.policy_in_force),
        calendar=load_calendar(office.calendar, settings.local_calendar, settings.decrees),
        office=office,
        zone=ZoneInfo(office.timezone),
    )


def last_day(place: Workplace, released: date) -> date:
    """Return the last day on which a message that was released on a day can be acknowledged."""
    return place.calendar.shift(released, place.policy.escalation.acknowledging.serves).value


def first_release(place: Workplace, on: date) -> date:
    """Return the earliest day of release of a message that can still be acknowledged on a day."""
    released = on
    while last_day(place, released - timedelta(days=1)) >= on:
        released -= timedelta(days=1)
    return released
