"""Moving a measure: one guarded step of the lifecycle, with its fact, in one transaction."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from models.commands.ledger import record
from models.commands.watches import arm, arm_dependents
from models.errors import DubanError
from models.evidence import Evidence
from models.lifecycle import Need, Refused, Transition, advance
from models.measure import Measure
from models.office import Person
from models.queries.measure import find_measure
from models.queries.office import roles_toward
from models.vocabulary import Action, DueBasis, EvidenceKind, FactKind, Resolution, State


class Overtaken(DubanError):
    """Somebody else changed the measure meanwhile."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, on which day of the office; `at` is the clock's own word, for the record."""

    person: Person
    on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """What an action brings along; the table says which of it is needed."""

    reason: str | None = None
    outside_body: str | None = None
    document: str | None = None
    due_on: date | None = None
    resolution: Resolution = Resolution.COMPLETED


def move(session: Session, number: str, action: Action, actor: Actor, given: Given) -> Measure:
    """Take one action on a measure and return it as it then stands.

    Raises `UnknownMeasure`, `Refused` where the table, a missing need or a change since the submission forbids
    it, and `Overtaken`.
    """
    measure = find_measure(session, number)
    _refuse_untracked(session, measure)
    transition = advance(measure.place, action, roles_toward(session, actor.person, measure, actor.on))
    _require(session, measure, transition, given)
    changes = _changes(session, measure, transition, actor, given)
    _guarded_update(session, measure, changes, actor)
    record(
        session,
        FactKind(action.value),
        actor.at,
        measure_id=measure.id,
        person_id=actor.person.id,
        on=actor.on,
        source=str(transition.source),
        target=str(transition.target),
        **{name: value for name, value in _told(given, transition).items() if value is not None},
    )
    session.refresh(measure)
    arm(session, measure)
    arm_dependents(session, measure)
    return measure


def set_due_date(session: Session, number: str, due_on: date, reason: str, actor: Actor) -> Measure:
    """Let a supervisor decide until when a measure is due; its watch starts anew from there.

    Raises `UnknownMeasure`, `Refused` and `Overtaken`.
    """
    measure = find_measure(session, number)
    _refuse_untracked(session, measure)
    if "supervisor" not in roles_toward(session, actor.person, measure, actor.on):
        raise Refused(f"Only a supervisor of {number} sets its due date; {actor.person.name} is none on {actor.on}.")
    if measure.state is State.DONE:
        raise Refused(f"{number} is done; reopen it with a new due date instead.")
    if measure.occurs_on:
        raise Refused(f"{number} is one occurrence of a standing duty; its day is fixed.")
    before = measure.due_on
    _guarded_update(session, measure, {"due_on": due_on, "due_basis": DueBasis.DECIDED, "due_note": reason}, actor)
    record(
        session,
        FactKind.DUE,
        actor.at,
        measure_id=measure.id,
        person_id=actor.person.id,
        on=actor.on,
        due_on=due_on,
        before=before,
        reason=reason,
    )
    session.refresh(measure)
    arm(session, measure)
    return measure


def submission_hash(session: Session, measure: Measure) -> str:
    """Return the SHA-256 of what a reviewer judges: the promise as it reads, and its evidence."""
    evidence = session.exec(
        select(Evidence.sha256).where(Evidence.measure_id == measure.id).order_by(Evidence.sha256)
    ).all()
    content = [measure.number, measure.title, measure.unit_id, str(measure.due_on), list(evidence)]
    return sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def _refuse_untracked(session: Session, measure: Measure) -> None:
    if measure.state is None:
        parts = session.exec(select(Measure.number).where(Measure.parent_id == measure.id)).all()
        raise Refused(f"{measure.number} is divided; act on its parts: {', '.join(sorted(parts))}.")
    if measure.standing:
        raise Refused(f"{measure.number} is a standing duty and never done; act on its occurrences.")


def _require(session: Session, measure: Measure, transition: Transition, given: Given) -> None:
    evidence = session.exec(select(Evidence.kind).where(Evidence.measure_id == measure.id)).all()
    there = {
        Need.OUTSIDE_BODY: given.outside_body,
        Need.DOCUMENT: given.document,
        Need.REASON: given.reason,
        Need.DUE_ON: given.due_on,
        Need.EVIDENCE: EvidenceKind.WORK in evidence,
        Need.PERMIT: EvidenceKind.PERMIT in evidence,
    }
    missing = sorted(_REMEDIES[need] for need in transition.needs if not there[need])
    if missing:
        raise Refused(f"'{transition.action}' of {measure.number} needs {' and '.join(missing)}.")


_REMEDIES = {
    Need.OUTSIDE_BODY: "the outside body (--outside-body)",
    Need.DOCUMENT: "a document number or note (--document)",
    Need.REASON: "a reason (--reason)",
    Need.DUE_ON: "a new due date (--due)",
    Need.EVIDENCE: "at least one piece of evidence ('duban evidence add')",
    Need.PERMIT: "the permit as evidence ('duban evidence add --permit')",
}


def _changes(
    session: Session, measure: Measure, transition: Transition, actor: Actor, given: Given
) -> dict[str, Any]:
    """Return the columns that a transition changes, beside the place itself."""
    place = {"state": transition.target.state, "approval": transition.target.approval}
    match transition.action:
        case Action.APPLY:
            application = {"outside_body": given.outside_body, "document": given.document}
            return place | application | {"applied_on": actor.on, "submitter_id": actor.person.id}
        case Action.SUBMIT:
            frozen = submission_hash(session, measure)
            return place | {"submitted_on": actor.on, "submitted_hash": frozen, "submitter_id": actor.person.id}
        case Action.APPROVE:
            if submission_hash(session, measure) != measure.submitted_hash:
                raise Refused(f"{measure.number} or its evidence changed since it was submitted; return it instead.")
            return place | {"done_on": actor.on, "resolution": given.resolution}
        case Action.RETURN:
            return place | {"returns": measure.returns + 1}
        case Action.REOPEN:
            due = {"due_on": given.due_on, "due_basis": DueBasis.DECIDED, "due_note": given.reason}
            return place | due | {"done_on": None, "resolution": None}
        case _:
            return place


def _told(given: Given, transition: Transition) -> dict[str, Any]:
    told: dict[str, Any] = {
        "reason": given.reason,
        "outside_body": given.outside_body,
        "document": given.document,
        "due_on": given.due_on,
    }
    return told | ({"resolution": given.resolution} if transition.action is Action.APPROVE else {})


def _guarded_update(session: Session, measure: Measure, changes: dict[str, Any], actor: Actor) -> None:
    """Change a measure only as it was read; a change in between loses nobody's work."""
    written = session.connection().execute(
        update(Measure)
        .where(col(Measure.id) == measure.id, col(Measure.version) == measure.version)
        .values(version=measure.version + 1, changed_at=actor.at, **changes)
    )
    if written.rowcount != 1:
        raise Overtaken(f"{measure.number} was changed by somebody else just now; look at it again.")
