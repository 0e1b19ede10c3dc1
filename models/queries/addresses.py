"""Addresses as people see them: those that are not used any more, and the persons whom nothing reaches."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from models.office import Address, Person
from models.queries.office import addresses, holders


@dataclass(frozen=True, slots=True)
class Dead:
    """An address that is not used any more, since when and why."""

    person: str
    channel: str
    target: str
    disabled_at: datetime
    disabled_because: str


def dead(session: Session, since: datetime | None = None) -> list[Dead]:
    """Return the disabled addresses, in the order in which that happened; those since a moment, if one is given."""
    query = (
        select(Address, Person.name)
        .join(Person, col(Person.id) == Address.person_id)
        .where(col(Address.disabled_at).is_not(None))
        .order_by(col(Address.disabled_at), col(Address.id))
    )
    if since is not None:
        query = query.where(col(Address.disabled_at) >= since)
    return [
        Dead(name, one.channel, one.target, one.disabled_at, one.disabled_because)
        for one, name in session.exec(query).all()
        if one.disabled_at
    ]


def out_of_reach(session: Session, on: date) -> list[str]:
    """Return the persons who answer for a post on a day and have no address in use."""
    reached = addresses(session)
    answering = {holder.person.id or 0: holder.person.name for holder in holders(session, on).values()}
    return [name for person, name in sorted(answering.items()) if person not in reached]
