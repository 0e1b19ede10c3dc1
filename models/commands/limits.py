"""Relative limits: a due date that waits for an event, and comes into force when that happens."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from models.commands.actor import Actor, Rules
from models.commands.change import change, refuse_done, refuse_occurrence, refuse_untracked
from models.commands.ledger import record_act
from models.commands.term import Due, set_due
from models.commands.watches import arm
from models.due import DueChange, RelativeLimit
from models.lifecycle import Refused
from models.measure import Measure
from models.queries.measure import find_measure
from models.queries.office import roles_toward
from models.vocabulary import DueBasis, FactKind, Gate, Role, State
from models.workdays import Span

LONGEST = 3650
"""The days of the longest limit that anybody means."""


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
    refuse_occurrence(measure)
    if Role.SUPERVISOR not in roles_toward(session, actor.person, measure, actor.on):
        raise Refused(f"Only a supervisor of {number} sets its limit; {actor.person.name} is none on {actor.on}.")
    if (
        other.id == measure.id
        or other.standing
        or limit.event is Gate.FEEDBACK
        or not 0 < limit.within.count <= LONGEST
    ):
        raise Refused(
            f"{number} cannot be limited to {limit}; name days, and the permit or the end of another measure."
        )
    since = _day_of(session, other, limit.event)
    if since is None and other.state is State.DONE:
        raise Refused(f"Nobody knows on which day {limit.after} was done; set a date for {number} instead.")
    row = session.get(RelativeLimit, measure.id) or RelativeLimit(
        measure_id=measure.id or 0, **_columns(limit, other)
    )
    row.sqlmodel_update(_columns(limit, other))
    session.add(row)
    change(session, measure, actor, counted_in=limit.within.kind)
    record_act(session, FactKind.DUE, measure, actor, limit=str(limit), reason=reason)
    if since is not None:
        _come_into_force(session, measure, row, other, since, actor, rules)
    arm(session, measure)
    return measure


def _columns(limit: Limit, other: Measure) -> dict[str, Any]:
    return {"after_id": other.id or 0, "event": limit.event, "within": str(limit.within)}


def happened(session: Session, other: Measure, event: Gate, actor: Actor, rules: Rules) -> None:
    """Turn every limit that waited for this event of a measure, or of the whole it is part of, into a due date."""
    whole = session.get(Measure, other.parent_id) if other.parent_id and other.occurs_on is None else None
    for one in filter(None, (other, whole)):
        waiting = select(RelativeLimit, Measure).join(Measure, col(RelativeLimit.measure_id) == Measure.id)
        waiting = waiting.where(RelativeLimit.after_id == one.id, RelativeLimit.event == event)
        for limit, measure in session.exec(waiting).all():
            if measure.state is State.DONE or _day_of(session, one, event) != actor.on:
                continue
            if not _shortens(session, measure, limit, actor.on, rules):
                _come_into_force(session, measure, limit, one, actor.on, actor, rules)
                arm(session, measure)


def _shortens(session: Session, measure: Measure, limit: RelativeLimit, since: date, rules: Rules) -> bool:
    """Tell whether an event that happens once more would take back time that was granted since the first."""
    counted = select(DueChange).where(DueChange.measure_id == measure.id, DueChange.within == limit.within)
    if measure.due_on is None or session.exec(counted).first() is None:
        return False
    return rules.calendar.shift(since, Span.parse(limit.within)).value <= measure.due_on


def _day_of(session: Session, other: Measure, event: Gate) -> date | None:
    """Return when an event happened to a measure; to a divided one it has once it has to its last part.

    What was done without a permit counts as granted when it was done. None too where nobody knows the day.
    """
    parts = [other]
    if other.state is None:
        parts = list(session.exec(select(Measure).where(Measure.parent_id == other.id)).all())
    days = [(part.granted_on if event is Gate.GRANTED else None) or part.done_on for part in parts]
    known = [day for day in days if day is not None]
    return max(known) if len(known) == len(days) else None


def _come_into_force(
    session: Session, measure: Measure, limit: RelativeLimit, other: Measure, since: date, actor: Actor, rules: Rules
) -> None:
    within = Span.parse(limit.within)
    due_on = rules.calendar.shift(since, within).value
    reason = f"{within} after {other.number} ({limit.event}) on {since}"
    set_due(session, measure, Due(due_on, DueBasis.RELATIVE, reason, within, since), actor, rules)
    record_act(session, FactKind.DUE, measure, actor, due_on=due_on, reason=reason)
