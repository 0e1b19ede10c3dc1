"""The ledger for people: every fact as a line."""

from collections import Counter
from collections.abc import Iterable
from datetime import tzinfo

from rich.table import Table

from duban.cli.desk import at_work
from duban.cli.facts import told
from duban.cli.output import print_json
from duban.cli.screen import DIM, console, counted, day, minute, table
from models.database import reading
from models.queries.history import Event, events, family
from models.queries.measure import find_measure
from models.queries.seals import seals, stamp, unsealed
from models.seal import Stamp
from models.vocabulary import FactKind


def show(number: str | None, *, last: int, as_json: bool) -> None:
    """Print the newest facts, of one measure with its parts where a number is given."""
    with at_work() as desk, reading(desk.place.engine) as session:
        measures = family(session, find_measure(session, number)) if number else None
        found = events(session, measures, last)
        newest, open_facts = stamp(session), unsealed(session)
    if as_json:
        print_json(found)
        return
    console().print(lines(found, desk.place.zone))
    console().print(f"{sealed(newest)}, {counted(open_facts, 'fact')} not yet sealed.", style=DIM)


def show_seals(*, last: int, as_json: bool) -> None:
    """Print the newest seals."""
    with at_work() as desk, reading(desk.place.engine) as session:
        found = seals(session, last)
    if as_json:
        print_json(found)
        return
    made = table("no.", "sealed", "run", "facts", "in all", "head", numbers=("no.", "run", "facts", "in all"))
    for one in found:
        at = minute(one.at, desk.place.zone)
        made.add_row(str(one.number), at, str(one.run), str(one.facts), str(one.size), one.head)
    console().print(made if found else "No seals yet; each run makes one.")


def sealed(newest: Stamp | None) -> str:
    """Say how far the ledger is sealed."""
    if newest is None:
        return "No seal yet"
    return f"Seal {newest.number} over {counted(newest.size, 'fact')}, head {newest.short}"


def lines(found: Iterable[Event], zone: tzinfo) -> Table:
    """Return facts as lines; what one run withheld from a post for one reason is one line."""
    made = table("written", "as of", "measure", "fact", "who", "what")
    alike = Counter(map(_likeness, found))
    for event in {_likeness(event): event for event in found}.values():
        made.add_row(
            minute(event.at, zone),
            day(event.on),
            event.measure or "",
            event.kind,
            event.post or event.person or "",
            _told(event, alike[_likeness(event)]),
        )
    return made


def _likeness(event: Event) -> object:
    if event.kind is not FactKind.WITHHOLD:
        return event.id
    return event.run, event.measure, event.post, event.payload.get("watch"), event.payload["reason"]


def _told(event: Event, times: int) -> str:
    """Say what a fact tells, beside when and of whom."""
    text = told(event)
    return f"{text}, {times} times" if times > 1 else text
