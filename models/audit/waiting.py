"""What has not left: messages that wait longer than office hours, a failure or a worker's lease let them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import func, or_, select
from sqlmodel import Session

from models.audit.difference import Difference
from models.audit.record import table
from models.outbox import OPEN, Attempt, Message
from models.vocabulary import MessageState

_ATTEMPT, _MESSAGE = table(Attempt), table(Message)
LONGEST = timedelta(days=1)
"""What failed in passing is tried again within a day, and no worker keeps a message for longer."""


@dataclass(frozen=True, slots=True)
class Openings:
    """The moment from which messages may leave next, and the one on a later day, in the office's zone."""

    next: datetime
    after: datetime
    zone: tzinfo

    def day(self, moment: datetime) -> date:
        """Return the office's date of a moment."""
        return moment.astimezone(self.zone).date()


def held_too_long(
    session: Session, passed: dict[str, date], told: set[int], openings: Openings
) -> Iterator[Difference]:
    """Find held messages that are held past the next opening, or while later ones left the same way.

    `passed` is the last day of a message that left, by channel. Who is `told` on that day already gets the next
    digest on a later day.
    """
    held = select(_MESSAGE).where(OPEN, _MESSAGE.c.state == MessageState.HELD).order_by(_MESSAGE.c.id)
    for message in session.connection().execute(held):
        until = openings.day(message.release_at)
        latest = openings.day(openings.after if message.person_id in told else openings.next)
        # what follows a message takes over its release, and can leave only since it was composed
        since = openings.day(message.composed_at) if message.instead_of else until
        if until > latest:
            what = f"is held until {until}, although messages may leave from {latest} on"
            yield difference_of(message.id, what)
        elif since < passed.get(message.channel, since):
            what = f"is held since {since}, although one of {passed[message.channel]} left by the same channel"
            yield difference_of(message.id, what)


def tried_too_late(session: Session) -> Iterator[Difference]:
    """Find messages of which the next try, or the end of the lease, lies further ahead than any failure puts it."""
    last = select(_ATTEMPT.c.message_id, func.max(_ATTEMPT.c.started_at).label("at")).group_by(_ATTEMPT.c.message_id)
    tried = last.where(_ATTEMPT.c.message_id.in_(select(_MESSAGE.c.id).where(_WAITS))).subquery()
    since = func.coalesce(tried.c.at, _MESSAGE.c.composed_at, type_=_MESSAGE.c.composed_at.type)
    columns = (_MESSAGE.c.id, _MESSAGE.c.state, _MESSAGE.c.next_try_at, _MESSAGE.c.lease_until, since.label("since"))
    waiting = select(*columns).outerjoin(tried, tried.c.message_id == _MESSAGE.c.id).where(_WAITS)
    for message in session.connection().execute(waiting.order_by(_MESSAGE.c.id)):
        until = message.next_try_at if message.state is MessageState.RETRY else message.lease_until
        if until is None or until > message.since + LONGEST:
            yield difference_of(message.id, f"is {message.state} since {message.since}, and waits until {until}")


def difference_of(message: int, what: str) -> Difference:
    """Put a difference about a message into words."""
    return Difference(f"message {message}", what, f"duban outbox --show {message}")


_WAITS = OPEN & or_(_MESSAGE.c.state == MessageState.RETRY, _MESSAGE.c.state == MessageState.SENDING)
