"""Standing measures: their dated occurrences, each a measure of its own."""

from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from models.commands.ledger import record
from models.commands.watches import arm
from models.due import DueChange
from models.measure import Measure
from models.recurrence import occurrences, settle
from models.vocabulary import DueBasis, FactKind, State
from models.workdays import Calendar

AHEAD = timedelta(days=14)
"""How long before its day an occurrence comes into being: longer than any ladder looks ahead of it."""


def spawn(session: Session, on: date, calendar: Calendar, at: datetime) -> int:
    """Bring every occurrence into being that falls from the measure's registration up to `AHEAD` from `on`.

    An occurrence is known by the day that its rule says, and due on the day it settles on. Returns how many were new.
    """
    standing = session.exec(select(Measure).where(col(Measure.standing), col(Measure.rrule).is_not(None))).all()
    return sum(_spawn_of(session, measure, on + AHEAD, calendar, at) for measure in standing)


def _spawn_of(session: Session, measure: Measure, until: date, calendar: Calendar, at: datetime) -> int:
    there = set(session.exec(select(col(Measure.occurs_on)).where(Measure.parent_id == measure.id)).all())
    missing = [day for day in occurrences(measure.rrule or "", measure.registered_on, until) if day not in there]
    for day in missing:
        due_on = settle(day, calendar, measure.settles)
        occurrence = _occurrence(measure, day, due_on, until, at)
        session.add(occurrence)
        session.flush()
        session.add(
            DueChange(
                measure_id=occurrence.id or 0,
                on=occurrence.registered_on,
                due_on=due_on,
                basis=occurrence.due_basis,
            )
        )
        arm(session, occurrence)
        record(
            session,
            FactKind.SPAWN,
            at,
            measure_id=occurrence.id,
            number=occurrence.number,
            occurs_on=day,
            due_on=due_on,
        )
    return len(missing)


def _occurrence(measure: Measure, day: date, due_on: date, until: date, at: datetime) -> Measure:
    return Measure(
        number=f"{measure.number}@{day}",
        finding_id=measure.finding_id,
        parent_id=measure.id,
        title=measure.title,
        unit_id=measure.unit_id,
        partners=measure.partners,
        topics=measure.topics,
        state=State.PLANNED,
        occurs_on=day,
        registered_on=min(day, until - AHEAD),
        due_on=due_on,
        settles=measure.settles,
        due_basis=DueBasis.PROMISED,
        changed_at=at,
    )
