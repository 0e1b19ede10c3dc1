"""The register at a glance: by unit and light, what is late, waits or is blocked, and on whom it hangs."""

from collections.abc import Iterable
from typing import Any

from rich.table import Table
from rich.text import Text

from duban.cli.desk import Desk, at_work
from duban.cli.output import print_json
from duban.cli.overview import Tally, by_unit, current, is_late, of_unit, tally
from duban.cli.screen import COLOURS, DIM, console, light, table
from models.database import reading
from models.queries.register import Entry, leaves, register
from models.queries.roster import roster
from models.vocabulary import Approval, DueBasis, Light


def status(*, everything: bool, as_of: str | None, unit: str | None, as_json: bool) -> None:
    """Print the register, or the part of it that one unit answers for; `everything` shows what is done, too."""
    with at_work(as_of) as desk, reading(desk.place.engine) as session:
        entries = register(session, desk.place.policy.escalation.lights, desk.on)
        if unit is not None:
            entries = of_unit(entries, roster(session, desk.on).unit(unit).name)
    tracked = leaves(entries)
    shown = entries if everything else current(entries)
    if as_json:
        print_json(_document(desk, tracked, shown))
        return
    screen = console()
    screen.print(_head(desk, tally("", tracked)), "")
    screen.print(_units(by_unit(tracked)), "")
    rows = leaves(shown) if everything else [entry for entry in leaves(shown) if entry.open and not entry.standing]
    screen.print(_measures(rows, [one.unit for one in by_unit(tracked)]))


def measure_json(entry: Entry) -> dict[str, Any]:
    """Return a measure, and its parts, as JSON has them."""
    return {
        "number": entry.number,
        "title": entry.title,
        "state": entry.state,
        "approval": entry.approval,
        "standing": entry.standing,
        "light": entry.light,
        "unit": entry.unit,
        "topics": entry.topics,
        "promised_on": entry.promised_on,
        "due_on": entry.due_on,
        "due_basis": entry.due_basis,
        "due_note": entry.due_note,
        "days_left": entry.days_left,
        "waits_on": entry.waits_on,
        "blocked_by": entry.blocked_by,
        "hangs_on": entry.hangs_on,
        "children": [measure_json(child) for child in entry.children],
    }


def due(entry: Entry) -> Text:
    """Say until when a measure is due, and that the date is assumed where it is."""
    if entry.standing:
        return Text("standing", DIM)
    if entry.due_on is None:
        return Text("not set" if entry.open else "", DIM)
    text = Text(entry.due_on.isoformat())
    return text.append(" assumed", DIM) if entry.due_basis is DueBasis.ASSUMED else text


def days(entry: Entry) -> Text:
    """Say how many days are left, or how many a measure is late."""
    if entry.days_left is None:
        return Text()
    if is_late(entry):
        return Text(f"{-entry.days_left} late", COLOURS[entry.light])
    return Text(f"{entry.days_left} left" if entry.days_left else "today")


def standing(entry: Entry) -> Text:
    """Say where a measure stands, and what it waits for."""
    if entry.blocked_by:
        return Text("blocked by ", "bold").append(" ".join(entry.blocked_by))
    if entry.approval is Approval.PERMIT:
        return Text("permit from ", "bold").append(entry.waits_on or "")
    if entry.approval is Approval.CLOSEOUT:
        return Text("review", "bold")
    text = Text(entry.state.replace("_", " "))
    return text.append(f", waits for {entry.waits_on}") if entry.waits_on else text


def _document(desk: Desk, tracked: list[Entry], shown: list[Entry]) -> dict[str, Any]:
    return {
        "as_of": desk.as_of,
        "lights": tally("", tracked).lights,
        "units": by_unit(tracked),
        "measures": [measure_json(entry) for entry in shown],
    }


def _head(desk: Desk, total: Tally) -> Text:
    """Say it all in three lines."""
    head = Text.assemble((desk.place.office.name, "bold"), f"  as of {desk.as_of:%Y-%m-%d %H:%M}\n")
    for which, number in total.lights.items():
        head.append(f"{which} {number}", COLOURS[which]).append("  ")
    counts = {
        "late": total.late,
        "waiting for a permit": total.awaiting_permit,
        "awaiting review": total.awaiting_review,
        "blocked": total.blocked,
        "without a due date": total.undated,
    }
    head.append(f"open {total.open}, done {total.done}, standing duties {total.standing}\n")
    return head.append(", ".join(f"{number} {what}" for what, number in counts.items()))


def _units(tallies: Iterable[Tally]) -> Table:
    """Return the counts of every unit with something open."""
    numbers = ("red", "yellow", "blue", "green", "late", "permit", "review", "blocked", "no date", "open", "done")
    made = table("unit", *numbers, numbers=numbers, gap=1)
    for one in tallies:
        if one.open:
            waiting = (
                one.late,
                one.awaiting_permit,
                one.awaiting_review,
                one.blocked,
                one.undated,
                one.open,
                one.done,
            )
            lights = [
                Text(str(number or "·"), COLOURS[which] if number else DIM) for which, number in one.lights.items()
            ]
            made.add_row(one.unit, *lights, *(Text(str(number or "·"), "" if number else DIM) for number in waiting))
    return made


def _measures(entries: list[Entry], units: Iterable[str]) -> Table:
    """Return measures under their units, the gravest first."""
    made = table("", "number", "title", "due", "days", "where it stands", "hangs on", numbers=("number", "days"))
    for unit in units:
        own = [entry for entry in entries if entry.unit == unit]
        if own and made.row_count:
            made.add_row()
        if own:
            made.add_row("", "", Text(unit, "bold"))
        for entry in sorted(own, key=_gravity):
            made.add_row(
                light(entry.light) if entry.open else Text("done", DIM),
                entry.number,
                entry.title,
                due(entry),
                days(entry),
                standing(entry),
                entry.hangs_on or "",
            )
    return made


def _gravity(entry: Entry) -> tuple[bool, int, int]:
    return not entry.open, -list(Light).index(entry.light), entry.days_left if entry.days_left is not None else 10**6
