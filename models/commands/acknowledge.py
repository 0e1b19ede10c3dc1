"""Acknowledging and snoozing: a reply to a message keeps its steps from being repeated for a while."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import exists, update
from sqlmodel import Session, col, select

from models.acknowledgement import Acknowledgement
from models.commands.actor import Actor, Rules
from models.commands.ledger import record
from models.database import take_turns
from models.errors import DubanError
from models.measure import Measure
from models.outbox import Message
from models.queries.replies import Acknowledgeable, posts_answered_for, quiets
from models.quiet import write
from models.reminder import Reminder
from models.vocabulary import FactKind, MessageState, Reply, ReplyBy, Withheld
from models.watch import Watch


class NotTheAddressee(DubanError):
    """Somebody replies to a message for posts that are not his or hers."""


class NothingToReply(DubanError):
    """The message says nothing of the measures that were chosen."""


class RepliedBefore(DubanError):
    """All of this was replied to the message before."""


class BadSnooze(DubanError):
    """Put off until no day, or for longer than the policy lets."""


def acknowledge(
    session: Session,
    message: Acknowledgeable,
    actor: Actor,
    how: ReplyBy,
    rules: Rules,
    chosen: Collection[str] | None = None,
) -> list[str]:
    """Acknowledge the measures of a message, or those with the chosen numbers, and return the numbers.

    Ends the repeats of the steps that it says, to the posts that it says them to, for as long as the policy has it.
    Raises `NotTheAddressee`, `NothingToReply` and `RepliedBefore`.
    """
    until = rules.calendar.shift(actor.on, rules.policy.acknowledging.holds).value
    return _reply(session, message, actor, (Reply.ACKNOWLEDGED, how, until), chosen)


def snooze(
    session: Session,
    message: Acknowledgeable,
    actor: Actor,
    how: ReplyBy,
    until: date,
    rules: Rules,
    chosen: Collection[str] | None = None,
) -> list[str]:
    """Put the repeats of a message's steps off until a day; a message can do that once.

    Raises `BadSnooze`, and what `acknowledge` raises.
    """
    latest = last_snooze(actor.on, rules)
    if not actor.on < until <= latest:
        raise BadSnooze(f"It can be put off until a day after {actor.on}, {latest} at the latest; not until {until}.")
    return _reply(session, message, actor, (Reply.SNOOZED, how, until), chosen)


def last_snooze(on: date, rules: Rules) -> date:
    """Return the last day until which repeats may be put off on a day."""
    return rules.calendar.shift(on, rules.policy.acknowledging.snooze_at_most).value


def _reply(
    session: Session,
    message: Acknowledgeable,
    actor: Actor,
    reply: tuple[Reply, ReplyBy, date],
    chosen: Collection[str] | None,
) -> list[str]:
    take_turns(session.connection())  # a sweep decides by what is changed here
    rows = _asked_of(session, message, actor, chosen)
    known = set(
        session.exec(_keys.where(Acknowledgement.message_id == message.id, Acknowledgement.reply == reply[0]))
    )
    new = {_key(reminder): (reminder, measure) for reminder, measure in rows if _key(reminder) not in known}
    if not new:
        raise RepliedBefore(f"The message of {message.person} was {reply[0]} before; nothing is left to do.")
    for reminder, measure in new.values():
        _keep(session, message, reminder, actor, reply)
        _hush(session, measure, reminder)
        _set_aside(session, reminder, message, actor, reply[0])
    return list(dict.fromkeys(measure.number for _, measure in new.values()))


def _asked_of(
    session: Session, message: Acknowledgeable, actor: Actor, chosen: Collection[str] | None
) -> list[tuple[Reminder, Measure]]:
    """Return what a message says of the chosen measures to posts that the person may reply for."""
    rows = session.exec(
        select(Reminder, Measure)
        .join(Measure, col(Measure.id) == Reminder.measure_id)
        .where(Reminder.message_id == message.id)
        .order_by(col(Reminder.id))
    ).all()
    wanted = [row for row in rows if chosen is None or row[1].number in chosen]
    if not wanted or (chosen and set(chosen) - {measure.number for _, measure in wanted}):
        raise NothingToReply("The message says nothing of that; choose among the measures that it names.")
    posts = posts_answered_for(session, message, actor.person, actor.on)
    own = [row for row in wanted if posts is None or row[0].post_id in posts]
    if not own:
        raise NotTheAddressee(
            f"{actor.person.name} is not {message.person}, and answers on {actor.on} for no post that the message "
            "speaks to; let one of them reply."
        )
    return own


_KEY = ("measure_id", "watch", "anchor", "step", "post_id")
_keys = select(*(getattr(Acknowledgement, name) for name in _KEY))


def _key(reminder: Reminder) -> tuple[object, ...]:
    return tuple(getattr(reminder, name) for name in _KEY)


def _keep(
    session: Session, message: Acknowledgeable, reminder: Reminder, actor: Actor, given: tuple[Reply, ReplyBy, date]
) -> None:
    reply, how, until = given
    session.add(
        Acknowledgement(
            message_id=message.id,
            person_id=actor.person.id or 0,
            post_id=reminder.post_id,
            measure_id=reminder.measure_id,
            watch=reminder.watch,
            anchor=reminder.anchor,
            step=reminder.step,
            reply=reply,
            until=until,
            at=actor.at,
            how=how,
        )
    )
    session.flush()
    record(
        session,
        FactKind.ACKNOWLEDGE if reply is Reply.ACKNOWLEDGED else FactKind.SNOOZE,
        actor.at,
        measure_id=reminder.measure_id,
        person_id=actor.person.id,
        post_id=reminder.post_id,
        message=message.key,
        watch=reminder.watch,
        anchor=reminder.anchor,
        step=reminder.step,
        until=until,
        how=how,
        on=actor.on,
    )


def _hush(session: Session, measure: Measure, reminder: Reminder) -> None:
    """Let the watch, if it is still the one that the reminder was of, carry what its posts have replied."""
    text = write(quiets(session, measure, reminder.watch, reminder.anchor))
    session.connection().execute(
        update(Watch)
        .where(
            col(Watch.measure_id) == reminder.measure_id,
            col(Watch.kind) == reminder.watch,
            col(Watch.anchor) == reminder.anchor,
        )
        .values(acknowledged=text)
    )


def _set_aside(session: Session, said: Reminder, message: Acknowledgeable, actor: Actor, reply: Reply) -> None:
    """Withhold the repetitions of a step that were claimed meanwhile and have not begun to leave."""
    draft = exists().where(
        col(Message.id) == Reminder.message_id,
        col(Message.state) == MessageState.HELD,
        col(Message.tries) == 0,
        col(Message.instead_of).is_(None),  # what took over from a message says what that one said
    )
    waiting = select(Reminder).where(
        *(getattr(Reminder, name) == getattr(said, name) for name in _KEY),
        col(Reminder.repetition) > 0,
        ~col(Reminder.overtaken),
        col(Reminder.message_id).is_(None) | ((col(Reminder.message_id) != message.id) & draft),
    )
    for reminder in session.exec(waiting.order_by(col(Reminder.id))).all():
        reminder.overtaken, reminder.message_id = True, None
        session.add(reminder)
        record(
            session,
            FactKind.WITHHOLD,
            actor.at,
            measure_id=reminder.measure_id,
            post_id=reminder.post_id,
            watch=reminder.watch,
            anchor=reminder.anchor,
            step=reminder.step,
            repetition=reminder.repetition,
            reason=Withheld.OVERTAKEN,
            because=reply,
        )
