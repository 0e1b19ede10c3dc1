"""Going on: a message that cannot arrive is followed by another one, which takes over its reminders."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col, select

from models.commands.address import disable_refused
from models.commands.ledger import record_all
from models.failover import Failover
from models.office import Address
from models.outbox import OPEN, Attachment, Message
from models.queries.office import addresses
from models.vocabulary import FactKind, MessageState, Onward, Outcome, Withheld

COPY_AFTER = timedelta(minutes=5)
"""How long a second copy waits, so that a receiver who was down may be up again."""

Word = Callable[[Message, Onward], tuple[str, str]]
"""Gives the subject and text of what follows a message."""

_MESSAGE, _REMINDER = (SQLModel.metadata.tables[name] for name in ("message", "reminder"))
_TAKE_OVER = (
    update(_REMINDER).where(_REMINDER.c.message_id == bindparam("before")).values(message_id=bindparam("after"))
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A message, and what the latest attempt at it came to."""

    message: Message
    outcome: Outcome
    detail: str
    personal: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Going:
    """A message, where it goes on to, and in what sense; not before a moment, if one is given."""

    message: Message
    channel: str
    target: str
    onward: Onward
    not_before: datetime | None = None


def onward(session: Session, failures: Sequence[Failure], failover: Failover) -> dict[int, Going]:
    """Return how messages go on that failed, by their ids; an address that was refused for good is disabled first."""
    asking = [
        one for one in failures if failover.asks(one.outcome, one.message.tries, copy=one.message.sent_as is not None)
    ]
    if not asking:
        return {}
    for one in sorted(asking, key=lambda one: one.message.person_id):  # one order, so that workers cannot deadlock
        if one.outcome is Outcome.REFUSED and one.personal:
            message = one.message
            disable_refused(session, message.person_id, message.channel, message.target, one.detail, one.at)
    ways = routes(session, [one.message for one in asking])
    found: dict[int, Going] = {}
    for one in asking:
        message, number = one.message, one.message.id or 0
        if number not in ways:
            continue  # something followed it already
        if one.outcome is Outcome.IN_DOUBT:
            found[number] = Going(message, message.channel, message.target, Onward.COPY, one.at + COPY_AFTER)
        elif (address := ways[number]) is not None:
            found[number] = Going(message, address.channel, address.target, Onward.NEXT)
    return found


def routes(session: Session, messages: Collection[Message]) -> dict[int, Address | None]:
    """Return the next address in use behind that of each message, None where there is none.

    Addresses are gone through in their order and never backwards, so that it ends. A message that something followed
    already is left out.
    """
    own, follower = aliased(Address), aliased(Message)
    query = (
        select(Message.id, Address)
        .outerjoin(own, _goes_to(own))
        .outerjoin(
            Address,
            and_(
                col(Address.person_id) == Message.person_id,
                col(Address.disabled_at).is_(None),
                col(Address.rank) > func.coalesce(own.rank, 0),
            ),
        )
        .where(
            col(Message.id).in_([message.id for message in messages]),
            ~exists().where(col(follower.instead_of) == Message.id),
        )
        .order_by(col(Address.rank).desc())
    )
    return {number or 0: address for number, address in session.exec(query).all()}


def go_on(session: Session, goings: Collection[Going], word: Word, at: datetime) -> list[Message]:
    """Let messages be followed, each by one of its own that takes over the reminders, and return the followers."""
    if not goings:
        return []
    new = [_follower(going, word, at) for going in goings]
    session.add_all(new)
    session.flush()
    session.connection().execute(_TAKE_OVER, [{"before": one.instead_of, "after": one.id} for one in new])
    for one in new:
        if one.attached:
            file = session.get_one(Attachment, one.instead_of)
            session.add(Attachment(**file.model_dump() | {"message_id": one.id}))
    record_all(session, [_redirected(going, one, at) for going, one in zip(goings, new, strict=True)])
    return new


def leave_disabled(session: Session, word: Word, at: datetime) -> None:
    """Take the messages still on their way off addresses that were disabled meanwhile.

    One that was never tried changes its address; one that was goes on. Where there is no other address both count
    as refused.
    """
    found = _stranded(session)
    if not found:
        return
    ways, first = routes(session, found), addresses(session)
    goings = []
    for message in found:
        fresh = not message.tries and message.instead_of is None
        address = first.get(message.person_id) if fresh else ways.get(message.id or 0)
        if address is None or message.tries:
            message.state, message.next_try_at = MessageState.REFUSED, None
            if address is not None:
                goings.append(Going(message, address.channel, address.target, Onward.NEXT))
            elif not message.tries:
                told = {"key": message.key, "reason": Withheld.UNREACHABLE}
                record_all(session, [_fact(message, told, at) | {"kind": FactKind.WITHHOLD}])
        else:
            message.channel, message.target = address.channel, address.target
            told = {"key": message.key, "channel": address.channel, "target": address.target}
            record_all(session, [_fact(message, told, at)])
    session.flush()
    go_on(session, goings, word, at)


def _stranded(session: Session) -> Sequence[Message]:
    """Return the messages on their way to a disabled address, apart from those a worker has; they stay locked."""
    on_their_way = (
        select(Message)
        .join(Address, _goes_to(Address))
        .where(
            OPEN,
            or_(col(Message.state) == MessageState.HELD, col(Message.state) == MessageState.RETRY),
            col(Address.disabled_at).is_not(None),
        )
        .with_for_update(of=Message, skip_locked=True)
    )
    return session.exec(on_their_way).all()


def _goes_to(address: type[Address]) -> ColumnElement[bool]:
    """Say in SQL that a message goes to an address."""
    return and_(
        col(address.person_id) == Message.person_id,
        col(address.channel) == Message.channel,
        col(address.target) == Message.target,
    )


def _follower(going: Going, word: Word, at: datetime) -> Message:
    message = going.message
    subject, body = word(message, going.onward)
    copy = going.onward is Onward.COPY
    return Message(
        key=uuid4().hex,
        person_id=message.person_id,
        channel=going.channel,
        target=going.target,
        kind=message.kind,
        answers_for=message.answers_for,
        subject=subject,
        body=body,
        state=MessageState.RETRY if going.not_before else MessageState.HELD,
        composed_at=at,
        release_at=message.release_at,
        next_try_at=going.not_before,
        attached=message.attached,
        instead_of=message.id,
        sent_as=(message.sent_as or message.key) if copy else None,
    )


def _redirected(going: Going, follower: Message, at: datetime) -> dict[str, Any]:
    told = {
        "key": follower.key,
        "before": going.message.key,
        "onward": going.onward,
        "channel": going.channel,
        "target": going.target,
    }
    return _fact(follower, told, at)


def _fact(message: Message, told: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {"kind": FactKind.REDIRECT, "at": at, "person_id": message.person_id, "payload": told}
