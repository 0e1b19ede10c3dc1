"""The outbox: drafts that gather reminders, leases that let one worker send, receipts that settle."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, exists, insert, literal, or_, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, select

from models.columns import UTCDateTime, words
from models.commands.ledger import json_object, record
from models.ledger import Fact
from models.office import Person
from models.outbox import Attempt, Message
from models.reminder import Reminder
from models.vocabulary import FactKind, MessageKind, MessageState, Outcome, Withheld
from models.watch import Watch

LEASE = timedelta(minutes=10)
"""How long a worker has for what it took: longer than a whole batch can take, each send at its time limit."""

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 240, 240, 240))
"""The wait after each passing failure; after the last the message counts as refused."""

_reminder = SQLModel.metadata.tables[str(Reminder.__tablename__)].c


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


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a dispatch."""

    dispatch: Dispatch
    outcome: Outcome
    detail: str
    at: datetime


def drafts(session: Session) -> list[Message]:
    """Return the messages that are held and were never tried, for their text is still open; they stay locked."""
    held = select(Message).where(
        Message.state == MessageState.HELD, Message.tries == 0, Message.kind == MessageKind.DIGEST
    )
    return list(session.exec(held.order_by(col(Message.id)).with_for_update(skip_locked=True)).all())


def withhold_overtaken(session: Session, open_drafts: Collection[Message], at: datetime) -> int:
    """Set aside what is unsaid and no longer true, because the measure moved on or has to wait for another.

    Returns how many reminders those were; each leaves a fact.
    """
    true = exists().where(
        col(Watch.measure_id) == col(Reminder.measure_id),
        col(Watch.kind) == col(Reminder.watch),
        col(Watch.anchor) == col(Reminder.anchor),
        ~col(Watch.blocked),
    )
    untrue = and_(_unsaid(open_drafts), ~true)
    fact = sa_select(
        literal(at, UTCDateTime),
        literal(FactKind.WITHHOLD, words(FactKind)),
        col(Reminder.measure_id),
        col(Reminder.post_id),
        json_object(
            watch=_reminder.watch,
            anchor=_reminder.anchor,
            step=_reminder.step,
            repetition=_reminder.repetition,
            reason=literal(Withheld.OVERTAKEN, words(Withheld)),
        ),
    ).where(untrue)
    connection = session.connection()
    connection.execute(insert(Fact).from_select(["at", "kind", "measure_id", "post_id", "payload"], fact))
    return connection.execute(update(Reminder).where(untrue).values(overtaken=True, message_id=None)).rowcount


def posts_unsaid(session: Session, open_drafts: Collection[Message]) -> set[int]:
    """Return the posts that something is owed to and unsaid."""
    return set(session.exec(select(Reminder.post_id).where(_unsaid(open_drafts)).distinct()).all())


def keep_back(session: Session, posts: Collection[int], open_drafts: Collection[Message]) -> None:
    """Take what is owed to posts that nobody holds out of the drafts; it stays unsaid until somebody does."""
    session.connection().execute(
        update(Reminder).where(_unsaid(open_drafts), col(Reminder.post_id).in_(posts)).values(message_id=None)
    )


def gather(
    session: Session,
    person: Person,
    posts: Collection[int],
    open_drafts: Collection[Message],
    release: datetime,
    at: datetime,
) -> tuple[Message, bool]:
    """Put everything unsaid for a person's posts into that person's draft, and return it and whether it is new.

    A draft keeps its first release time: what joins it later leaves with it.
    """
    mine = [
        m for m in open_drafts if (m.person_id, m.channel, m.target) == (person.id, person.channel, person.target)
    ]
    message = (
        mine[0]
        if mine
        else Message(
            key=uuid4().hex,
            person_id=person.id or 0,
            channel=person.channel,
            target=person.target,
            subject="",
            body="",
            state=MessageState.HELD,
            composed_at=at,
            release_at=release,
        )
    )
    session.add(message)
    session.flush()
    session.connection().execute(
        update(Reminder).where(_unsaid(open_drafts), col(Reminder.post_id).in_(posts)).values(message_id=message.id)
    )
    return message, not mine


def give_notice(session: Session, person: Person, subject: str, body: str, release: datetime, at: datetime) -> None:
    """Put a message of its own into the outbox, beside the digests."""
    session.add(
        Message(
            key=uuid4().hex,
            person_id=person.id or 0,
            channel=person.channel,
            target=person.target,
            kind=MessageKind.NOTICE,
            subject=subject,
            body=body,
            state=MessageState.HELD,
            composed_at=at,
            release_at=release,
        )
    )


def withdraw_empty(session: Session, open_drafts: Collection[Message]) -> int:
    """Withdraw the drafts in which nothing is left to say, and return how many those were."""
    withdrawn = 0
    for message in open_drafts:
        if session.exec(select(Reminder.id).where(Reminder.message_id == message.id).limit(1)).first() is None:
            message.state = MessageState.WITHDRAWN
            session.add(message)
            withdrawn += 1
    return withdrawn


def _unsaid(open_drafts: Collection[Message]) -> ColumnElement[bool]:
    """Match what no message has said, and none is about to: it is unsaid, or in a draft."""
    in_draft = col(Reminder.message_id).in_([message.id for message in open_drafts])
    return and_(or_(col(Reminder.message_id).is_(None), in_draft), ~col(Reminder.overtaken))


