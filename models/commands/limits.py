"""Relative limits: a due date that waits for an event, and comes into force when that happens."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from models.commands.actor import Actor, Rules
from models.commands.change import change, refuse_done, refuse_untracked
from models.commands.ledger import record
from models.commands.term import set_due
from models.commands.watches import arm
from models.due import RelativeLimit
from models.lifecycle import Refused
from models.measure import Measure
from models.queries.measure import find_measure
from models.queries.office import roles_toward
from models.vocabulary import DueBasis, FactKind, Gate, Role
from models.workdays import Span


@dataclass(frozen=True, slots=True)
class Limit:
    """So many days after what happens to another measure."""

    within: Span
    event: Gate
    after: str

    def __str__(self) -> str:
        """Read as people say it: `30 calendar after 1.3-2c granted`."""
        return f"{self.within} after {self.after} {self.event}"


def limit_after(session: Session, number: str, limit: Limit, reason: str, actor: Actor, rules: Rules) -> Measure:
    """Let a supervisor limit a measure relative to an event: so many days after another one's permit, or its end.

    Raises `UnknownMeasure`, `Refused` and `Overtaken`.
    """
    measure, other = find_measure(session, number), find_measure(session, limit.after)
    refuse_untracked(session, measure)
    refuse_done(measure)
    if Role.SUPERVISOR not in roles_toward(session, actor.person, measure, actor.on):
        raise Refused(f"Only a supervisor of {number} sets its limit; {actor.person.name} is none on {actor.on}.")
    if other.id == measure.id or limit.event is Gate.FEEDBACK or limit.within.count <= 0:
        raise Refused(
            f"{number} cannot be limited to {limit}; name days, and the permit or the end of another measure."
        )
    row = session.get(RelativeLimit, measure.id) or RelativeLimit(
        measure_id=measure.id or 0, **_columns(limit, other)
    )
    row.sqlmodel_update(_columns(limit, other))
    session.add(row)
    change(session, measure, actor, counted_in=limit.within.kind)
    record(
        session,
        FactKind.DUE,
        actor.at,
        measure_id=measure.id,
        person_id=actor.person.id,
        on=actor.on,
        limit=str(limit),
        reason=reason,
    )
    since = other.granted_on if limit.event is Gate.GRANTED else other.done_on
    if since is not None:
        _come_into_force(session, measure, row, other, since, actor, rules)
    arm(session, measure)
    return measure


def _columns(limit: Limit, other: Measure) -> dict[str, Any]:
    return {"after_id": other.id or 0, "event": limit.event, "within": str(limit.within)}


def happened(session: Session, other: Measure, event: Gate, actor: Actor, rules: Rules) -> None:
    """Turn every limit that waited for this event of a measure into a due date."""
    waiting = select(RelativeLimit, Measure).join(Measure, col(RelativeLimit.measure_id) == Measure.id)
    for limit, measure in session.exec(
        waiting.where(RelativeLimit.after_id == other.id, RelativeLimit.event == event)
    ).all():
        if measure.done_on is None:
            _come_into_force(session, measure, limit, other, actor.on, actor, rules)
            arm(session, measure)


def _come_into_force(
    session: Session, measure: Measure, limit: RelativeLimit, other: Measure, since: date, actor: Actor, rules: Rules
) -> None:
    due_on = rules.calendar.shift(since, Span.parse(limit.within)).value
    reason = f"{limit.within} after {other.number} ({limit.event}) on {since}"
    set_due(session, measure, due_on, DueBasis.RELATIVE, reason, actor, rules)
    record(
        session,
        FactKind.DUE,
        actor.at,
        measure_id=measure.id,
        person_id=actor.person.id,
        on=actor.on,
        due_on=due_on,
        reason=reason,
    )
