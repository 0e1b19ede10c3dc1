"""Progress: what a unit reports on the way, a part success (阶段性完成) among it; neither is a state."""

from sqlmodel import Session

from models.commands.actor import Actor
from models.commands.change import change, refuse_done, refuse_untracked
from models.commands.ledger import record_act
from models.lifecycle import Refused
from models.measure import Measure
from models.queries.measure import find_measure
from models.queries.office import roles_toward
from models.vocabulary import FactKind


def report_progress(session: Session, number: str, text: str, *, staged: bool, actor: Actor) -> Measure:
    """Put progress on record; `staged` when a part of the promise is fulfilled.

    Raises `UnknownMeasure`, `Overtaken`, and `Refused` for a stranger and for what is done.
    """
    measure = find_measure(session, number)
    refuse_untracked(session, measure)
    refuse_done(measure)
    if not roles_toward(session, actor.person, measure, actor.on):
        raise Refused(f"{actor.person.name} has no part in {number} on {actor.on}; its unit reports on it.")
    change(session, measure, actor, **({"staged_on": actor.on} if staged else {}))
    record_act(session, FactKind.PROGRESS, measure, actor, text=text, staged=staged)
    return measure
