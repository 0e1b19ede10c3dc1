"""The term of a measure: setting due dates, and replaying the one in force from all that was recorded."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from models.commands.actor import Actor, Rules
from models.commands.change import change
from models.due import DueChange
from models.lifecycle import Refused
from models.measure import Measure
from models.suspension import Suspension
from models.term import DueSet, Event, Resumed, Suspended, Term, replay
from models.vocabulary import DueBasis
from models.workdays import Calendar


def term_of(session: Session, measure: Measure, calendar: Calendar) -> Term:
    """Replay the term of a measure. Raises `Refused` where an act would lie before one that is on record."""
    try:
        return replay(events_of(session, measure), measure.counted_in, calendar)
    except ValueError as error:
        raise Refused(f"{measure.number}: {error}; act on the day of the last entry or a later one.") from error


def events_of(session: Session, measure: Measure) -> list[Event]:
    """Return everything that made the term of a measure, in the order in which it was recorded."""
    dues = session.exec(select(DueChange).where(DueChange.measure_id == measure.id)).all()
    pauses = session.exec(select(Suspension).where(Suspension.measure_id == measure.id)).all()
    recorded: list[tuple[datetime, int, Event]] = [
        *((due.at, 1, DueSet(due.on, due.due_on)) for due in dues),
        *((pause.suspended_at, 2, Suspended(pause.since)) for pause in pauses),
        *(
            (pause.resumed_at, 0, Resumed(pause.resumed_on))
            for pause in pauses
            if pause.resumed_at and pause.resumed_on
        ),
    ]
    return [event for _, _, event in sorted(recorded, key=lambda entry: entry[:2])]


def set_due(
    session: Session, measure: Measure, due_on: date, basis: DueBasis, reason: str, actor: Actor, rules: Rules
) -> None:
    """Put a due date on record and bring it into force. Raises `Refused` as `term_of` does."""
    session.add(
        DueChange(
            measure_id=measure.id or 0,
            on=actor.on,
            due_on=due_on,
            basis=basis,
            reason=reason,
            person_id=actor.person.id,
            at=actor.at,
        )
    )
    session.flush()
    term = term_of(session, measure, rules.calendar)
    change(session, measure, actor, due_on=term.due_on, due_basis=basis, due_note=reason)


def first_due(session: Session, measure: Measure) -> date | None:
    """Return the first due date that a measure ever had: what was promised, or first decided."""
    first = select(DueChange).where(DueChange.measure_id == measure.id).order_by(col(DueChange.id)).limit(1)
    change = session.exec(first).first()
    return change.due_on if change else None
