"""Handing a post over: in one transaction with the notices to both sides."""

from datetime import date, datetime

from sqlmodel import Session

from config import wording
from config.workplace import Workplace
from models.commands.actor import Actor
from models.commands.digests import give_notice
from models.commands.posts import Handover, appoint, find_post, hand_over
from models.office import Person


def name_acting_holder(
    session: Session,
    place: Workplace,
    post: str,
    who: str,
    days: tuple[date, date | None],
    actor: Actor,
    as_of: datetime,
) -> None:
    """Let a person act for a vacant post, and tell that person.

    Raises what `appoint` raises.
    """
    since, until = days
    holding = appoint(session, post, who, since, until, actor)
    reader = session.get_one(Person, holding.person_id)
    told = wording.Appointment(place.office.name, reader.name, find_post(session, post).name, since, until)
    subject, body = wording.appointment(told, place.office.locale)
    give_notice(
        session, reader, subject, body, place.policy.hours.release(as_of, place.calendar, place.zone), actor.at
    )


def hand_post_over(
    session: Session, place: Workplace, post: str, to: str, since: date, actor: Actor, as_of: datetime
) -> Handover:
    """Give a post to another person, and tell both; the notices leave in office hours like any message.

    Raises what `hand_over` raises.
    """
    handover = hand_over(session, post, to, since, actor)
    release = place.policy.hours.release(as_of, place.calendar, place.zone)
    told = [handover.successor] + ([handover.leaver] if handover.leaver else [])
    for reader in told:
        subject, body = wording.handover(
            wording.Handover(
                office=place.office.name,
                reader=reader.name,
                post=handover.post.name,
                leaver=handover.leaver.name if handover.leaver else None,
                successor=handover.successor.name,
                since=since,
                open_measures=handover.open_measures,
                unsaid=handover.unsaid,
            ),
            place.office.locale,
        )
        give_notice(session, reader, subject, body, release, actor.at)
    return handover
