"""The load: who is sent how much, week by week."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from sqlmodel import Session, col, func, select

from models.office import Person
from models.outbox import Message
from models.reminder import Reminder
from models.vocabulary import Bearer, MessageKind, MessageState

WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Load:
    """What one person, or one channel, was sent: messages by week, the oldest first, and the reminders in them."""

    name: str
    messages: list[int]
    reminders: int

    @property
    def total(self) -> int:
        """The messages of all weeks."""
        return sum(self.messages)


def mondays(on: date, weeks: int) -> list[date]:
    """Return the first days of so many weeks, the last of them the one in which a day lies."""
    this = on - timedelta(days=on.weekday())
    return [this - back * WEEK for back in reversed(range(weeks))]


def load(session: Session, bearer: Bearer, weeks: list[date], zone: tzinfo) -> list[Load]:
    """Return the loads of some weeks, given by their first days, the heaviest first.

    What went out counts, whether it was accepted or is in doubt, in the week in which it was to leave.
    """
    first = datetime.combine(weeks[0], time(), zone)
    after = datetime.combine(weeks[-1] + WEEK, time(), zone)
    name = col(Person.name) if bearer is Bearer.PERSON else col(Message.channel)
    rows = session.exec(
        select(name, Message.release_at, func.count(col(Reminder.id)))
        .join(Person, col(Person.id) == Message.person_id)
        .outerjoin(Reminder, col(Reminder.message_id) == Message.id)
        .where(
            col(Message.release_at) >= first,
            col(Message.release_at) < after,
            col(Message.state).in_((MessageState.ACCEPTED, MessageState.IN_DOUBT)),
            col(Message.kind) != MessageKind.NOTICE,
        )
        .group_by(name, col(Message.id), col(Message.release_at))
    ).all()
    messages: dict[str, list[int]] = defaultdict(lambda: [0] * len(weeks))
    reminders: dict[str, int] = defaultdict(int)
    for who, release_at, count in rows:
        messages[who][(release_at.astimezone(zone).date() - weeks[0]) // WEEK] += 1
        reminders[who] += count
    found = [Load(who, counts, reminders[who]) for who, counts in messages.items()]
    return sorted(found, key=lambda one: (-one.total, one.name))
