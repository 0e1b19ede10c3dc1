"""Moving a measure: one guarded step of the lifecycle, with its fact, in one transaction."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from models.commands.actor import Actor, Rules
from models.commands.change import change, refuse_done, refuse_occurrence, refuse_suspended, refuse_untracked
from models.commands.extend import lapse
from models.commands.ledger import record_act
from models.commands.limits import happened
from models.commands.review import close_submission, freeze, last_closing, sign
from models.commands.term import Due, set_due
from models.commands.watches import arm, arm_dependents
from models.evidence import Evidence
from models.ladder import NEVER
from models.ledger import Fact
from models.lifecycle import Need, Refused, Transition, advance
from models.measure import Measure
from models.queries.measure import find_measure
from models.queries.office import duties_toward, roles_toward
from models.vocabulary import Action, Approval, DueBasis, Duty, EvidenceKind, FactKind, Gate, Resolution, Role, State


@dataclass(frozen=True, slots=True)
class Given:
    """What an action brings along; the table says which of it is needed.

    `sha256` names the submission that an approval means, or the beginning of it.
    """

    reason: str | None = None
    outside_body: str | None = None
    document: str | None = None
    expected_on: date | None = None
    due_on: date | None = None
    sha256: str | None = None
    reverify_on: date | None = None
    resolution: Resolution = Resolution.COMPLETED


def move(session: Session, number: str, action: Action, actor: Actor, given: Given, rules: Rules) -> Measure:
    """Take one action on a measure and return it as it then stands.

    An approval that is one of several signatures leaves the measure where it is. Raises `UnknownMeasure`, `Refused`
    where the table, a missing need, a suspension or a change since the submission forbids it, and `Overtaken`.
    """
    measure = find_measure(session, number)
    refuse_untracked(session, measure)
    refuse_suspended(measure)
    roles = _roles(session, measure, action, actor, rules)
    transition = advance(measure.place, action, roles)
    permits = _new_permits(session, measure)
    _require(session, measure, transition, given, actor, permits)
    if action is Action.APPROVE and not sign(session, measure, actor, given.sha256, rules):
        arm(session, measure, waited_until=actor.on)
        return measure
    more: dict[str, Any] = {"permits": permits} if action is Action.GRANT else {}
    if action is Action.REOPEN:
        more = last_closing(session, measure)
    _apply(session, measure, transition, actor, given, rules)
    record_act(
        session,
        FactKind(action.value),
        measure,
        actor,
        source=str(transition.source),
        target=str(transition.target),
        **_told(given, action),
        **more,
    )
    waited = transition.source.state is State.AWAITING_APPROVAL
    arm(session, measure, waited_until=actor.on if waited else NEVER)
    arm_dependents(session, measure)
    return measure


def set_due_date(session: Session, number: str, due_on: date, reason: str, actor: Actor, rules: Rules) -> Measure:
    """Let a supervisor decide until when a measure is due; its watch starts anew from there.

    Raises `UnknownMeasure`, `Refused` and `Overtaken`.
    """
    measure = find_measure(session, number)
    refuse_untracked(session, measure)
    refuse_done(measure)
    if Role.SUPERVISOR not in roles_toward(session, actor.person, measure, actor.on):
        raise Refused(f"Only a supervisor of {number} sets its due date; {actor.person.name} is none on {actor.on}.")
    refuse_occurrence(measure)
    if due_on < actor.on:
        raise Refused(f"{due_on} has passed on {actor.on}; {number} needs a day to come.")
    before = measure.due_on
    set_due(session, measure, Due(due_on, DueBasis.DECIDED, reason), actor, rules)
    record_act(session, FactKind.DUE, measure, actor, due_on=due_on, before=before, reason=reason)
    arm(session, measure)
    return measure


def _roles(session: Session, measure: Measure, action: Action, actor: Actor, rules: Rules) -> frozenset[Role]:
    """Return the roles to act in; whoever's signature the policy wants reviews as a supervisor does."""
    roles = roles_toward(session, actor.person, measure, actor.on)
    wanted = rules.policy.closeout_of(tuple(measure.topics.split())).duties
    signs = duties_toward(session, actor.person, measure, actor.on) & frozenset(wanted)
    if signs and action in (Action.APPROVE, Action.RETURN):
        return roles | {Role.SUPERVISOR}
    return roles


