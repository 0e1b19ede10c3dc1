"""Composing: what is owed becomes one digest per person, held until office hours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from config import wording
from config.workplace import Workplace
from models.commands.outbox import (
    drafts,
    gather,
    keep_back,
    posts_unsaid,
    withdraw_empty,
    withhold_overtaken,
)
from models.database import take_turns, writing
from models.office import Person
from models.queries.digest import digest
from models.queries.office import Holder, holders


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
    """Gather what is unsaid into a draft per person, addressed and worded as of the day it leaves.

    A draft is held until office hours and written anew each time, so that what leaves is true when it leaves:
    what no longer holds is set aside with a reason, and a post that changed hands speaks to its new holder.
    What is owed to a post that fell vacant waits for the next holder.
    """
    release = place.policy.hours.release(as_of, place.calendar, place.zone)
    on = release.astimezone(place.zone).date()
    with writing(place.engine) as session:
        take_turns(session.connection())
        open_drafts = drafts(session)
        overtaken = withhold_overtaken(session, open_drafts, now)
        holding = holders(session, on)
        unsaid = posts_unsaid(session, open_drafts)
        vacant = unsaid - holding.keys()
        keep_back(session, vacant, open_drafts)
        messages = 0
        for person, own in _posts_by_person(unsaid - vacant, holding):
            message, is_new = gather(session, person, own, open_drafts, release, now)
            said = digest(session, message.id or 0, place.office.name, person.name, on, holding)
            message.subject = wording.subject(said, place.office.locale)
            message.body = wording.body(said, place.office.locale)
            message.answers_for = "; ".join(sorted(said.absences))
            message.composed_at = now
            messages += is_new
        session.flush()
        withdrawn = withdraw_empty(session, open_drafts)
    return Composed(messages, withdrawn, overtaken, len(vacant))


def _posts_by_person(posts: Iterable[int], holding: Mapping[int, Holder]) -> list[tuple[Person, list[int]]]:
    found: dict[int, tuple[Person, list[int]]] = {}
    for post in sorted(posts):
        person = holding[post].person
        found.setdefault(person.id or 0, (person, []))[1].append(post)
    return list(found.values())
