"""The term of a measure: setting due dates, and replaying the one in force from all that was recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from heapq import merge

from sqlmodel import Session, col, select

from models.commands.actor import Actor, Rules
from models.commands.change import change
from models.due import DueChange
from models.lifecycle import Refused
from models.measure import Measure
from models.suspension import Suspension
from models.term import DueSet, Event, Resumed, Suspended, Term, replay
from models.vocabulary import DueBasis
from models.workdays import Calendar, Span


@dataclass(frozen=True, slots=True)
class Due:
    """A due date to be set, and why; one that is counted says how long `within` which day it is `counted_from`."""

    due_on: date
    basis: DueBasis
    reason: str
    within: Span | None = None
    counted_from: date | None = None


YEARS = range(1900, 3000)
"""The years that a person can mean; beyond them calendars come to their end."""


def term_of(session: Session, measure: Measure, calendar: Calendar) -> Term:
    """Replay the term of a measure as a calendar counts it."""
    return replay(events_of(session, measure, calendar), measure.counted_in, calendar)


def events_of(session: Session, measure: Measure, calendar: Calendar) -> list[Event]:
    """Return everything that made the term of a measure, in the order of days.

    On one and the same day it makes no difference whether a due date or a suspension came first.
    """
    dues = select(DueChange).where(DueChange.measure_id == measure.id).order_by(col(DueChange.id))
    pauses = select(Suspension).where(Suspension.measure_id == measure.id).order_by(col(Suspension.id))
    return list(
        merge(
            (_due_set(due, calendar) for due in session.exec(dues).all()),
            (event for pause in session.exec(pauses).all() for event in _stood(pause)),
            key=lambda event: event.on,
        )
    )


def set_due(session: Session, measure: Measure, due: Due, actor: Actor, rules: Rules) -> None:
    """Put a due date on record and bring it into force.

    Raises `Overtaken`, and `Refused` as `refuse_earlier`, and for a day that calendars cannot count to.
    """
    if due.due_on.year not in YEARS:
        raise Refused(f"{due.due_on} lies outside the years {YEARS.start} to {YEARS.stop - 1}; correct it.")
    refuse_earlier(session, measure, actor, rules)
    session.add(
        DueChange(
            measure_id=measure.id or 0,
            on=actor.on,
            due_on=due.due_on,
            basis=due.basis,
            within=str(due.within) if due.within else None,
            counted_from=due.counted_from,
            reason=due.reason,
            person_id=actor.person.id,
        )
    )
    session.flush()
    term = term_of(session, measure, rules.calendar)
    change(session, measure, actor, due_on=term.due_on, due_basis=due.basis, due_note=due.reason)


def refuse_earlier(session: Session, measure: Measure, actor: Actor, rules: Rules) -> None:
    """Raise `Refused` for an act that would lie before one that is on record: a history only grows at its end."""
    last = max((event.on for event in events_of(session, measure, rules.calendar)), default=actor.on)
    if actor.on < last:
        raise Refused(
            f"{measure.number} has an entry of {last}; act on that day or a later one, not as of {actor.on}."
        )


def _due_set(due: DueChange, calendar: Calendar) -> DueSet:
    if due.within is None or due.counted_from is None:
        return DueSet(due.on, due.due_on)
    counted = calendar.shift(due.counted_from, Span.parse(due.within))
    return DueSet(due.on, counted.value, counted.provisional)


def _stood(pause: Suspension) -> Iterator[Event]:
    yield Suspended(pause.since)
    if pause.resumed_on is not None:
        yield Resumed(pause.resumed_on)
