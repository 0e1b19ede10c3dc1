"""The calendar: what was decreed, what the office added, and what rests on years not decreed yet."""

from collections.abc import Iterable
from datetime import date

from rich.table import Table
from rich.text import Text
from typer import Exit

from config.calendar import CalendarDocument, Holiday, LocalDay, load_document
from config.problems import Problem
from duban.cli.desk import at_work
from duban.cli.output import print_json
from duban.cli.screen import console, table
from models.database import reading
from models.queries.register import Entry, leaves, register
from models.workdays import Calendar

_NOVEMBER = 11  # by then the next year's decree is usually out


def show(*, as_json: bool) -> None:
    """Print the decrees of the office's calendar, and what the office added."""
    with at_work() as desk:
        document = load_document(
            desk.place.office.calendar, desk.place.settings.local_calendar, desk.place.settings.decrees
        )
        horizon = desk.place.calendar.horizon
    if as_json:
        print_json({"horizon": horizon, "calendar": document})
        return
    screen = console()
    screen.print(Text(f"Calendar {document.name}, version {document.version}, decreed up to {horizon}", "bold"))
    screen.print("", _decrees(document), sep="\n")
    for heading, days in (("Off here", document.off), ("Worked here", document.working)):
        if days:
            screen.print("", heading, _local(days), sep="\n")


def check(*, as_of: str | None, as_json: bool) -> None:
    """Print what is missing, and end with 1 if anything is; and the due dates beyond it. Raises `Malformed`."""
    with at_work(as_of) as desk, reading(desk.place.engine) as session:
        calendar = desk.place.calendar
        entries = register(session, desk.place.policy.escalation.lights, calendar, desk.on)
    problems = shortfalls(calendar, desk.on)
    provisional = due_beyond(entries, calendar)
    if as_json:
        rest = [{"number": entry.number, "due_on": entry.due_on} for entry in provisional]
        head = {
            "as_of": desk.as_of,
            "calendar": calendar.name,
            "version": calendar.version,
            "horizon": calendar.horizon,
        }
        print_json(head | {"problems": problems, "provisional": rest})
    else:
        screen = console()
        screen.print(
            f"Calendar {calendar.name}, version {calendar.version}, is well formed; decreed up to {calendar.horizon}."
        )
        for problem in problems:
            screen.print(str(problem))
        for entry in provisional:
            screen.print(
                f"{entry.number} is due on {entry.due_on}, beyond what is decreed: its steps are provisional."
            )
    if problems:
        raise Exit(1)


def shortfalls(calendar: Calendar, on: date) -> list[Problem]:
    """Return what the calendar should have on a day, and has not."""
    wanted = on.year + 1 if on.month >= _NOVEMBER else on.year
    if calendar.horizon.year >= wanted:
        return []
    remedy = "add the decree of each year that has been issued since with 'duban calendar add-year'"
    return [Problem(f"calendar {calendar.name}", f"ends with {calendar.horizon}, and {wanted} is wanted; {remedy}")]


def due_beyond(entries: Iterable[Entry], calendar: Calendar) -> list[Entry]:
    """Return the open measures that are due after the last day decreed."""
    return [entry for entry in leaves(entries) if entry.open and entry.due_on and entry.due_on > calendar.horizon]


def _decrees(document: CalendarDocument) -> Table:
    made = table("year", "decree", "issued", "off, and worked for it")
    for decree in document.decrees:
        what = Text("\n").join(Text(_arranged(holiday)) for holiday in decree.holidays)
        number = f"{decree.number}{f', amends {decree.amends}' if decree.amends else ''}"
        made.add_row(str(decree.year), number, str(decree.issued), what)
    return made


def _arranged(holiday: Holiday) -> str:
    first, last = holiday.off[0], holiday.off[-1]
    days = f"{first}" if first == last else f"{first} to {last:%m-%d}"
    works = f"; worked: {', '.join(f'{day:%m-%d}' for day in holiday.working)}" if holiday.working else ""
    return f"{holiday.name} {days}{works}"


def _local(days: Iterable[LocalDay]) -> Table:
    made = table("day", "reason")
    for local in days:
        made.add_row(str(local.day), local.reason)
    return made
