"""The register at a glance: by unit and light, what is late, waits or is blocked, and on whom it hangs."""

from collections.abc import Iterable
from typing import Any

from rich.table import Table
from rich.text import Text

from duban.cli.desk import Desk, at_work
from duban.cli.entry import days, days_first, due, measure_json, standing
from duban.cli.inspection import inspection_json, inspection_lines
from duban.cli.output import print_json
from duban.cli.overview import Tally, by_unit, current, of_unit, tally
from duban.cli.screen import COLOURS, DIM, console, light, table
from models.database import reading
from models.queries.coverage import Coverage, coverage
from models.queries.register import Entry, leaves, register, statutory
from models.queries.roster import roster
from models.vocabulary import Light


def status(*, everything: bool, as_of: str | None, unit: str | None, as_json: bool) -> None:
    """Print the register, or the part of it that one unit answers for; `everything` shows what is done, too."""
    with at_work(as_of) as desk, reading(desk.place.engine) as session:
        by = (desk.place.policy.escalation.lights, desk.place.calendar, desk.on)
        entries = register(session, *by)
        inspection = coverage(session, statutory(session, *by), entries)
        if unit is not None:
            entries = of_unit(entries, roster(session, desk.on).unit(unit).name)
    tracked = leaves(entries)
    shown = entries if everything else current(entries)
    if as_json:
        print_json(_document(desk, tracked, shown, inspection))
        return
    screen = console()
    screen.print(_head(desk, tally("", tracked)), "")
    screen.print(_units(by_unit(tracked)), "")
    rows = leaves(shown) if everything else [entry for entry in leaves(shown) if entry.open and not entry.standing]
    screen.print(_measures(rows, [one.unit for one in by_unit(tracked)]))
    if unit is None:
        screen.print("", inspection_lines(inspection), sep="\n")


def _document(desk: Desk, tracked: list[Entry], shown: list[Entry], inspection: Coverage) -> dict[str, Any]:
    return {
        "as_of": desk.as_of,
        "lights": tally("", tracked).lights,
        "units": by_unit(tracked),
        "measures": [measure_json(entry) for entry in shown],
        "inspection": inspection_json(inspection),
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
        "suspended": total.suspended,
        "asking for time": total.asking,
        "without a due date": total.undated,
    }
    head.append(f"open {total.open}, done {total.done}, standing duties {total.standing}\n")
    return head.append(", ".join(f"{number} {what}" for what, number in counts.items()))


def _units(tallies: Iterable[Tally]) -> Table:
    """Return the counts of every unit with something open."""
    units = [(one, _counts(one)) for one in tallies if one.open]
    counts = [
        name for name in (units[0][1] if units else ()) if name not in _RARE or any(of[name] for _, of in units)
    ]
    numbers = (*reversed(Light), *counts)
    made = table("unit", *numbers, numbers=numbers, gap=1)
    for one, of in units:
        lights = [Text(str(number or "·"), COLOURS[which] if number else DIM) for which, number in one.lights.items()]
        made.add_row(one.unit, *lights, *(Text(str(of[name] or "·"), "" if of[name] else DIM) for name in counts))
    return made


def _counts(one: Tally) -> dict[str, int]:
    return {
        "late": one.late,
        "permit": one.awaiting_permit,
        "review": one.awaiting_review,
        "blocked": one.blocked,
        "paused": one.suspended,
        "asking": one.asking,
        "no date": one.undated,
        "open": one.open,
        "done": one.done,
    }


_RARE = ("paused", "asking")
"""What takes a column only where there is any."""


def _measures(entries: list[Entry], units: Iterable[str]) -> Table:
    """Return measures under their units, the gravest first; days of the first due date only where some moved."""
    first = ["of first"] if any(days_first(entry) for entry in entries) else []
    numbers = ("number", "days", "of first")
    made = table("", "number", "title", "due", "days", *first, "where it stands", "hangs on", numbers=numbers)
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
                *(days_first(entry) for _ in first),
                standing(entry),
                entry.hangs_on or "",
            )
    return made


def _gravity(entry: Entry) -> tuple[bool, int, int]:
    return not entry.open, -list(Light).index(entry.light), entry.days_left if entry.days_left is not None else 10**6
