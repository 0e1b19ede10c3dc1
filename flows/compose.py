"""Composing: what is owed becomes one digest per person and day, held until office hours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlmodel import Session

from config import wording
from config.links import Addressed, Call, call
from config.workplace import Workplace, last_day
from flows.channels import attaches
from flows.sheet import MEDIA_TYPE, sheet
from models.commands.digests import (
    Steps,
    attach,
    detach,
    gather,
    let_go,
    open_digests,
    posts_unsaid,
    told_since,
    withhold_overtaken,
)
from models.database import take_turns, writing
from models.office import Address, Person
from models.outbox import Message
from models.queries.digest import Digest, digest
from models.queries.office import Holder, addresses, duties, holders
from models.queries.seals import stamp
from models.seal import Stamp
from models.vocabulary import Duty, MessageKind, MessageState


@dataclass(frozen=True, slots=True)
class Composed:
    """How many messages came into being, how many were withdrawn, how many reminders were overtaken.

    `unreachable` counts the posts that something is owed to, and that nobody holds or nobody with an address.
    `unworded` are the lines that were set aside, because they could not be put into words.
    """

    messages: int
    withdrawn: int
    overtaken: int
    unreachable: int
    unworded: tuple[wording.Unworded, ...] = ()


def compose(place: Workplace, as_of: datetime, now: datetime) -> Composed:
    """Gather what is unsaid into a digest per person and day, addressed and worded as of the day it leaves.

    A digest is held until office hours and written anew each time, so that what leaves is true when it leaves:
    what no longer holds is set aside with a reason, and a post that changed hands speaks to its new holder.
    What is owed to a post that fell vacant waits for the next holder, and what is owed to a person without an
    address that works waits for one. Whoever was sent a digest that day gets the next one on the next working day.
    The policy's steps that are said at once make a message of their own, which is not held.
    """
    at_once = place.policy.escalation.at_once
    with writing(place.engine) as session:
        take_turns(session.connection())
        urgent = _Round(place, as_of, now, at_once).compose(session) if at_once else Composed(0, 0, 0, 0)
        held = _Round(place, as_of, now).compose(session)
    return Composed(
        messages=urgent.messages + held.messages,
        withdrawn=urgent.withdrawn + held.withdrawn,
        overtaken=urgent.overtaken + held.overtaken,
        unreachable=held.unreachable,  # what is urgent and reaches nobody is among it
        unworded=urgent.unworded + held.unworded,
    )


class _Round:
    """Composes the digests, or of some steps only the messages that are not held."""

    def __init__(self, place: Workplace, as_of: datetime, now: datetime, steps: Steps | None = None) -> None:
        self._place, self._now, self._steps = place, now, steps
        self._unworded: list[wording.Unworded] = []
        self._release = self._hours(as_of) if steps is None else as_of
        self._on = self._day(self._release)

    def compose(self, session: Session) -> Composed:
        """Bring the open messages up to date, and gather what is in none."""
        digests = open_digests(session, MessageKind.DIGEST if self._steps is None else MessageKind.URGENT)
        overtaken = withhold_overtaken(session, digests, self._now)
        holding = holders(session, self._on)
        live = addresses(session)
        persons = {post: holder.person.id or 0 for post, holder in holding.items()}
        reached = {post: live[person] for post, person in persons.items() if person in live}
        let_go(session, digests, reached)
        unsaid = posts_unsaid(session, self._steps)
        reachable = {post: reached[post] for post in sorted(unsaid & reached.keys())}
        new = gather(session, reachable, digests, self._releases(session, reachable), self._now, self._steps)
        supervising = {posts[Duty.SUPERVISOR] for posts in duties(session).values()}
        keepers = {holding[post].person.id for post in supervising & holding.keys()}
        newest = stamp(session)
        for message in (*digests, *new):
            self._word(session, message, holding, newest if message.person_id in keepers else None)
        withdrawn = sum(message.state is MessageState.WITHDRAWN for message in digests)
        return Composed(len(new), withdrawn, overtaken, len(unsaid) - len(reachable), tuple(self._unworded))

    def _releases(self, session: Session, reachable: Mapping[int, Address]) -> Callable[[int], datetime]:
        """Return what tells from when on a person's next message may leave."""
        if self._steps is not None:
            return lambda _: self._release
        persons = {address.person_id for address in reachable.values()}
        told = told_since(session, persons, datetime.combine(self._on, time(), self._place.zone))
        tomorrow = self._hours(datetime.combine(self._on + timedelta(days=1), time(), self._place.zone))
        return lambda person: tomorrow if person in told else self._release

    def _word(self, session: Session, message: Message, holding: Mapping[int, Holder], seal: Stamp | None) -> None:
        """Write a digest anew, or withdraw it where nothing is left to say.

        The supervisor's prints the ledger's last seal, so that its head lives outside the database. What a digest
        does not spell out is listed in a sheet, where the channel carries one.
        """
        place = self._place
        said = self._digest(session, message, holding, place.policy.lines)
        detach(session, message)
        if not said.lines:
            message.state = MessageState.WITHDRAWN
            return
        said, unworded = wording.set_aside(said, place.office.locale)
        self._unworded += unworded
        if said.more and attaches(place.settings.channel_url(message.channel) or ""):
            everything, _ = wording.set_aside(self._digest(session, message, holding), place.office.locale)
            name = wording.sheet_name(said, place.office.locale)
            attach(session, message, name, MEDIA_TYPE, sheet(everything, place.office.locale))
        said = replace(said, seal=seal, attached=message.attached)
        message.subject = wording.subject(said, place.office.locale)
        message.body = wording.body(said, _reply(place, message), place.office.locale)
        message.answers_for = "; ".join(sorted(said.absences))
        message.composed_at = self._now

    def _digest(
        self, session: Session, message: Message, holding: Mapping[int, Holder], shown: int | None = None
    ) -> Digest:
        person = session.get_one(Person, message.person_id)
        on = max(self._on, self._day(message.release_at))
        return digest(session, message.id or 0, self._place.office.name, person.name, on, holding, shown)

    def _hours(self, moment: datetime) -> datetime:
        return self._place.policy.hours.release(moment, self._place.calendar, self._place.zone)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self._place.zone).date()


def _reply(place: Workplace, message: Message) -> Call:
    """Return how its reader can acknowledge a message: it stays the same however often the message is worded."""
    through = last_day(place, message.release_at.astimezone(place.zone).date())
    return call(place.settings, Addressed(message.id or 0, message.key, message.person_id), through)
