"""Replies: what a message asks to have acknowledged, and what of it was."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from models.acknowledgement import Acknowledgement
from models.measure import Measure
from models.office import Person, UnitDuty
from models.outbox import Message
from models.queries.office import holders
from models.quiet import Quiet, latest
from models.reminder import Reminder
from models.vocabulary import Duty, MessageKind, Reply, Slip, WatchKind


@dataclass(frozen=True, slots=True)
class Asked:
    """One measure in a message, and when which person acknowledged it; `snoozed_until` where it was put off.

    `anchor` is the date that its gravest step counts from.
    """

    number: str
    title: str
    slip: Slip
    watch: WatchKind
    anchor: date
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    snoozed_until: date | None

    @property
    def due(self) -> bool:
        """Whether it counts from the due date."""
        return self.watch in (WatchKind.DELIVERY, WatchKind.PERMIT_LATE, WatchKind.OCCURRENCE)


@dataclass(frozen=True, slots=True)
class Acknowledgeable:
    """A message that left, with what it asks of whom."""

    id: int
    key: str
    person_id: int
    person: str
    release_at: datetime
    lines: tuple[Asked, ...]

    @property
    def acknowledged(self) -> bool:
        """Whether nothing is left to acknowledge."""
        return all(line.acknowledged_at for line in self.lines)


def acknowledgeable(session: Session, message_id: int) -> Acknowledgeable | None:
    """Return a message of reminders that was tried to be sent, the gravest line first; None where there is none.

    Where it went on to another address, the message that took over its reminders is returned: it is the same.
    """
    left = select(Message).where(col(Message.tries) > 0, Message.kind != MessageKind.NOTICE)
    message = session.exec(left.where(Message.id == message_id)).first()
    if message is None:
        return None
    while successor := session.exec(select(Message).where(Message.instead_of == message.id)).first():
        message = successor
    holding, person = message.id or 0, session.get_one(Person, message.person_id)
    return Acknowledgeable(
        holding, message.key, message.person_id, person.name, message.release_at, _lines(session, holding)
    )


def _lines(session: Session, message_id: int) -> tuple[Asked, ...]:
    rows = session.exec(
        select(Reminder, Measure)
        .join(Measure, col(Measure.id) == Reminder.measure_id)
        .where(Reminder.message_id == message_id)
        .order_by(col(Reminder.id))
    ).all()
    gravest: dict[int, tuple[Reminder, Measure]] = {}
    for reminder, measure in sorted(rows, key=_as_in_the_message):
        gravest.setdefault(reminder.measure_id, (reminder, measure))
    replies = _replies(session, message_id)
    return tuple(_asked(*row, replies) for row in gravest.values())


def _as_in_the_message(row: tuple[Reminder, Measure]) -> tuple[int, date, int, int]:
    reminder, _ = row
    return -tuple(Slip).index(reminder.slip), reminder.anchor, reminder.measure_id, -(reminder.id or 0)


def _replies(session: Session, message_id: int) -> dict[tuple[int, Reply], tuple[Acknowledgement, str]]:
    rows = session.exec(
        select(Acknowledgement, Person.name)
        .join(Person, col(Person.id) == Acknowledgement.person_id)
        .where(Acknowledgement.message_id == message_id)
        .order_by(col(Acknowledgement.id))
    ).all()
    return {(one.measure_id, one.reply): (one, name) for one, name in rows}


def _asked(
    reminder: Reminder, measure: Measure, replies: Mapping[tuple[int, Reply], tuple[Acknowledgement, str]]
) -> Asked:
    acknowledged, by = replies.get((reminder.measure_id, Reply.ACKNOWLEDGED), (None, None))
    snoozed, _ = replies.get((reminder.measure_id, Reply.SNOOZED), (None, None))
    return Asked(
        number=measure.number,
        title=measure.title,
        slip=reminder.slip,
        watch=reminder.watch,
        anchor=reminder.anchor,
        acknowledged_at=acknowledged.at if acknowledged else None,
        acknowledged_by=by,
        snoozed_until=snoozed.until if snoozed else None,
    )


def addressed(session: Session, message_id: int) -> tuple[str, int] | None:
    """Return the key and the person of a message; None where there is none."""
    return session.exec(select(Message.key, Message.person_id).where(Message.id == message_id)).first()


def keys_since(session: Session, since: datetime) -> list[tuple[int, str]]:
    """Return (id, key) of the digests released since a moment and tried to be sent, the newest first."""
    left = select(Message.id, Message.key).where(
        Message.release_at >= since, Message.kind != MessageKind.NOTICE, col(Message.tries) > 0
    )
    return [(id_ or 0, key) for id_, key in session.exec(left.order_by(col(Message.id).desc())).all()]


def texts_since(session: Session, since: datetime) -> list[tuple[str, str]]:
    """Return (key, text) of the digests released since a moment and tried to be sent, without what took over."""
    left = select(Message.key, Message.body).where(
        Message.release_at >= since,
        Message.kind != MessageKind.NOTICE,
        col(Message.tries) > 0,
        col(Message.instead_of).is_(None),  # the text of such a one has the code of the first
    )
    return list(session.exec(left).all())


def posts_answered_for(session: Session, message: Acknowledgeable, person: Person, on: date) -> frozenset[int] | None:
    """Return the posts for which a person may reply to a message on a day; None stands for all of them.

    The addressee may for all, somebody else for the posts that he or she answers for on that day.
    """
    if person.id == message.person_id:
        return None
    return frozenset(post for post, holder in holders(session, on).items() if holder.person.id == person.id)


def quiets(session: Session, measure: Measure, kind: WatchKind, anchor: date) -> tuple[Quiet, ...]:
    """Return what the posts of a watch do not want repeated, by everything that was ever replied to it."""
    replies = session.exec(
        select(Acknowledgement).where(
            Acknowledgement.measure_id == measure.id,
            Acknowledgement.watch == kind,
            Acknowledgement.anchor == anchor,
        )
    ).all()
    if not replies:
        return ()
    rows = session.exec(select(UnitDuty).where(UnitDuty.unit_id == measure.unit_id)).all()
    done = {row.duty: row.post_id for row in rows}
    duties = {done[duty]: duty for duty in reversed(Duty) if duty in done}
    return latest(
        Quiet(one.step, duties[one.post_id], one.until, one.reply) for one in replies if one.post_id in duties
    )


def count_replies(session: Session, messages: Collection[int]) -> dict[int, tuple[int, int, datetime | None]]:
    """Return of each message how many measures it asks of, how many were acknowledged, and when the last was."""
    asked = select(Reminder.message_id, func.count(func.distinct(col(Reminder.measure_id))))
    of_these = col(Reminder.message_id).in_(messages)
    lines = dict(session.exec(asked.where(of_these).group_by(col(Reminder.message_id))).all())
    replied = select(
        Acknowledgement.message_id,
        func.count(func.distinct(col(Acknowledgement.measure_id))),
        func.max(Acknowledgement.at),
    ).where(col(Acknowledgement.message_id).in_(messages), Acknowledgement.reply == Reply.ACKNOWLEDGED)
    replies = {one: (count, at) for one, count, at in session.exec(replied.group_by(col(Acknowledgement.message_id)))}
    return {one: (count, *replies.get(one, (0, None))) for one, count in lines.items() if one is not None}
