"""Composing: what is owed becomes one digest per person, held until office hours."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from config import wording
from config.links import Addressed, Call, call
from config.workplace import Workplace, last_day
from models.commands.digests import gather, let_go, open_digests, posts_unsaid, withhold_overtaken
from models.database import take_turns, writing
from models.office import Person
from models.outbox import Message
from models.queries.digest import digest
from models.queries.office import Holder, addresses, duties, holders
from models.queries.seals import stamp
from models.seal import Stamp
from models.vocabulary import Duty, MessageState


@dataclass(frozen=True, slots=True)
class Composed:
    """How many messages came into being, how many were withdrawn, how many reminders were overtaken.

    `unreachable` counts the posts that something is owed to, and that nobody holds or nobody with an address.
    """

    messages: int
    withdrawn: int
    overtaken: int
    unreachable: int


def compose(place: Workplace, as_of: datetime, now: datetime) -> Composed:
    """Gather what is unsaid into a digest per person, addressed and worded as of the day it leaves.

    A digest is held until office hours and written anew each time, so that what leaves is true when it leaves:
    what no longer holds is set aside with a reason, and a post that changed hands speaks to its new holder.
    What is owed to a post that fell vacant waits for the next holder, and what is owed to a person without an
    address that works waits for one.
    """
    release = place.policy.hours.release(as_of, place.calendar, place.zone)
    on = release.astimezone(place.zone).date()
    with writing(place.engine) as session:
        take_turns(session.connection())
        digests = open_digests(session)
        overtaken = withhold_overtaken(session, digests, now)
        holding = holders(session, on)
        live = addresses(session)
        persons = {post: holder.person.id or 0 for post, holder in holding.items()}
        reached = {post: live[person] for post, person in persons.items() if person in live}
        let_go(session, digests, reached)
        unsaid = posts_unsaid(session)
        reachable = {post: reached[post] for post in sorted(unsaid & reached.keys())}
        new = gather(session, reachable, digests, release, now)
        supervising = {posts[Duty.SUPERVISOR] for posts in duties(session).values()}
        keepers = {holding[post].person.id for post in supervising & holding.keys()}
        newest = stamp(session)
        for message in (*digests, *new):
            seal = newest if message.person_id in keepers else None
            _word(session, place, message, on, holding, now, seal)
        withdrawn = sum(message.state is MessageState.WITHDRAWN for message in digests)
    return Composed(len(new), withdrawn, overtaken, len(unsaid) - len(reachable))


def _word(
    session: Session,
    place: Workplace,
    message: Message,
    on: date,
    holding: Mapping[int, Holder],
    now: datetime,
    seal: Stamp | None,
) -> None:
    """Write a digest anew, or withdraw it where nothing is left to say.

    The supervisor's prints the ledger's last seal, so that its head lives outside the database.
    """
    person = session.get_one(Person, message.person_id)
    said = replace(digest(session, message.id or 0, place.office.name, person.name, on, holding), seal=seal)
    if not said.lines:
        message.state = MessageState.WITHDRAWN
        return
    message.subject = wording.subject(said, place.office.locale)
    message.body = wording.body(said, _reply(place, message), place.office.locale)
    message.answers_for = "; ".join(sorted(said.absences))
    message.composed_at = now


def _reply(place: Workplace, message: Message) -> Call:
    """Return how its reader can acknowledge a message: it stays the same however often the message is worded."""
    through = last_day(place, message.release_at.astimezone(place.zone).date())
    return call(place.settings, Addressed(message.id or 0, message.key, message.person_id), through)
