"""Who holds which post on a day, and what that lets a person do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_
from sqlmodel import Session, col, select

from models.errors import DubanError
from models.measure import Measure
from models.office import Address, Holding, Leave, Person, Post, UnitDuty
from models.vocabulary import Duty, Role


class UnknownPerson(DubanError):
    """Nobody of that name is in the office."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who answers for a post on a day, and whether only for the time being; `absent` is who is on leave meanwhile."""

    person: Person
    acting: bool
    absent: Person | None = None


def holders(session: Session, on: date) -> dict[int, Holder]:
    """Return the holder of every post that is held on a day, by post id; a full holder goes before an acting one."""
    held = (
        select(Holding, Person)
        .join(Person, col(Person.id) == Holding.person_id)
        .where(Holding.since <= on, or_(col(Holding.until).is_(None), col(Holding.until) > on))
        .order_by(col(Holding.acting).desc(), col(Holding.since))
    )
    found = {holding.post_id: Holder(person, holding.acting) for holding, person in session.exec(held).all()}
    away = _substitutes(session, on)
    return {post_id: _answering(holder, away) for post_id, holder in found.items()}


def _substitutes(session: Session, on: date) -> dict[int, Person]:
    """Return who answers for each person on leave on a day, by that person's id."""
    leaves = (
        select(Leave, Person)
        .join(Person, col(Person.id) == Leave.substitute_id)
        .where(Leave.since <= on, Leave.until > on)
        .order_by(col(Leave.id))
    )
    return {leave.person_id: substitute for leave, substitute in session.exec(leaves).all()}


def _answering(holder: Holder, away: Mapping[int, Person]) -> Holder:
    """Follow the substitutes to one who is there; where they lead in a circle, the holder answers after all."""
    person, seen = holder.person, {holder.person.id}
    while (person.id or 0) in away:
        person = away[person.id or 0]
        if person.id in seen:
            return holder
        seen.add(person.id)
    return holder if person is holder.person else Holder(person, holder.acting, holder.person)


def addresses(session: Session) -> dict[int, Address]:
    """Return the first address in use of every person who has one, by that person's id."""
    live = select(Address).where(col(Address.disabled_at).is_(None)).order_by(col(Address.rank).desc())
    return {address.person_id: address for address in session.exec(live).all()}


def duties(session: Session) -> dict[int, dict[Duty, int]]:
    """Return the post behind each duty, by unit id, of the units that answer for measures: they have every duty."""
    found: dict[int, dict[Duty, int]] = {}
    for row in session.exec(select(UnitDuty)).all():
        found.setdefault(row.unit_id, {})[row.duty] = row.post_id
    return {unit_id: posts for unit_id, posts in found.items() if posts.keys() >= set(Duty)}


def find_person(session: Session, who: str) -> Person:
    """Return the person of a slug or a name. Raises `UnknownPerson`."""
    person = session.exec(select(Person).where(or_(col(Person.slug) == who, col(Person.name) == who))).first()
    if person is None:
        raise UnknownPerson(f"No person is called '{who}'; 'duban office show' lists them.")
    return person


def posts_of(session: Session, person: Person, on: date) -> list[Post]:
    """Return the posts for which a person answers on a day."""
    ids = [post_id for post_id, holder in holders(session, on).items() if holder.person.id == person.id]
    return list(session.exec(select(Post).where(col(Post.id).in_(ids)).order_by(col(Post.id))).all())


def supervises(session: Session, person: Person, on: date) -> bool:
    """Tell whether a person supervises some unit on a day, by the posts held then."""
    held = {post.id for post in posts_of(session, person, on)}
    return any(posts[Duty.SUPERVISOR] in held for posts in duties(session).values())


def duties_toward(session: Session, person: Person, measure: Measure, on: date) -> frozenset[Duty]:
    """Return the duties that a person has for a measure on a day, by the posts held then."""
    held = {post.id for post in posts_of(session, person, on)}
    posts = duties(session).get(measure.unit_id, {})
    return frozenset(duty for duty, post in posts.items() if post in held)


def roles_toward(session: Session, person: Person, measure: Measure, on: date) -> frozenset[Role]:
    """Return how a person stands to a measure on a day: by the posts held then, and by having handed it in."""
    own = duties_toward(session, person, measure, on)
    roles = {Role(duty) for duty in (Duty.RESPONSIBLE, Duty.SUPERVISOR) if duty in own}
    if measure.submitter_id is not None and measure.submitter_id == person.id:
        roles.add(Role.SUBMITTER)
    return frozenset(roles)
