"""The letter: one message whole, with every attempt at it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from models.errors import DubanError
from models.office import Person
from models.outbox import Attempt, Message, Resolution
from models.vocabulary import MessageState, Outcome, Verdict


class UnknownMessage(DubanError):
    """No message has that number."""


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt to send a message, and what the receiver answered."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    detail: str


@dataclass(frozen=True, slots=True)
class Word:
    """What a supervisor said became of a message in doubt."""

    verdict: Verdict
    person: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One message whole; `key` is its Message-ID and Idempotency-Key, or `sent_as` is where it is a copy.

    `instead_of` and `followed_by` are the messages before and after it; `resolved` is what was said of it in doubt.
    """

    id: int
    key: str
    person: str
    channel: str
    target: str
    state: MessageState
    composed_at: datetime
    release_at: datetime
    next_try_at: datetime | None
    subject: str
    body: str
    tries: tuple[Try, ...]
    sent_as: str | None
    instead_of: int | None
    followed_by: int | None
    resolved: Word | None


def letter(session: Session, number: int) -> Letter:
    """Return one message whole, with every attempt at it. Raises `UnknownMessage`."""
    row = session.exec(
        select(Message, Person.name).join(Person, col(Person.id) == Message.person_id).where(Message.id == number)
    ).first()
    if row is None:
        raise UnknownMessage(f"No message has the number {number}; 'duban outbox' lists them.")
    message, person = row
    attempts = session.exec(select(Attempt).where(Attempt.message_id == number).order_by(col(Attempt.number))).all()
    return Letter(
        id=number,
        key=message.key,
        person=person,
        channel=message.channel,
        target=message.target,
        state=message.state,
        composed_at=message.composed_at,
        release_at=message.release_at,
        next_try_at=message.next_try_at,
        subject=message.subject,
        body=message.body,
        tries=tuple(Try(one.number, one.started_at, one.ended_at, one.outcome, one.detail) for one in attempts),
        sent_as=message.sent_as,
        instead_of=message.instead_of,
        followed_by=session.exec(select(Message.id).where(Message.instead_of == number)).first(),
        resolved=_resolved(session, number),
    )


def _resolved(session: Session, number: int) -> Word | None:
    row = session.exec(
        select(Resolution, Person.name)
        .join(Person, col(Person.id) == Resolution.person_id)
        .where(Resolution.message_id == number)
    ).first()
    return Word(row[0].verdict, row[1], row[0].at, row[0].reason) if row else None
