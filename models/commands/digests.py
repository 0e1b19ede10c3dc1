"""Digests: what is unsaid gathers into one held message per person, open until the first attempt to send it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Insert,
    TextClause,
    Update,
    bindparam,
    exists,
    false,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlmodel import Session, SQLModel, col

from models.columns import UTCDateTime, words
from models.commands.ledger import json_object, record
from models.ledger import Fact
from models.office import Address, Person
from models.outbox import OPEN, Attachment, Message
from models.queries.office import addresses
from models.reminder import UNSAID, Reminder
from models.vocabulary import FactKind, MessageKind, MessageState, WatchKind, Withheld
from models.watch import Watch

_reminder = SQLModel.metadata.tables[str(Reminder.__tablename__)]


Steps = Collection[tuple[WatchKind, str]]


def open_digests(session: Session, kind: MessageKind = MessageKind.DIGEST) -> list[Message]:
    """Return the messages that are held and were never tried, for their text is still open; they stay locked."""
    held = select(Message).where(
        OPEN,
        col(Message.state) == MessageState.HELD,
        col(Message.tries) == 0,
        col(Message.kind) == kind,
        col(Message.instead_of).is_(None),  # what took over from a message says what that one said
    )
    found = session.scalars(held.with_for_update(skip_locked=True)).all()
    return sorted(found, key=lambda message: message.id or 0)


def withhold_overtaken(session: Session, digests: Collection[Message], at: datetime) -> int:
    """Set aside what is unsaid, or only in a digest, and no longer true.

    The measure moved on or has to wait for another. Returns how many reminders those were; each leaves a fact.
    """
    connection = session.connection()
    in_digest = {"digests": [message.id for message in digests]}
    withheld = 0
    for (fact, mark), given in ((_OVERTAKEN_UNSAID, {}), (_OVERTAKEN_IN_DIGEST, in_digest)):
        connection.execute(fact, given | {"moment": at})
        withheld += connection.execute(mark, given).rowcount
    return withheld


def posts_unsaid(session: Session, steps: Steps | None = None) -> set[int]:
    """Return the posts that something is owed to which is in no message yet; of some steps only, if any are given."""
    unsaid = select(_reminder.c.post_id).where(UNSAID, *_of(steps)).distinct()
    return set(session.connection().scalars(unsaid).all())


def told_since(session: Session, persons: Collection[int], opening: datetime) -> set[int]:
    """Return those of some persons to whom a digest has left that might do so from a moment on."""
    left = select(col(Message.person_id)).where(
        col(Message.person_id).in_(persons),
        col(Message.release_at) >= opening,
        col(Message.kind) == MessageKind.DIGEST,
        col(Message.state).not_in((MessageState.HELD, MessageState.WITHDRAWN)),
    )
    return set(session.scalars(left).all())


def let_go(session: Session, digests: Collection[Message], holders: Mapping[int, Address]) -> None:
    """Take out of the digests what their person is no longer to be told, or not at that address.

    `holders` are where the holders of posts are reached, by post. What is let go is unsaid again.
    """
    addresses = {message.id: _address(message) for message in digests}
    in_digest = select(_reminder.c.message_id, _reminder.c.post_id).where(_reminder.c.message_id.in_(addresses))
    lost = [
        {"message": message, "post": post}
        for message, post in session.connection().execute(in_digest.distinct())
        if post not in holders or _address_of(holders[post]) != addresses[message]
    ]
    if lost:
        session.connection().execute(_LET_GO, lost)


def gather(
    session: Session,
    holders: Mapping[int, Address],
    digests: Iterable[Message],
    release: Callable[[int], datetime],
    at: datetime,
    steps: Steps | None = None,
) -> list[Message]:
    """Put what is unsaid for some posts into the digests of the persons who hold them, and return those that are new.

    A digest keeps its first release time, which `release` gives for a person: what joins it later leaves with it.
    With `steps`, only these are gathered, into messages that do not wait for office hours.
    """
    known = {_address(message): message for message in digests}
    new: list[Message] = []
    kind = MessageKind.DIGEST if steps is None else MessageKind.URGENT
    for address in holders.values():
        if _address_of(address) not in known:
            new.append(_empty(address, release(address.person_id), at, kind))
            known[_address_of(address)] = new[-1]
    session.add_all(new)
    session.flush()
    joining = [{"message": known[_address_of(address)].id, "post": post} for post, address in holders.items()]
    if joining:
        gathering = _GATHER if steps is None else _GATHER.where(*_of(steps))
        session.connection().execute(gathering, joining)
    return new


def attach(session: Session, message: Message, name: str, media_type: str, content: bytes) -> None:
    """Let a file go along with a message, instead of any that did before."""
    session.merge(Attachment(message_id=message.id or 0, name=name, media_type=media_type, content=content))
    message.attached = True


def detach(session: Session, message: Message) -> None:
    """Let nothing go along with a message."""
    if message.attached:
        session.delete(session.get_one(Attachment, message.id))
        message.attached = False


def give_notice(
    session: Session, person: Person, subject: str, body: str, release: datetime, at: datetime
) -> Message | None:
    """Put a message of its own beside a person's digest, worded once and for all, and return it.

    A person without an address that works is not told; that leaves a fact.
    """
    address = addresses(session).get(person.id or 0)
    if address is None:
        record(session, FactKind.WITHHOLD, at, person_id=person.id, reason=Withheld.UNREACHABLE, subject=subject)
        return None
    notice = _empty(address, release, at, MessageKind.NOTICE)
    notice.subject, notice.body = subject, body
    session.add(notice)
    return notice


def _of(steps: Steps | None) -> list[ColumnElement[bool]]:
    if steps is None:
        return []
    these = ((_reminder.c.watch == watch) & (_reminder.c.step == step) for watch, step in sorted(steps))
    return [or_(false(), *these)]


def _empty(address: Address, release: datetime, at: datetime, kind: MessageKind) -> Message:
    return Message(
        key=uuid4().hex,
        kind=kind,
        person_id=address.person_id,
        channel=address.channel,
        target=address.target,
        subject="",
        body="",
        state=MessageState.HELD,
        composed_at=at,
        release_at=release,
    )


def _address(message: Message) -> tuple[int, str, str]:
    return message.person_id, message.channel, message.target


def _address_of(address: Address) -> tuple[int, str, str]:
    return address.person_id, address.channel, address.target


def _of_overtaken(unsaid: ColumnElement[bool] | TextClause) -> tuple[Insert, Update]:
    """Return the statements that record and mark what of the unsaid is no longer true."""
    reminder = _reminder.c
    true = exists().where(
        col(Watch.measure_id) == reminder.measure_id,
        col(Watch.kind) == reminder.watch,
        col(Watch.anchor) == reminder.anchor,
        ~col(Watch.blocked),
    )
    fact = select(
        bindparam("moment", type_=UTCDateTime),
        literal(FactKind.WITHHOLD, words(FactKind)),
        reminder.measure_id,
        reminder.post_id,
        json_object(
            watch=reminder.watch,
            anchor=reminder.anchor,
            step=reminder.step,
            repetition=reminder.repetition,
            reason=literal(Withheld.OVERTAKEN, words(Withheld)),
        ),
    ).where(unsaid, ~true)
    return (
        insert(Fact).from_select(["at", "kind", "measure_id", "post_id", "payload"], fact),
        update(_reminder).where(unsaid, ~true).values(overtaken=True, message_id=None),
    )


# Built once: to build these takes longer than to run them.
_OVERTAKEN_UNSAID = _of_overtaken(UNSAID)
_OVERTAKEN_IN_DIGEST = _of_overtaken(_reminder.c.message_id.in_(bindparam("digests", expanding=True)))
_LET_GO = (
    update(_reminder)
    .where(_reminder.c.message_id == bindparam("message"), _reminder.c.post_id == bindparam("post"))
    .values(message_id=None)
)
_GATHER = (
    update(_reminder).where(UNSAID, _reminder.c.post_id == bindparam("post")).values(message_id=bindparam("message"))
)
