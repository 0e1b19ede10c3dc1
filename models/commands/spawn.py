"""Standing measures: their dated occurrences, each a measure of its own."""

from datetime import date, datetime, time, timedelta

from dateutil.rrule import rrulestr
from sqlmodel import Session, col, select

from models.commands.ledger import record
from models.commands.watches import arm
from models.measure import Measure
from models.vocabulary import DueBasis, FactKind, State

AHEAD = timedelta(days=14)
"""How long before its day an occurrence comes into being: longer than any ladder looks ahead of it."""


def spawn(session: Session, on: date, at: datetime) -> int:
    """Bring every occurrence into being that falls from the measure's registration up to `AHEAD` from `on`.

    Returns how many were new. RFC 5545 rules, counted from the day the standing measure was registered.
    """
    standing = session.exec(select(Measure).where(col(Measure.standing), col(Measure.rrule).is_not(None))).all()
    return sum(_spawn_of(session, measure, on + AHEAD, at) for measure in standing)


def _spawn_of(session: Session, measure: Measure, until: date, at: datetime) -> int:
    there = set(session.exec(select(col(Measure.occurs_on)).where(Measure.parent_id == measure.id)).all())
    missing = [day for day in occurrences(measure.rrule or "", measure.registered_on, until) if day not in there]
    for day in missing:
        occurrence = Measure(
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
            due_on=day,
            due_basis=DueBasis.PROMISED,
            changed_at=at,
        )
        session.add(occurrence)
        session.flush()
        arm(session, occurrence)
        record(session, FactKind.SPAWN, at, measure_id=occurrence.id, number=occurrence.number, occurs_on=day)
    return len(missing)


def occurrences(rrule: str, since: date, until: date) -> list[date]:
    """Return the days of an RFC 5545 rule from `since` to `until`, both included.

    Raises ValueError on a rule that is none.
    """
    rule = rrulestr(rrule, dtstart=datetime.combine(since, time.min))
    return [
        moment.date()
        for moment in rule.between(
            datetime.combine(since, time.min),
            datetime.combine(until, time.min),
            inc=True,
        )
    ]
