"""Projecting anew: what follows from the calendar is brought in line with it when it changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select

from models.commands.ledger import record
from models.commands.term import term_of
from models.commands.watches import arm
from models.due import DueChange
from models.measure import Measure
from models.recurrence import settle
from models.suspension import Suspension
from models.vocabulary import DueBasis, FactKind, State
from models.workdays import Calendar


@dataclass(frozen=True, slots=True)
class Moved:
    """A due date that another calendar moves."""

    measure: Measure
    before: date
    after: date


def moved(session: Session, calendar: Calendar) -> Iterator[Moved]:
    """Find the due dates that follow from a calendar and stand otherwise.

    Those are what was counted or suspended, and the occurrences of standing duties that nobody gave another day.
    """
    counted = select(DueChange.measure_id).where(col(DueChange.within).is_not(None))
    paused = select(Suspension.measure_id)
    resting = select(Measure).where(
        or_(col(Measure.id).in_(counted), col(Measure.id).in_(paused)), Measure.state != State.DONE
    )
    for measure in session.exec(resting.order_by(col(Measure.id))).all():
        due_on = term_of(session, measure, calendar).due_on
        if due_on and measure.due_on and due_on != measure.due_on:
            yield Moved(measure, measure.due_on, due_on)
    occurrences = select(Measure).where(
        col(Measure.occurs_on).is_not(None), Measure.state != State.DONE, Measure.due_basis == DueBasis.PROMISED
    )
    for measure in session.exec(occurrences.order_by(col(Measure.id))).all():
        if measure.occurs_on and measure.due_on:
            due_on = settle(measure.occurs_on, calendar, measure.settles)
            if due_on != measure.due_on:
                yield Moved(measure, measure.due_on, due_on)


def reproject(session: Session, calendar: Calendar, reason: str, at: datetime) -> int:
    """Move every due date to where the calendar puts it, each with a fact that says why; return how many moved."""
    found = list(moved(session, calendar))
    for one in found:
        one.measure.due_on = one.after
        one.measure.version += 1
        one.measure.changed_at = at
        session.add(one.measure)
        arm(session, one.measure)
        record(
            session,
            FactKind.PROJECT,
            at,
            measure_id=one.measure.id,
            before=one.before,
            after=one.after,
            calendar=calendar.version,
            reason=reason,
        )
    return len(found)
