"""Dependencies: what a measure waits for, without going round in circles."""

from graphlib import CycleError, TopologicalSorter
from typing import Any

from sqlmodel import Session, select

from models.commands.actor import Actor
from models.commands.change import change, refuse_done, refuse_untracked
from models.commands.ledger import record_act
from models.commands.watches import arm
from models.database import take_turns
from models.lifecycle import Refused
from models.measure import Dependency, Measure
from models.queries.measure import find_measure
from models.queries.office import roles_toward
from models.vocabulary import FactKind, Gate, Role


def depend(session: Session, number: str, on: str, gate: Gate, reason: str, actor: Actor) -> Measure:
    """Let a measure wait for another one, said by a supervisor.

    Raises `UnknownMeasure`, `Overtaken`, and `Refused` for a stranger, for a standing duty, and for a circle, which
    it names.
    """
    measure, blocker = _pair(session, number, on, actor)
    if blocker.standing:
        raise Refused(f"{on} is a standing duty and never done; nothing can wait for it.")
    if session.get(Dependency, (measure.id, blocker.id)) is not None:
        raise Refused(f"{number} waits for {on} already.")
    _refuse_circle(session, measure, blocker)
    session.add(Dependency(measure_id=measure.id or 0, blocker_id=blocker.id or 0, gate=gate, since=actor.on))
    session.flush()
    _settle(session, measure, actor, waits_for=on, gate=gate, reason=reason)
    return measure


def undepend(session: Session, number: str, on: str, reason: str, actor: Actor) -> Measure:
    """Let a measure no longer wait for another one, said by a supervisor.

    Raises `UnknownMeasure`, `Overtaken`, and `Refused` for a stranger and where it does not wait.
    """
    measure, blocker = _pair(session, number, on, actor)
    dependency = session.get(Dependency, (measure.id, blocker.id))
    if dependency is None:
        raise Refused(f"{number} does not wait for {on}; 'duban show {number}' tells what it waits for.")
    session.delete(dependency)
    session.flush()
    _settle(session, measure, actor, no_longer_waits_for=on, reason=reason)
    return measure


def _pair(session: Session, number: str, on: str, actor: Actor) -> tuple[Measure, Measure]:
    measure, blocker = find_measure(session, number), find_measure(session, on)
    refuse_untracked(session, measure)
    refuse_done(measure)
    if Role.SUPERVISOR not in roles_toward(session, actor.person, measure, actor.on):
        raise Refused(
            f"Only a supervisor of {number} says what it waits for; {actor.person.name} is none on {actor.on}."
        )
    return measure, blocker


def _settle(session: Session, measure: Measure, actor: Actor, **told: Any) -> None:  # noqa: ANN401 - what the fact tells
    change(session, measure, actor)
    record_act(session, FactKind.DEPEND, measure, actor, **told)
    arm(session, measure)


def _refuse_circle(session: Session, measure: Measure, blocker: Measure) -> None:
    """Raise `Refused` where following who waits for whom leads back; a divided measure waits for its parts."""
    take_turns(session.connection())  # or two at once might close a circle, each with one half of it
    names: dict[int, str] = {}
    graph: dict[int, set[int]] = {}
    for one in session.exec(select(Measure)).all():
        names[one.id or 0] = one.number
        if one.parent_id is not None:
            graph.setdefault(one.parent_id, set()).add(one.id or 0)
    for row in session.exec(select(Dependency)).all():
        graph.setdefault(row.measure_id, set()).add(row.blocker_id)
    graph.setdefault(measure.id or 0, set()).add(blocker.id or 0)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        nodes = error.args[1][:0:-1]  # the first one repeats the last
        start = nodes.index(measure.id)  # it is among them, for without it there was no circle
        circle = " → ".join(names[node] for node in [*nodes[start:], *nodes[:start], measure.id])
        raise Refused(f"That would go round in a circle: {circle}; leave one of them out.") from error