def recover(session: Session, resumable: Collection[str], at: datetime) -> int:
    """Take back what workers died over: their attempts are in doubt, since nobody knows how far they came.

    On a `resumable` channel, which recognises a message it already has, the message may be tried again; on any
    other it stays in doubt. Returns how many attempts those were.
    """
    expired = session.exec(
        select(Message, Attempt)
        .join(Attempt, (col(Attempt.message_id) == Message.id) & (col(Attempt.number) == Message.tries))
        .where(Message.state == MessageState.SENDING, col(Message.lease_until) < at)
        .with_for_update(skip_locked=True)
    ).all()
    for message, attempt in expired:
        again = message.channel in resumable
        message.state = MessageState.RETRY if again else MessageState.IN_DOUBT
        message.next_try_at, message.lease_until = (at if again else None), None
        _conclude(session, message, attempt, Outcome.IN_DOUBT, "the worker did not come back", at)
    return len(expired)


def claim(
    session: Session, worker: str, as_of: datetime, at: datetime, resting: Collection[str], size: int
) -> list[Dispatch]:
    """Lease up to `size` messages that may leave, and put an attempt at each on record.

    Nothing else may touch the network before this is committed. Messages on `resting` channels are left.
    """
    ready = or_(
        and_(col(Message.state) == MessageState.HELD, col(Message.release_at) <= as_of),
        and_(col(Message.state) == MessageState.RETRY, col(Message.next_try_at) <= at),
    )
    taken = session.exec(
        select(Message, Person.name)
        .join(Person, col(Person.id) == Message.person_id)
        .where(ready, col(Message.channel).not_in(resting))
        .order_by(col(Message.release_at), col(Message.id))
        .limit(size)
        .with_for_update(of=Message, skip_locked=True)
    ).all()
    return [_lease(session, message, name, worker, at) for message, name in taken]


def give_back(session: Session, untried: Iterable[Dispatch]) -> None:
    """Take back leases under which nothing was sent, as if they had never been."""
    for dispatch in untried:
        message, attempt = _leased(session, dispatch)
        if attempt.outcome is not None:
            continue  # the lease ran out, and somebody took it back
        message.tries -= 1
        message.state = MessageState.RETRY if message.tries else MessageState.HELD
        message.lease_until = None
        session.add(message)
        session.delete(attempt)


def settle(session: Session, settled: Iterable[Settled]) -> None:
    """Write down what came of dispatches, and what is to become of their messages."""
    for one in settled:
        message, attempt = _leased(session, one.dispatch)
        message.lease_until = message.next_try_at = None
        message.state = _STATE_AFTER[one.outcome]
        if one.outcome is Outcome.RETRY and message.tries > len(BACKOFF):
            message.state = MessageState.REFUSED
        elif one.outcome is Outcome.RETRY:
            message.next_try_at = one.at + BACKOFF[message.tries - 1]
        _conclude(session, message, attempt, one.outcome, one.detail, one.at)


_STATE_AFTER = {
    Outcome.ACCEPTED: MessageState.ACCEPTED,
    Outcome.RETRY: MessageState.RETRY,
    Outcome.REFUSED: MessageState.REFUSED,
    Outcome.IN_DOUBT: MessageState.IN_DOUBT,
}


def _lease(session: Session, message: Message, recipient: str, worker: str, at: datetime) -> Dispatch:
    message.tries += 1
    message.state = MessageState.SENDING
    message.lease_until = at + LEASE
    session.add(message)
    session.add(Attempt(message_id=message.id or 0, number=message.tries, worker=worker, started_at=at))
    return Dispatch(
        message_id=message.id or 0,
        attempt=message.tries,
        key=message.key,
        channel=message.channel,
        target=message.target,
        recipient=recipient,
        subject=message.subject,
        body=message.body,
        composed_at=message.composed_at,
    )


def _leased(session: Session, dispatch: Dispatch) -> tuple[Message, Attempt]:
    message = session.get_one(Message, dispatch.message_id)
    attempt = select(Attempt).where(Attempt.message_id == message.id, Attempt.number == dispatch.attempt)
    return message, session.exec(attempt).one()


def _conclude(
    session: Session, message: Message, attempt: Attempt, outcome: Outcome, detail: str, at: datetime
) -> None:
    """Write down what came of an attempt and, with the first one, what left in it."""
    if attempt.number == 1 and attempt.outcome is None:
        _record_wording(session, message, attempt.started_at)
    attempt.outcome, attempt.detail, attempt.ended_at = outcome, detail, at
    session.add_all([message, attempt])
    record(
        session,
        FactKind.RECEIPT,
        at,
        person_id=message.person_id,
        key=message.key,
        attempt=attempt.number,
        outcome=outcome,
        detail=detail,
    )


def _record_wording(session: Session, message: Message, at: datetime) -> None:
    """Write down what left: from its first attempt on a message's text is fixed."""
    reminders = session.exec(select(Reminder.id).where(Reminder.message_id == message.id)).all()
    record(
        session,
        FactKind.COMPOSE,
        at,
        person_id=message.person_id,
        key=message.key,
        channel=message.channel,
        target=message.target,
        answers_for=message.answers_for,
        subject=message.subject,
        body_sha256=sha256(message.body.encode()).hexdigest(),
        reminders=list(reminders),
    )
