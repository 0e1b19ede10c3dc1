"""Ruling: the situations that are due, each decided once, laid out for the database to apply."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from models.commands.claims import Conditions, Saying, Verdict, situations
from models.escalation import Decision, EscalationPolicy, Situation, address, decide
from models.queries.office import duties, holders
from models.vocabulary import Duty
from models.workdays import Calendar


@dataclass(slots=True)
class Ruling:
    """The verdict on every situation, the sayings of every shape of decision, and how many watches they concern."""

    verdicts: list[Verdict] = field(default_factory=list)
    sayings: list[Saying] = field(default_factory=list)
    examined: int = 0
    due: int = 0


def rule(session: Session, scope: Conditions, policy: EscalationPolicy, calendar: Calendar, on: date) -> Ruling:
    """Decide every situation in scope that is due a look on a day.

    Situations that differ only in topics of which the policy makes nothing share one decision. Decisions that
    take the same steps share one shape, whatever their dates, so that a shape is addressed once per unit and
    not once per situation.
    """
    ruling = Ruling()
    decisions: dict[object, Decision] = {}
    shapes: dict[object, tuple[int, Decision]] = {}
    for kind, topics, anchor, looked_on, blocked, watches in situations(session.connection(), scope, on):
        situation = Situation(kind, tuple(topics.split()), anchor, looked_on, blocked)
        ladder = policy.ladder(kind, situation.topics)
        alike = (id(ladder), anchor, looked_on, blocked)
        decision = decisions.get(alike) or decisions.setdefault(alike, decide(situation, policy, calendar, on))
        shape, _ = shapes.setdefault(_shape(decision), (len(shapes), decision))
        ruling.verdicts.append(Verdict(kind, topics, anchor, looked_on, blocked, shape, decision.look_on))
        ruling.examined += watches
        ruling.due += watches if decision.takings else 0
    held = frozenset(holders(session, on))
    for unit_id, posts in duties(session).items():
        for shape, decision in shapes.values():
            ruling.sayings += _sayings(shape, unit_id, decision, posts, held)
    return ruling


def _shape(decision: Decision) -> object:
    """Return what two decisions must share to be addressed alike: the ladder, and what is taken of it."""
    taken = tuple(
        (taking.occasion.step.name, taking.occasion.repetition, taking.occasion.duty, taking.withheld)
        for taking in decision.takings
    )
    return id(decision.ladder), taken


def _sayings(
    shape: int, unit_id: int, decision: Decision, posts: Mapping[Duty, int], held: frozenset[int]
) -> list[Saying]:
    return [
        Saying(
            shape=shape,
            unit_id=unit_id,
            number=number,
            step=call.occasion.step.name,
            repetition=call.occasion.repetition,
            slip=call.occasion.step.slip,
            post_id=call.post_id,
            instead_of=call.instead_of,
            withheld=call.withheld,
        )
        for number, call in enumerate(address(decision, posts, held))
    ]
