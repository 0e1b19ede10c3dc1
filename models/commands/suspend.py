"""Suspending a measure and resuming it: the clock stands, and goes on from where it stood."""

from datetime import date

from sqlmodel import Session, col, select

from models.commands.actor import Actor, Rules
from models.commands.change import change, refuse_done, refuse_occurrence, refuse_suspended, refuse_untracked
from models.commands.ledger import record_act
from models.commands.term import refuse_earlier, term_of
from models.commands.watches import arm
from models.lifecycle import Refused
from models.measure import Measure
from models.queries.measure import find_measure
from models.queries.office import roles_toward
from models.suspension import Suspension
from models.vocabulary import Approval, FactKind, Role


def suspend(session: Session, number: str, reason: str, review_on: date, actor: Actor, rules: Rules) -> Measure:
    """Stop the clock of a measure until its review, by a supervisor.

    Nobody is chased for it meanwhile but the supervisor, on the day of the review. Raises `UnknownMeasure`,
    `Overtaken`, and `Refused` for a stranger, for what is done, suspended, handed in or one occurrence of a standing
    duty, and for a day gone by.
    """
    measure = find_measure(session, number)
    refuse_untracked(session, measure)
    refuse_done(measure)
    refuse_occurrence(measure)
    refuse_suspended(measure)
    _require_supervisor(session, measure, actor, "suspends")
    if measure.approval is Approval.CLOSEOUT:
        raise Refused(f"{number} is handed in for close-out; approve or return it instead.")
    if review_on <= actor.on:
        raise Refused(f"The review of {number} on {review_on} has to lie after {actor.on}, the day it is suspended.")
    refuse_earlier(session, measure, actor, rules)
    session.add(
        Suspension(
            measure_id=measure.id or 0,
            since=actor.on,
            review_on=review_on,
            reason=reason,
            suspended_by=actor.person.id or 0,
        )
    )
    session.flush()
    term = term_of(session, measure, rules.calendar)
    change(session, measure, actor, review_on=review_on)
    record_act(
        session,
        FactKind.SUSPEND,
        measure,
        actor,
        review_on=review_on,
        reason=reason,
        remaining=str(term.remaining) if term.remaining else None,
    )
    arm(session, measure)
    return measure


def resume(session: Session, number: str, reason: str, actor: Actor, rules: Rules) -> Measure:
    """Let the clock of a measure go on, with the days that were left; by a supervisor.

    Raises `UnknownMeasure`, `Overtaken`, and `Refused` for a stranger and for what is not suspended.
    """
    measure = find_measure(session, number)
    if measure.review_on is None:
        raise Refused(f"{number} is not suspended; its clock runs.")
    _require_supervisor(session, measure, actor, "resumes")
    suspension = session.exec(
        select(Suspension).where(Suspension.measure_id == measure.id, col(Suspension.resumed_on).is_(None))
    ).one()
    refuse_earlier(session, measure, actor, rules)
    suspension.resumed_on, suspension.resumed_by = actor.on, actor.person.id
    session.add(suspension)
    session.flush()
    before = measure.due_on
    term = term_of(session, measure, rules.calendar)
    change(session, measure, actor, review_on=None, due_on=term.due_on)
    record_act(
        session,
        FactKind.RESUME,
        measure,
        actor,
        since=suspension.since,
        reason=reason,
        due_before=before,
        due_on=term.due_on,
    )
    arm(session, measure)
    return measure


def _require_supervisor(session: Session, measure: Measure, actor: Actor, verb: str) -> None:
    if Role.SUPERVISOR not in roles_toward(session, actor.person, measure, actor.on):
        raise Refused(f"Only a supervisor {verb} {measure.number}; {actor.person.name} is none on {actor.on}.")
