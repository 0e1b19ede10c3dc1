"""Adopting another policy or calendar: what it moves is shown first, and why it was adopted is on record."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from rich.table import Table
from sqlmodel import Session
from typer import echo

from config.adoption import keep, with_year, year_of
from config.calendar import load_calendar
from config.policy import load_policy
from duban.cli.acting import acting
from duban.cli.calendar import due_beyond
from duban.cli.desk import Desk, at_work
from duban.cli.output import print_json
from duban.cli.screen import console, counted, table
from flows.project import Effect, effects
from models.commands.adopt import adopt
from models.commands.reproject import reproject
from models.database import reading, writing
from models.errors import DubanError
from models.queries.register import Entry, register
from models.workdays import Calendar


class Overruled(DubanError):
    """A setting names another policy than the one to adopt."""


def project_policy(file: Path, *, as_of: str | None, as_json: bool) -> None:
    """Print what a policy would move. Raises `Malformed`."""
    policy = load_policy(file)
    with at_work(as_of) as desk, reading(desk.place.engine) as session:
        found = effects(session, desk.place, policy.escalation, desk.place.calendar, desk.on)
    head = {"as_of": desk.as_of, "policy": desk.place.policy.version, "projected": policy.version}
    if as_json:
        print_json(head | {"effects": list(map(_effect_json, found))})
    else:
        _print(f"Policy {policy.name}, version {policy.version}, instead of {desk.place.policy.version}", found)


def adopt_policy(file: Path, reason: str, *, by: str | None, as_of: str | None) -> None:
    """Bring a policy into force. Raises `Malformed`, `Overruled` and `Refused`."""
    policy = load_policy(file)
    with at_work(as_of) as desk, writing(desk.place.engine) as session:
        before, settings = desk.place.policy.version, desk.place.settings
        if settings.policy:
            raise Overruled(f"DUBAN_POLICY says that '{settings.policy}' is in force; unset it to adopt another.")
        if new := policy.version != before:
            adopt(session, "policy", before, policy.version, reason, acting(desk, session, by))
            keep(file, settings.adopted_policy)
    if new:
        echo(f"Policy {policy.version} is in force instead of {before}; the next sweep looks at everything by it.")
    else:
        echo(f"Policy {before} is in force already; nothing was changed.")


def project_year(file: Path, *, as_of: str | None, as_json: bool) -> None:
    """Print what the decree of another year would move, and which due dates would become firm. Raises `Malformed`."""
    with at_work(as_of) as desk, reading(desk.place.engine) as session:
        calendar = _with(desk, file)
        found = effects(session, desk.place, desk.place.policy.escalation, calendar, desk.on)
        firm = _firm(session, desk, calendar)
    head = {
        "as_of": desk.as_of,
        "calendar": desk.place.calendar.version,
        "horizon": desk.place.calendar.horizon,
        "projected": calendar.version,
        "projected_horizon": calendar.horizon,
    }
    if as_json:
        rest = [{"number": entry.number, "due_on": entry.due_on} for entry in firm]
        print_json(head | {"effects": list(map(_effect_json, found)), "firm": rest})
        return
    _print(f"Calendar {calendar.name}, decreed up to {calendar.horizon} instead of {head['horizon']}", found)
    for entry in firm:
        echo(f"{entry.number} is due on {entry.due_on}, which becomes firm.")


def add_year(file: Path, reason: str, *, by: str | None, as_of: str | None) -> None:
    """Take the decree of a year in, and move what follows from it. Raises `Malformed` and `Refused`."""
    with at_work(as_of) as desk, writing(desk.place.engine) as session:
        calendar, before = _with(desk, file), desk.place.calendar.version
        if new := calendar.version != before:
            actor = acting(desk, session, by)
            adopt(session, "calendar", before, calendar.version, reason, actor)
            moved = reproject(session, calendar, reason, actor.at)
            keep(file, desk.place.settings.home / "decrees" / f"{year_of(file)}.toml")
    if new:
        echo(f"{calendar.name} is decreed up to {calendar.horizon}; {counted(moved, 'due date')} moved.")
    else:
        echo(f"{calendar.name} has this decree already, up to {calendar.horizon}; nothing was changed.")


def _with(desk: Desk, file: Path) -> Calendar:
    """Return the calendar as it is with a file of decrees beside those kept."""
    settings = desk.place.settings
    decrees = with_year(settings.decrees, year_of(file), file)
    return load_calendar(desk.place.office.calendar, settings.local_calendar, decrees)


def _firm(session: Session, desk: Desk, calendar: Calendar) -> list[Entry]:
    """Return the open measures whose due dates rest on what was not decreed, and is now."""
    entries = register(session, desk.place.policy.escalation.lights, desk.place.calendar, desk.on)
    still = {entry.number for entry in due_beyond(entries, calendar)}
    return [entry for entry in due_beyond(entries, desk.place.calendar) if entry.number not in still]


def _print(heading: str, found: list[Effect]) -> None:
    screen = console()
    screen.print(f"{heading}, moves {counted(len(found), 'date')}.")
    if found:
        screen.print("", _effects(found), sep="\n")


def _effects(found: Iterable[Effect]) -> Table:
    made = table("measure", "what", "from", "to", "days", numbers=("days",))
    for effect in found:
        made.add_row(effect.measure, effect.what, _day(effect.before), _day(effect.after), _days(effect))
    return made


def _effect_json(effect: Effect) -> dict[str, Any]:
    return {
        "measure": effect.measure,
        "what": effect.what,
        "before": effect.before,
        "after": effect.after,
        "days": effect.days,
    }


def _day(on: date) -> str:
    return "never" if on in (date.min, date.max) else str(on)


def _days(effect: Effect) -> str:
    return "" if "never" in (_day(effect.before), _day(effect.after)) else f"{effect.days:+}"
