"""Resolving what is in doubt: a supervisor says what became of a message that was sent and not answered."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from models.commands.actor import Actor
from models.commands.failover import Going, Word, go_on, routes
from models.commands.ledger import record
from models.lifecycle import Refused
from models.office import Address
from models.outbox import Message, Resolution
from models.queries.letter import UnknownMessage
from models.queries.office import supervises
from models.vocabulary import FactKind, MessageState, Onward, Verdict


@dataclass(frozen=True, slots=True)
class Resolved:
    """A message no longer in doubt, and the one that follows it, if one does."""

    message: Message
    follower: Message | None


def resolve(session: Session, number: int, verdict: Verdict, reason: str, actor: Actor, word: Word) -> Resolved:
    """Put down what became of a message in doubt, and let it go on where it did not arrive, or may not have.

    Raises `UnknownMessage`, and `Refused` for anybody but a supervisor, for a message that is not in doubt or that
    another one follows, and for a copy to an address that is disabled.
    """
    if not supervises(session, actor.person, actor.on):
        raise Refused(f"Only a supervisor resolves what is in doubt; {actor.person.name} is none on {actor.on}.")
    message = _in_doubt(session, number)
    going = _going(session, message, verdict)
    if verdict is not Verdict.RESEND:
        arrived = verdict is Verdict.ARRIVED
        message.state = MessageState.ACCEPTED if arrived else MessageState.REFUSED
        session.add(message)
    session.add(
        Resolution(message_id=number, verdict=verdict, person_id=actor.person.id or 0, at=actor.at, reason=reason)
    )
    session.flush()
    record(
        session,
        FactKind.RESOLVE,
        actor.at,
        person_id=message.person_id,
        on=actor.on,
        by=actor.person.name,
        key=message.key,
        message=number,
        verdict=verdict,
        reason=reason,
    )
    followers = go_on(session, [going] if going else [], word, actor.at)
    return Resolved(message, followers[0] if followers else None)


def _in_doubt(session: Session, number: int) -> Message:
    message = session.exec(select(Message).where(Message.id == number).with_for_update()).first()
    if message is None:
        raise UnknownMessage(f"No message has the number {number}; 'duban outbox' lists them.")
    if message.state is not MessageState.IN_DOUBT:
        raise Refused(
            f"Message {number} is {message.state.replace('_', ' ')}; only what is in doubt needs to be resolved."
        )
    follower = session.exec(select(Message.id).where(Message.instead_of == number)).first()
    if follower is not None:
        raise Refused(f"Message {number} was sent again as message {follower}; resolve that one if it is in doubt.")
    return message


def _going(session: Session, message: Message, verdict: Verdict) -> Going | None:
    """Say how the message goes on: lost, to the next address, or again to the only one that is left."""
    if verdict is Verdict.ARRIVED:
        return None
    if verdict is Verdict.LOST and (address := routes(session, [message])[message.id or 0]) is not None:
        return Going(message, address.channel, address.target, Onward.NEXT)
    own = select(Address).where(
        Address.person_id == message.person_id,
        col(Address.channel) == message.channel,
        col(Address.target) == message.target,
        col(Address.disabled_at).is_(None),
    )
    if session.exec(own).first() is not None:
        onward = Onward.AGAIN if verdict is Verdict.LOST else Onward.COPY
        return Going(message, message.channel, message.target, onward)
    if verdict is Verdict.RESEND:
        raise Refused(
            f"The address {message.channel} {message.target} is not in use any more; say 'lost', or enable it first."
        )
    return None
