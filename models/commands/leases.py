"""Leases: which messages may leave, each taken by one worker for a while, with an attempt on record."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, insert, or_, update
from sqlmodel import Session, SQLModel, col, select

from models.office import Person
from models.outbox import OPEN, Attachment, Attempt, Message
from models.vocabulary import MessageKind, MessageState

LEASE = timedelta(minutes=15)
"""How long a worker has for what it took: longer than a whole batch can take, each send at its time limit."""

_ATTEMPT, _MESSAGE = (SQLModel.metadata.tables[name] for name in ("attempt", "message"))


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A message that a worker may try now, the attempt at it already on record."""

    message_id: int
    attempt: int
    key: str
    channel: str
    target: str
    recipient: str
    subject: str
    body: str
    composed_at: datetime
    parts_accepted: int = 0  # by earlier attempts
    attachment: Attachment | None = None

    @property
    def lease(self) -> tuple[int, int]:
        """The message and the attempt, by their numbers."""
        return self.message_id, self.attempt


@dataclass(frozen=True, slots=True)
class Choice:
    """Which messages to lease: those that may leave as of a moment, at most `size`, none on `resting` channels."""

    as_of: datetime
    resting: Collection[str]
    urgent_only: bool
    size: int


def claim(session: Session, worker: str, choice: Choice, at: datetime) -> list[Dispatch]:
    """Lease messages that may leave, and put an attempt at each on record.

    Nothing else may touch the network before this is committed.
    """
    ready = or_(
        and_(col(Message.state) == MessageState.HELD, col(Message.release_at) <= choice.as_of),
        and_(col(Message.state) == MessageState.RETRY, col(Message.next_try_at) <= at),
    )
    urgent = [col(Message.kind) == MessageKind.URGENT] if choice.urgent_only else []
    taken = session.exec(
        select(Message, Person.name)
        .join(Person, col(Person.id) == Message.person_id)
        .where(OPEN, ready, col(Message.channel).not_in(choice.resting), *urgent)
        .order_by(col(Message.release_at), col(Message.id))
        .limit(choice.size)
        .with_for_update(of=Message, skip_locked=True)
    ).all()
    files = attachments(session, [message for message, _ in taken])
    dispatches = [_dispatch(message, name, files.get(message.id)) for message, name in taken]
    if dispatches:
        connection = session.connection()
        lease = {"state": MessageState.SENDING, "lease_until": at + LEASE, "tries": _MESSAGE.c.tries + 1}
        of_these = _MESSAGE.c.id.in_([one.message_id for one in dispatches])
        connection.execute(update(_MESSAGE).where(of_these).values(lease))
        attempt = {"worker": worker, "started_at": at, "detail": ""}
        connection.execute(
            insert(_ATTEMPT), [{"message_id": one.message_id, "number": one.attempt, **attempt} for one in dispatches]
        )
    return dispatches


def give_back(session: Session, untried: Collection[Dispatch]) -> None:
    """Take back leases under which nothing was sent, as if they had never been."""
    for message, attempt in leased(session, untried).values():
        if attempt.outcome is not None:
            continue  # the lease ran out, and somebody took it back
        message.tries -= 1
        message.state = MessageState.RETRY if message.tries else MessageState.HELD
        message.lease_until = None
        session.add(message)
        session.delete(attempt)


def leased(session: Session, dispatches: Collection[Dispatch]) -> dict[tuple[int, int], tuple[Message, Attempt]]:
    """Return the messages of some dispatches with the attempts on record, by their leases."""
    if not dispatches:
        return {}
    leases = {dispatch.lease for dispatch in dispatches}
    ids = [dispatch.message_id for dispatch in dispatches]
    rows = session.exec(
        select(Message, Attempt).join(Attempt, col(Attempt.message_id) == Message.id).where(col(Message.id).in_(ids))
    ).all()
    found = {(attempt.message_id, attempt.number): (message, attempt) for message, attempt in rows}
    return {lease: row for lease, row in found.items() if lease in leases}


def attachments(session: Session, messages: Iterable[Message]) -> dict[int | None, Attachment]:
    """Return the files that go along with some messages, by the messages' ids."""
    ids = [message.id for message in messages if message.attached]
    if not ids:
        return {}
    found = session.exec(select(Attachment).where(col(Attachment.message_id).in_(ids))).all()
    return {file.message_id: file for file in found}


def _dispatch(message: Message, recipient: str, attachment: Attachment | None) -> Dispatch:
    return Dispatch(
        message_id=message.id or 0,
        attempt=message.tries + 1,
        key=message.sent_as or message.key,
        channel=message.channel,
        target=message.target,
        recipient=recipient,
        subject=message.subject,
        body=message.body,
        composed_at=message.composed_at,
        attachment=attachment,
        parts_accepted=message.parts_accepted,
    )
