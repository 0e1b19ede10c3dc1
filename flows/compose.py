"""Composing: what is owed becomes one digest per person, held until office hours."""

from dataclasses import dataclass
from datetime import datetime

from config import wording
from config.workplace import Workplace
from models.commands.outbox import drafts, gather, posts_unsaid, withdraw_empty, withhold_overtaken
from models.database import take_turns, writing
from models.office import Person
from models.queries.digest import digest
from models.queries.office import holders


@dataclass(frozen=True, slots=True)
class Composed:
    """How many messages came into being, how many were withdrawn, how many reminders were overtaken.

    `unreachable` counts the posts that something is owed to and that nobody holds.
    """

    messages: int
    withdrawn: int
    overtaken: int
    unreachable: int


def compose(place: Workplace, as_of: datetime, now: datetime) -> Composed:
    """Gather what is unsaid into a draft per person, and word every draft as of now.

    A draft is held until office hours and written anew each time, so that what leaves is true when it leaves:
    what no longer holds is set aside with a reason, and a post that changed hands speaks to its new holder.
    """
    on = as_of.astimezone(place.zone).date()
    release = place.policy.hours.release(as_of, place.calendar, place.zone)
    with writing(place.engine) as session:
        take_turns(session.connection())
        open_drafts = drafts(session)
        overtaken = withhold_overtaken(session, open_drafts, now)
        holding = holders(session, on)
        posts: dict[int, tuple[Person, list[int]]] = {}  # by person
        unreachable = 0
        for post in sorted(posts_unsaid(session, open_drafts)):
            if post not in holding:
                unreachable += 1
                continue
            person = holding[post].person
            posts.setdefault(person.id or 0, (person, []))[1].append(post)
        messages = 0
        for person, own in posts.values():
            message, is_new = gather(session, person, own, open_drafts, release, now)
            said = digest(session, message.id or 0, place.office.name, person.name, on)
            message.subject = wording.subject(said, place.office.locale)
            message.body = wording.body(said, place.office.locale)
            message.composed_at = now
            messages += is_new
        session.flush()
        withdrawn = withdraw_empty(session, open_drafts)
    return Composed(messages, withdrawn, overtaken, unreachable)
