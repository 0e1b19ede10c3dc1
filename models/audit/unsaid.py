"""Reminders that are in no message, in one that is gone, or about to be said although nothing owes them any more."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import exists
from sqlmodel import Session, col, or_, select

from models.audit.difference import Difference
from models.audit.runs import Runs
from models.audit.staff import Staff
from models.measure import Dependency, Measure
from models.outbox import Message
from models.reminder import UNSAID, Reminder
from models.vocabulary import MessageState
from models.watch import Watch


def unsaid(session: Session, staff: Staff, runs: Runs, on: date) -> Iterator[Difference]:
    """Find what is in no message although its post is held by somebody who can be reached.

    `on` is the day for which messages are composed.
    """
    waiting = select(Reminder, Measure.number).join(Measure, col(Measure.id) == Reminder.measure_id).where(UNSAID)
    for reminder, number in session.exec(waiting):
        held = staff.answers(reminder.post_id, on)
        if held in staff.reachable and not (runs.since and staff.changed(reminder.post_id, runs.since)):
            yield _difference(
                reminder, number, staff, f"is in no message, and {staff.persons.get(held or 0)} holds the post"
            )


def adrift(session: Session, staff: Staff) -> Iterator[Difference]:
    """Find what is marked as said by a message that does not exist."""
    gone = ~exists().where(col(Message.id) == col(Reminder.message_id))
    lost = select(Reminder, Measure.number).join(Measure, col(Measure.id) == Reminder.measure_id)
    for reminder, number in session.exec(lost.where(col(Reminder.message_id).is_not(None), gone)):
        yield _difference(reminder, number, staff, f"is in message {reminder.message_id}, which is gone")


def groundless(session: Session, staff: Staff, runs: Runs) -> Iterator[Difference]:
    """Find what is about to be said of a measure that moved on, or waits for another one.

    The watches of a measure are looked at by themselves; here they stand for what is timed.
    """
    living = exists().where(
        col(Watch.measure_id) == Reminder.measure_id,
        col(Watch.kind) == Reminder.watch,
        col(Watch.anchor) == Reminder.anchor,
        ~col(Watch.blocked),
    )
    open_ones = select(Message.id).where(Message.state == MessageState.HELD)
    found = select(Reminder, Measure).join(Measure, col(Measure.id) == Reminder.measure_id)
    for reminder, measure in session.exec(found.where(or_(UNSAID, col(Reminder.message_id).in_(open_ones)), ~living)):
        if not _moved(session, measure, runs):
            yield _difference(reminder, measure.number, staff, "is about to be said, and nothing owes it any more")


def _moved(session: Session, measure: Measure, runs: Runs) -> bool:
    """Tell whether a measure, or one that it waits for, changed since the last run; the next composing sees to it."""
    blockers = select(Dependency.blocker_id).where(Dependency.measure_id == measure.id)
    of_them = or_(col(Measure.id).in_(blockers), col(Measure.parent_id).in_(blockers))
    concerned = [measure, *session.exec(select(Measure).where(of_them)).all()]
    return runs.since is None or any(one.id in runs.touched or one.changed_at >= runs.since for one in concerned)


def _difference(reminder: Reminder, number: str, staff: Staff, what: str) -> Difference:
    again = f" #{reminder.repetition + 1}" if reminder.repetition else ""
    return Difference(
        number,
        f"reminder {reminder.id} {what}",
        f"duban show {number}",
        watch=f"{reminder.watch} counted from {reminder.anchor}",
        step=f"{reminder.step}{again}",
        post=staff.names.get(reminder.post_id, f"post {reminder.post_id}"),
    )