def _new_permits(session: Session, measure: Measure) -> list[str]:
    """Return the hashes of the permits that no earlier grant rests on: another application needs another permit."""
    of_measure = select(Evidence.sha256).where(
        Evidence.measure_id == measure.id, Evidence.kind == EvidenceKind.PERMIT
    )
    grants = select(Fact.payload).where(Fact.measure_id == measure.id, Fact.kind == FactKind.GRANT)
    used = {permit for payload in session.exec(grants).all() for permit in json.loads(payload)["permits"]}
    return [permit for permit in session.exec(of_measure.order_by(col(Evidence.id))).all() if permit not in used]


def _require(
    session: Session,
    measure: Measure,
    transition: Transition,
    given: Given,
    actor: Actor,
    permits: list[str],
) -> None:
    work = select(Evidence.id).where(Evidence.measure_id == measure.id, Evidence.kind == EvidenceKind.WORK)
    there = {
        Need.OUTSIDE_BODY: given.outside_body,
        Need.DOCUMENT: given.document,
        Need.REASON: given.reason,
        Need.DUE_ON: given.due_on,
        Need.EVIDENCE: session.exec(work).first(),
        Need.PERMIT: permits,
    }
    missing = sorted(_REMEDIES[need] for need in transition.needs if not there[need])
    if missing:
        raise Refused(f"'{transition.action}' of {measure.number} needs {' and '.join(missing)}.")
    if given.reverify_on == actor.on:
        raise Refused(f"{measure.number} cannot be looked at again on the day of its closing; name a later one.")
    for day in (given.due_on, given.expected_on, given.reverify_on):
        if day is not None and day < actor.on:
            raise Refused(
                f"{day} has passed on {actor.on}; '{transition.action}' of {measure.number} needs a day to come."
            )


_REMEDIES = {
    Need.OUTSIDE_BODY: "the outside body (--outside-body)",
    Need.DOCUMENT: "a document number or note (--document)",
    Need.REASON: "a reason (--reason)",
    Need.DUE_ON: "a new due date (--due)",
    Need.EVIDENCE: "at least one piece of evidence ('duban evidence add')",
    Need.PERMIT: "the permit as evidence ('duban evidence add --permit')",
}


def _apply(
    session: Session, measure: Measure, transition: Transition, actor: Actor, given: Given, rules: Rules
) -> None:
    """Bring the measure to its new place, with what the action changes besides."""
    action = transition.action
    place: dict[str, Any] = {"state": transition.target.state, "approval": transition.target.approval}
    under_review = measure.approval is Approval.CLOSEOUT
    change(session, measure, actor, **place, **_columns(measure, action, actor, given, rules))
    if action is Action.SUBMIT:
        freeze(session, measure, actor)
    elif under_review:
        close_submission(session, measure, action, actor)
    if action is Action.REOPEN and given.due_on:
        set_due(session, measure, Due(given.due_on, DueBasis.DECIDED, given.reason or ""), actor, rules)
    if action is Action.GRANT or (action is Action.APPROVE and measure.granted_on is None):
        happened(session, measure, Gate.GRANTED, actor, rules)
    if action is Action.APPROVE:
        happened(session, measure, Gate.DONE, actor, rules)
        lapse(session, measure, actor)


def _columns(measure: Measure, action: Action, actor: Actor, given: Given, rules: Rules) -> dict[str, Any]:
    """Return the columns that an action changes, beside the place."""
    match action:
        case Action.APPLY:
            return {
                "outside_body": given.outside_body,
                "document": given.document,
                "expected_on": given.expected_on,
                "applied_on": actor.on,
                "granted_on": None,
                "submitter_id": actor.person.id,
            }
        case Action.GRANT:
            return {"granted_on": actor.on, "waits_on": None}
        case Action.SUBMIT:
            awaited = rules.policy.closeout_of(tuple(measure.topics.split())).awaited(())
            head_alone = None if Duty.SUPERVISOR in awaited else actor.on
            return {"submitted_on": actor.on, "submitter_id": actor.person.id, "head_alone_since": head_alone}
        case Action.APPROVE:
            return {"done_on": actor.on, "resolution": given.resolution, "reverify_on": given.reverify_on}
        case Action.RETURN:
            return {"returns": measure.returns + 1, "head_alone_since": None}
        case Action.WITHDRAW:
            return {"head_alone_since": None}
        case Action.REOPEN:
            return {"done_on": None, "resolution": None, "reverify_on": None, "head_alone_since": None}
        case _:
            return {}


def _told(given: Given, action: Action) -> dict[str, Any]:
    told = {name: value for name, value in asdict(given).items() if value is not None}
    if action is not Action.APPROVE:
        del told["resolution"]
    return told
