"""The ledger for people: every fact as a line."""

from collections import Counter
from collections.abc import Iterable
from datetime import tzinfo

from rich.table import Table

from duban.cli.desk import at_work
from duban.cli.facts import told
from duban.cli.output import print_json
from duban.cli.screen import console, day, minute, table
from models.database import reading
from models.queries.history import Event, events, family
from models.queries.measure import find_measure
from models.vocabulary import FactKind


def show(number: str | None, *, last: int, as_json: bool) -> None:
    """Print the newest facts, of one measure with its parts where a number is given."""
    with at_work() as desk, reading(desk.place.engine) as session:
        measures = family(session, find_measure(session, number)) if number else None
        found = events(session, measures, last)
    if as_json:
        print_json(found)
    else:
        console().print(lines(found, desk.place.zone))


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
