"""Silence: messages that arrived, ask for something that still stands, and got no reply."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from models.acknowledgement import Acknowledgement, Unacknowledged
from models.measure import Measure
from models.office import Person
from models.outbox import Attempt, Message
from models.reminder import Reminder
from models.vocabulary import MessageKind, MessageState
from models.watch import Watch


@dataclass(frozen=True, slots=True)
class Silent:
    """A message that nobody has replied to since it was accepted, with the measures it asks of."""

    message_id: int
    key: str
    person: Person
    accepted_at: datetime
    measures: tuple[Measure, ...]


def silent(session: Session, since: datetime) -> list[Silent]:
    """Return the messages released since a moment that nobody has replied to, and that were not reported yet.

    What was replied to in part is silent for the rest; what is no longer true needs no reply.
    """
    replied = select(Acknowledgement.id).where(
        Acknowledgement.message_id == Message.id, Acknowledgement.measure_id == Reminder.measure_id
    )
    lives = select(Watch.measure_id).where(
        Watch.measure_id == Reminder.measure_id, Watch.kind == Reminder.watch, Watch.anchor == Reminder.anchor
    )
    reported = select(Unacknowledged.message_id).where(Unacknowledged.message_id == Message.id)
    rows = session.exec(
        select(Message, Person, Attempt, Measure)
        .join(Person, col(Person.id) == Message.person_id)
        .join(Attempt, (col(Attempt.message_id) == Message.id) & (col(Attempt.number) == Message.tries))
        .join(Reminder, col(Reminder.message_id) == Message.id)
        .join(Measure, col(Measure.id) == Reminder.measure_id)
        .where(
            Message.state == MessageState.ACCEPTED,
            Message.kind != MessageKind.NOTICE,
            Message.release_at >= since,
            ~replied.exists(),
            ~reported.exists(),
            lives.exists(),
        )
        .order_by(col(Message.id), col(Measure.id))
    ).all()
    found: dict[int, tuple[Message, Person, datetime, dict[str, Measure]]] = {}
    for message, person, attempt, measure in rows:
        accepted_at = attempt.ended_at or attempt.started_at
        measures = found.setdefault(message.id or 0, (message, person, accepted_at, {}))[3]
        measures[measure.number] = measure
    return [
        Silent(number, message.key, person, accepted_at, tuple(measures.values()))
        for number, (message, person, accepted_at, measures) in found.items()
    ]


def told_on(session: Session, on: date) -> set[int]:
    """Return the persons who were told of silence on a day."""
    told = select(Message.person_id).join(Unacknowledged, col(Unacknowledged.notice_id) == Message.id)
    return set(session.exec(told.where(Unacknowledged.on == on)).all())
