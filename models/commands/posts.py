"""Posts: they change hands, fall vacant, have acting holders; and who answers while their holder is away."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_
from sqlmodel import Session, col, func, select

from models.commands.actor import Actor
from models.commands.ledger import record
from models.errors import DubanError
from models.lifecycle import Refused
from models.measure import Measure
from models.office import Holding, Leave, Person, Post, UnitDuty
from models.queries.office import find_person, holders, posts_of, supervises
from models.reminder import Reminder
from models.vocabulary import Duty, FactKind, State


class UnknownPost(DubanError):
    """No post has that slug or name."""


@dataclass(frozen=True, slots=True)
class Handover:
    """A post that changed hands: from whom (nobody, where it was vacant) to whom, and what goes along.

    `open_measures` counts the measures that the post answers for, `unsaid` the reminders that wait for its holder.
    """

    post: Post
    leaver: Person | None
    successor: Person
    since: date
    open_measures: int
    unsaid: int


def hand_over(session: Session, post_name: str, to: str, since: date, actor: Actor) -> Handover:
    """Give a post to another person from a day on; what is pending at the post goes along.

    A supervisor does it, or who holds the post. Raises `UnknownPost`, `UnknownPerson`, and `Refused` for a stranger,
    for whoever has it already, and for a day gone by.
    """
    post = find_post(session, post_name)
    successor = find_person(session, to)
    _require_supervisor_or(session, actor, post)
    if since < actor.on:
        raise Refused(f"{since} has passed on {actor.on}; hand {post.name} over on a day to come, or today.")
    present = holders(session, since).get(post.id or 0)
    if present and not present.acting and (present.absent or present.person).id == successor.id:
        raise Refused(f"{successor.name} holds {post.name} already.")
    _end_holdings(session, post, since)
    session.add(Holding(post_id=post.id or 0, person_id=successor.id or 0, since=since))
    session.flush()
    leaver = (present.absent or present.person) if present else None
    handover = Handover(post, leaver, successor, since, _open_measures(session, post), _unsaid(session, post))
    record(
        session,
        FactKind.HAND_OVER,
        actor.at,
        person_id=actor.person.id,
        post_id=post.id,
        on=actor.on,
        since=since,
        leaver=leaver.name if leaver else None,
        successor=successor.name,
        open_measures=handover.open_measures,
        unsaid=handover.unsaid,
    )
    return handover


def appoint(session: Session, post_name: str, who: str, since: date, until: date | None, actor: Actor) -> Holding:
    """Let a person act for a post that nobody holds, from a day on, until (not including) another if one is known.

    A supervisor does it. Raises `UnknownPost`, `UnknownPerson`, and `Refused` for anybody else, for a day gone by,
    for days that do not run forward, and for a post that somebody holds on that day.
    """
    post, person = find_post(session, post_name), find_person(session, who)
    if not supervises(session, actor.person, actor.on):
        raise Refused(f"Only a supervisor appoints for {post.name}; {actor.person.name} is none on {actor.on}.")
    if since < actor.on or (until is not None and until <= since):
        raise Refused(f"Acting for {post.name} runs from {actor.on} or later to a later day; correct the days.")
    present = holders(session, since).get(post.id or 0)
    if present is not None:
        name = (present.absent or present.person).name
        raise Refused(f"{name} holds {post.name} on {since}; hand it over, vacate it, or name a substitute.")
    holding = Holding(post_id=post.id or 0, person_id=person.id or 0, since=since, until=until, acting=True)
    session.add(holding)
    session.flush()
    record(
        session,
        FactKind.APPOINT,
        actor.at,
        person_id=actor.person.id,
        post_id=post.id,
        on=actor.on,
        acting=person.name,
        since=since,
        until=until,
    )
    return holding


def vacate(session: Session, post_name: str, since: date, reason: str, actor: Actor) -> Person:
    """Leave a post to nobody from a day on, and return who held it; what is owed to it goes one step up meanwhile.

    A supervisor does it, or who holds the post. Raises `UnknownPost`, and `Refused` for a stranger, for a day gone by
    and for a post that nobody holds.
    """
    post = find_post(session, post_name)
    _require_supervisor_or(session, actor, post)
    if since < actor.on:
        raise Refused(f"{since} has passed on {actor.on}; vacate {post.name} on a day to come, or today.")
    present = holders(session, since).get(post.id or 0)
    if present is None:
        raise Refused(f"Nobody holds {post.name} on {since}.")
    _end_holdings(session, post, since)
    leaver = present.absent or present.person
    record(
        session,
        FactKind.VACATE,
        actor.at,
        person_id=actor.person.id,
        post_id=post.id,
        on=actor.on,
        leaver=leaver.name,
        since=since,
        reason=reason,
    )
    return leaver


def take_leave(
    session: Session, who: str, substitute: str, since: date, until: date, reason: str, actor: Actor
) -> Leave:
    """Let a substitute answer for a person's posts from a day on, until (not including) another.

    A supervisor says so, or the person. Raises `UnknownPerson`, and `Refused` for a stranger, for days that do not
    run forward and for a second leave at the same time.
    """
    person, other = find_person(session, who), find_person(session, substitute)
    if actor.person.id != person.id and not supervises(session, actor.person, actor.on):
        raise Refused(f"{actor.person.name} cannot put {person.name} on leave; that person does, or a supervisor.")
    if person.id == other.id or not actor.on <= since < until:
        raise Refused(
            f"Leave of {person.name} runs from {actor.on} or later to a later day, with another substitute."
        )
    same = select(Leave).where(Leave.person_id == person.id, Leave.since < until, Leave.until > since)
    if session.exec(same).first() is not None:
        raise Refused(f"{person.name} is on leave between {since} and {until} already.")
    leave = Leave(person_id=person.id or 0, substitute_id=other.id or 0, since=since, until=until, reason=reason)
    session.add(leave)
    session.flush()
    record(
        session,
        FactKind.LEAVE,
        actor.at,
        person_id=actor.person.id,
        on=actor.on,
        absent=person.name,
        substitute=other.name,
        since=since,
        until=until,
        reason=reason,
    )
    return leave


def find_post(session: Session, name: str) -> Post:
    """Return the post of a slug or a name. Raises `UnknownPost`."""
    post = session.exec(select(Post).where(or_(col(Post.slug) == name, col(Post.name) == name))).first()
    if post is None:
        raise UnknownPost(f"No post is called '{name}'; 'duban office show' lists them.")
    return post


def _require_supervisor_or(session: Session, actor: Actor, post: Post) -> None:
    holds = any(own.id == post.id for own in posts_of(session, actor.person, actor.on))
    if not holds and not supervises(session, actor.person, actor.on):
        raise Refused(f"{actor.person.name} cannot hand {post.name} over; its holder does, or a supervisor.")


def _end_holdings(session: Session, post: Post, since: date) -> None:
    """Let whoever holds a post hold it no longer from a day on; what was to begin later does not."""
    running = select(Holding).where(
        Holding.post_id == post.id, or_(col(Holding.until).is_(None), col(Holding.until) > since)
    )
    for holding in session.exec(running).all():
        if holding.since >= since:
            session.delete(holding)
        else:
            holding.until = since
            session.add(holding)
    session.flush()


def _open_measures(session: Session, post: Post) -> int:
    units = select(UnitDuty.unit_id).where(UnitDuty.post_id == post.id, UnitDuty.duty == Duty.RESPONSIBLE)
    held = select(func.count()).where(
        col(Measure.unit_id).in_(units), col(Measure.state).is_not(None), Measure.state != State.DONE
    )
    return session.exec(held).one()


def _unsaid(session: Session, post: Post) -> int:
    unsaid = select(func.count()).where(
        Reminder.post_id == post.id, col(Reminder.message_id).is_(None), ~col(Reminder.overtaken)
    )
    return session.exec(unsaid).one()
