"""The ledger for people: every fact as a line."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import tzinfo

from rich.table import Table

from duban.cli.desk import at_work
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
    text = _TOLD.get(event.kind, _moved)(event)
    return f"{text}, {times} times" if times > 1 else text


def _registered(event: Event) -> str:
    return event.payload["state"] or "divided"


def _spawned(event: Event) -> str:
    return f"comes up for {event.payload['occurs_on']}"


def _shown(event: Event) -> str:
    said = event.payload
    return f"{said['name']}, {said['size']} bytes, shows {said['evidence_kind']}"


def _dated(event: Event) -> str:
    said = event.payload
    return f"{said['before'] or 'not set'} → {said['due_on']}: {said['reason']}"


def _withheld(event: Event) -> str:
    said = event.payload
    return f"{said['watch']} {said['step']}: {said['reason']}" if "step" in said else said["reason"]


def _swept(event: Event) -> str:
    said = event.payload
    counts = f"{said['reminders']} reminders, {said['withheld']} withheld"
    return f"{said['run_kind']} {event.run} for {said['asked_by']}: {counts}"


def _composed(event: Event) -> str:
    said = event.payload
    return f"to {said['channel']} {said['target']}: {said['subject']}"


def _received(event: Event) -> str:
    said = event.payload
    return f"attempt {said['attempt']}: {said['outcome']} {said['detail']}".rstrip()


def _claimed(event: Event) -> str:
    said, told = event.payload, event.telling
    text = f"{said['watch']} {said['step']}"
    if said["repetition"]:
        text += f" again ({said['repetition'] + 1})"
    if said["instead_of"]:
        text += f" in place of {said['instead_of']}"
    if told is None:
        return f"{text}: no message yet"
    return f"{text}: message {told.message} to {told.person}, {told.state}"


def _moved(event: Event) -> str:
    said = event.payload
    given = [str(said[key]) for key in ("outside_body", "document", "due_on", "resolution", "reason") if key in said]
    return f"{said['source']} → {said['target']}" + (f": {', '.join(given)}" if given else "")


_TOLD: dict[FactKind, Callable[[Event], str]] = {
    FactKind.REGISTER: _registered,
    FactKind.SPAWN: _spawned,
    FactKind.EVIDENCE: _shown,
    FactKind.DUE: _dated,
    FactKind.CLAIM: _claimed,
    FactKind.WITHHOLD: _withheld,
    FactKind.RUN: _swept,
    FactKind.COMPOSE: _composed,
    FactKind.RECEIPT: _received,
}
"""How a fact reads; all others are moves."""
