"""Looking again at what is done (回头看): it holds, or else it is reopened."""

from datetime import date

from sqlmodel import Session

from models.commands.actor import Actor
from models.commands.change import change
from models.commands.ledger import record_act
from models.commands.watches import arm
from models.lifecycle import Refused
from models.measure import Measure
from models.queries.measure import find_measure
from models.queries.office import roles_toward
from models.vocabulary import FactKind, Role, State


def reverify(session: Session, number: str, found: str, again_on: date | None, actor: Actor) -> Measure:
    """Put on record that a done measure still holds, by a supervisor, and when to look again, if at all.

    Raises `UnknownMeasure`, `Overtaken`, and `Refused` for a stranger, for what is not done and for a day gone by.
    """
    measure = find_measure(session, number)
    if measure.state is not State.DONE:
        raise Refused(f"{number} is not done; there is nothing to look at again.")
    if Role.SUPERVISOR not in roles_toward(session, actor.person, measure, actor.on):
        raise Refused(f"Only a supervisor looks at {number} again; {actor.person.name} is none on {actor.on}.")
    if again_on is not None and again_on <= actor.on:
        raise Refused(f"{number} cannot be looked at again on {again_on}; that has to lie after {actor.on}.")
    looked_for = measure.reverify_on
    change(session, measure, actor, reverify_on=again_on)
    record_act(session, FactKind.REVERIFY, measure, actor, looked_for=looked_for, found=found, again_on=again_on)
    arm(session, measure)
    return measure
