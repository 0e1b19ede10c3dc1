"""The outbox: leases that let one worker send, receipts that settle."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import and_, insert, or_, update
from sqlmodel import Session, SQLModel, col, select

from models.commands.failover import Failure, Going, Word, go_on, onward
from models.commands.ledger import record_all
from models.failover import Failover
from models.office import Person
from models.outbox import OPEN, Attachment, Attempt, Message
from models.reminder import Reminder
from models.vocabulary import FactKind, MessageKind, MessageState, Outcome

LEASE = timedelta(minutes=15)
"""How long a worker has for what it took: longer than a whole batch can take, each send at its time limit."""

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 240, 240, 240))
"""The wait after each passing failure; after the last the message counts as refused."""


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
class Settled:
    """What came of a dispatch."""

    dispatch: Dispatch
    outcome: Outcome
    detail: str
    at: datetime
    parts_accepted: int = 0
    personal: bool = False  # it says something of this recipient alone


def recover(session: Session, resumable: Collection[str], failover: Failover, word: Word, at: datetime) -> int:
    """Take back what workers died over: their attempts are in doubt, since nobody knows how far they came.

    On a `resumable` channel, which recognises a message it already has, the message may be tried again; on any
    other it stays in doubt, or a second copy follows it, as the policy says. Returns how many attempts those were.
    """
    expired = session.exec(
        select(Message, Attempt)
        .join(Attempt, (col(Attempt.message_id) == Message.id) & (col(Attempt.number) == Message.tries))
        .where(OPEN, Message.state == MessageState.SENDING, col(Message.lease_until) < at)
        .with_for_update(skip_locked=True)
    ).all()
    _doubt(session, expired, resumable, failover, word, "the worker did not come back", at)
    return len(expired)


def break_off(
    session: Session, dispatch: Dispatch, resumable: Collection[str], failover: Failover, word: Word, at: datetime
) -> None:
    """Take back the message over which its worker was interrupted, as `recover` does, unless its receipt is there."""
    waiting = [row for row in _leased(session, [dispatch]).values() if row[1].outcome is None]
    _doubt(session, waiting, resumable, failover, word, "the delivery was broken off", at)


def _doubt(
    session: Session,
    leased: Sequence[tuple[Message, Attempt]],
    resumable: Collection[str],
    failover: Failover,
    word: Word,
    detail: str,
    at: datetime,
) -> None:
    _record_wordings(session, leased)
    receipts, failures = [], []
    for message, attempt in leased:
        again = message.channel in resumable
        message.state = MessageState.RETRY if again else MessageState.IN_DOUBT
        message.next_try_at, message.lease_until = (at if again else None), None
        receipts.append(_conclude(message, attempt, Outcome.IN_DOUBT, detail, at))
        if not again:
            failures.append(Failure(message, Outcome.IN_DOUBT, detail, personal=False, at=at))
    record_all(session, receipts)
    go_on(session, onward(session, failures, failover).values(), word, at)


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
    files = _attachments(session, [message for message, _ in taken])
    leased = [_dispatch(message, name, files.get(message.id)) for message, name in taken]
    if leased:
        connection = session.connection()
        lease = {"state": MessageState.SENDING, "lease_until": at + LEASE, "tries": _MESSAGE.c.tries + 1}
        of_these = _MESSAGE.c.id.in_([one.message_id for one in leased])
        connection.execute(update(_MESSAGE).where(of_these).values(lease))
        attempt = {"worker": worker, "started_at": at, "detail": ""}
        connection.execute(
            insert(_ATTEMPT), [{"message_id": one.message_id, "number": one.attempt, **attempt} for one in leased]
        )
    return leased


def give_back(session: Session, untried: Collection[Dispatch]) -> None:
    """Take back leases under which nothing was sent, as if they had never been."""
    for message, attempt in _leased(session, untried).values():
        if attempt.outcome is not None:
            continue  # the lease ran out, and somebody took it back
        message.tries -= 1
        message.state = MessageState.RETRY if message.tries else MessageState.HELD
        message.lease_until = None
        session.add(message)
        session.delete(attempt)


def settle(session: Session, settled: Collection[Settled], failover: Failover, word: Word) -> None:
    """Write down what came of dispatches, and what is to become of their messages.

    What failed at its address goes on to the person's next one, by the policy's word. What is written down already
    stays so, unless that was a doubt.
    """
    leased = _leased(session, [one.dispatch for one in settled])
    tried = [(one, *leased[one.dispatch.lease]) for one in settled if one.dispatch.lease in leased]
    tried = [(one, message, attempt) for one, message, attempt in tried if attempt.outcome in _UNSETTLED]
    _record_wordings(session, [(message, attempt) for _, message, attempt in tried])
    goings = _goings(session, tried, failover)
    receipts = []
    after: dict[tuple[MessageState, datetime | None, int], list[int]] = defaultdict(list)
    for one, message, attempt in tried:
        after[*_after(one, message, goings), one.parts_accepted].append(one.dispatch.message_id)
        receipts.append(_conclude(message, attempt, one.outcome, one.detail, one.at))
    for (state, next_try_at, parts), ids in after.items():
        change = update(_MESSAGE).where(_MESSAGE.c.id.in_(ids))
        stands = {"state": state, "next_try_at": next_try_at, "parts_accepted": parts}
        session.connection().execute(change.values(lease_until=None, **stands))
    record_all(session, receipts)
    if goings:
        go_on(session, goings.values(), word, max(one.at for one in settled))


def _goings(
    session: Session, tried: Iterable[tuple[Settled, Message, Attempt]], failover: Failover
) -> dict[int, Going]:
    failures = [
        Failure(message, one.outcome, one.detail, one.personal, one.at)
        for one, message, _ in tried
        if one.outcome is not Outcome.ACCEPTED
    ]
    return onward(session, failures, failover) if failures else {}


def _after(one: Settled, message: Message, goings: Mapping[int, Going]) -> tuple[MessageState, datetime | None]:
    """Return what is to become of a message after so many tries, and when it is tried again."""
    if one.outcome is not Outcome.RETRY:
        return _STATE_AFTER[one.outcome], None
    if message.tries > len(BACKOFF) or message.id in goings:
        return MessageState.REFUSED, None
    return MessageState.RETRY, one.at + BACKOFF[message.tries - 1]


_UNSETTLED = (None, Outcome.IN_DOUBT)
_STATE_AFTER = {
    Outcome.ACCEPTED: MessageState.ACCEPTED,
    Outcome.REFUSED: MessageState.REFUSED,
    Outcome.IN_DOUBT: MessageState.IN_DOUBT,
}


def _attachments(session: Session, messages: Iterable[Message]) -> dict[int | None, Attachment]:
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


def _leased(session: Session, dispatches: Collection[Dispatch]) -> dict[tuple[int, int], tuple[Message, Attempt]]:
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


def _conclude(message: Message, attempt: Attempt, outcome: Outcome, detail: str, at: datetime) -> dict[str, Any]:
    """Put down what came of an attempt, and return the fact that tells it."""
    attempt.outcome, attempt.detail, attempt.ended_at = outcome, detail, at
    told = {"key": message.key, "attempt": attempt.number, "outcome": outcome, "detail": detail}
    return {"kind": FactKind.RECEIPT, "at": at, "person_id": message.person_id, "payload": told}


def _record_wordings(session: Session, tried: Iterable[tuple[Message, Attempt]]) -> None:
    """Write down what left: from its first attempt on a message's text is fixed."""
    first = [(message, attempt) for message, attempt in tried if attempt.number == 1 and attempt.outcome is None]
    if not first:
        return
    rows = session.exec(
        select(Reminder.message_id, Reminder.id)
        .where(col(Reminder.message_id).in_([message.id for message, _ in first]))
        .order_by(col(Reminder.id))
    ).all()
    reminders: dict[int | None, list[int | None]] = defaultdict(list)
    for message_id, reminder_id in rows:
        reminders[message_id].append(reminder_id)
    files = _attachments(session, [message for message, _ in first])
    wordings = [
        (message, attempt.started_at, reminders[message.id], files.get(message.id)) for message, attempt in first
    ]
    record_all(session, [_wording(*wording) for wording in wordings])


def _wording(message: Message, at: datetime, reminders: list[int | None], file: Attachment | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "key": message.key,
        "channel": message.channel,
        "target": message.target,
        "answers_for": message.answers_for,
        "subject": message.subject,
        "body_sha256": sha256(message.body.encode()).hexdigest(),
        "reminders": reminders,
    }
    if file is not None:
        told["attachment_sha256"] = sha256(file.content).hexdigest()
    return {"kind": FactKind.COMPOSE, "at": at, "person_id": message.person_id, "payload": told}
