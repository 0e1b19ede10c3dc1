"""Addresses: where a person is reached, in which order, and which of them are not used any more."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, SQLModel, col, func, select

from models.commands.actor import Actor
from models.commands.ledger import record
from models.errors import DubanError
from models.lifecycle import Refused
from models.office import Address, Person
from models.queries.office import find_person, supervises
from models.vocabulary import FactKind

_ADDRESS = SQLModel.metadata.tables["address"]


class UnknownAddress(DubanError):
    """The person has no such address."""


def add_address(session: Session, who: str, channel: str, target: str, reason: str, actor: Actor) -> Address:
    """Give a person a further address, behind all others.

    A supervisor does it, or the person. Raises `UnknownPerson`, and `Refused` for a stranger and for an address that
    the person has.
    """
    person = find_person(session, who)
    _require_supervisor_or(session, actor, person)
    if _find(session, person, channel, target) is not None:
        raise Refused(f"{person.name} has the address {channel} {target} already.")
    last = session.exec(select(func.coalesce(func.max(Address.rank), 0)).where(Address.person_id == person.id)).one()
    address = Address(person_id=person.id or 0, rank=last + 1, channel=channel, target=target)
    session.add(address)
    session.flush()
    _record_change(session, "added", address, reason, actor)
    return address


def enable_address(session: Session, who: str, channel: str, target: str, reason: str, actor: Actor) -> Address:
    """Use a person's address again; raises what `disable_address` raises."""
    address = _known(session, who, channel, target, actor)
    if address.disabled_at is None:
        raise Refused(f"The address {channel} {target} is in use already.")
    address.disabled_at, address.disabled_because = None, ""
    session.add(address)
    _record_change(session, "enabled", address, reason, actor)
    return address


def disable_address(session: Session, who: str, channel: str, target: str, reason: str, actor: Actor) -> Address:
    """Use a person's address no more; what is on its way there goes to the next one.

    A supervisor does it, or the person. Raises `UnknownPerson`, `UnknownAddress`, and `Refused` for a stranger and
    for what is so already.
    """
    address = _known(session, who, channel, target, actor)
    if address.disabled_at is not None:
        raise Refused(f"The address {channel} {target} is disabled already: {address.disabled_because}")
    address.disabled_at, address.disabled_because = actor.at, reason
    session.add(address)
    _record_change(session, "disabled", address, reason, actor)
    return address


def disable_refused(session: Session, person_id: int, channel: str, target: str, answer: str, at: datetime) -> None:
    """Use an address no more that the receiver has refused for good, for the reason that was answered."""
    in_use = (
        (_ADDRESS.c.person_id == person_id)
        & (_ADDRESS.c.channel == channel)
        & (_ADDRESS.c.target == target)
        & _ADDRESS.c.disabled_at.is_(None)
    )
    change = update(_ADDRESS).where(in_use).values(disabled_at=at, disabled_because=answer)
    if session.connection().execute(change).rowcount:
        record(
            session,
            FactKind.ADDRESS,
            at,
            person_id=person_id,
            change="disabled",
            channel=channel,
            target=target,
            reason=answer,
        )


def _known(session: Session, who: str, channel: str, target: str, actor: Actor) -> Address:
    person = find_person(session, who)
    _require_supervisor_or(session, actor, person)
    address = _find(session, person, channel, target)
    if address is None:
        raise UnknownAddress(
            f"{person.name} has no address {channel} {target}; 'duban address list {person.slug}' lists them."
        )
    return address


def _find(session: Session, person: Person, channel: str, target: str) -> Address | None:
    own = select(Address).where(
        Address.person_id == person.id, col(Address.channel) == channel, col(Address.target) == target
    )
    return session.exec(own.with_for_update()).first()


def _require_supervisor_or(session: Session, actor: Actor, person: Person) -> None:
    if actor.person.id != person.id and not supervises(session, actor.person, actor.on):
        raise Refused(
            f"{actor.person.name} cannot change the addresses of {person.name}; that person does, or a supervisor."
        )


def _record_change(session: Session, change: str, address: Address, reason: str, actor: Actor) -> None:
    record(
        session,
        FactKind.ADDRESS,
        actor.at,
        person_id=address.person_id,
        on=actor.on,
        by=actor.person.name,
        change=change,
        channel=address.channel,
        target=address.target,
        reason=reason,
    )
