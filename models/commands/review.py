"""The close-out review: what was handed in is frozen, signed for, and worth nothing once it was changed."""

import json
from hashlib import sha256
from typing import Any

from sqlmodel import Session, col, func, select

from models.commands.actor import Actor, Rules
from models.commands.change import change
from models.commands.ledger import record_act
from models.evidence import Evidence
from models.lifecycle import Refused
from models.measure import Measure
from models.office import Unit
from models.queries.office import duties_toward
from models.submission import Signature, Submission
from models.vocabulary import Action, Duty, FactKind


def freeze(session: Session, measure: Measure, actor: Actor) -> Submission:
    """Write down the measure and its evidence as they are handed in, with the hash of that."""
    content = _content(session, measure)
    submission = Submission(
        measure_id=measure.id or 0,
        number=1 + session.exec(select(func.count()).where(Submission.measure_id == measure.id)).one(),
        submitted_on=actor.on,
        submitted_by=actor.person.id or 0,
        content=content,
        sha256=sha256(content.encode()).hexdigest(),
    )
    session.add(submission)
    session.flush()
    return submission


def sign(session: Session, measure: Measure, actor: Actor, named: str | None, rules: Rules) -> bool:
    """Put a person's signature under what was handed in; tell whether that was the last one needed.

    Raises `Refused` where the submission was changed meanwhile, is not the one named, or waits for somebody else.
    """
    submission = open_submission(session, measure)
    changed = _differences(json.loads(submission.content), json.loads(_content(session, measure)))
    if changed:
        raise Refused(
            f"{measure.number} was changed since it was submitted ({changed}); return it to be handed in anew."
        )
    if named is not None and not submission.sha256.startswith(named):
        raise Refused(
            f"{measure.number} was handed in as {submission.sha256[:12]}, not as {named}; look at it again."
        )
    closeout = rules.policy.closeout_of(tuple(measure.topics.split()))
    signed = _signed(session, submission)
    awaited = closeout.awaited(signed)
    own = duties_toward(session, actor.person, measure, actor.on)
    duty = next((duty for duty in awaited if duty in own), None)
    if duty is None:
        raise Refused(
            f"{measure.number} awaits the signature of the {' or '.join(awaited)}, not of {actor.person.name}."
        )
    if any(signature.person_id == actor.person.id for signature in _signatures(session, submission)):
        raise Refused(f"{actor.person.name} has signed for {measure.number}; somebody else has to sign as {duty}.")
    session.add(
        Signature(submission_id=submission.id or 0, duty=duty, person_id=actor.person.id or 0, signed_on=actor.on)
    )
    session.flush()
    left = closeout.awaited({*signed, duty})
    record_act(session, FactKind.SIGN, measure, actor, duty=duty, sha256=submission.sha256, awaited=list(left))
    if left:
        change(session, measure, actor, head_alone_since=None if Duty.SUPERVISOR in left else actor.on)
    return not left


def close_submission(session: Session, measure: Measure, action: Action, actor: Actor) -> None:
    """End the open submission of a measure by the action that ended it."""
    submission = open_submission(session, measure)
    submission.outcome, submission.ended_on = action, actor.on
    session.add(submission)
    session.flush()


def open_submission(session: Session, measure: Measure) -> Submission:
    """Return the submission under review."""
    query = select(Submission).where(Submission.measure_id == measure.id, col(Submission.outcome).is_(None))
    return session.exec(query.order_by(col(Submission.id).desc())).one()


def last_closing(session: Session, measure: Measure) -> dict[str, Any]:
    """Return what a reopening has to name: when the measure was closed, and by which submission, if any is known."""
    query = select(Submission).where(Submission.measure_id == measure.id, Submission.outcome == Action.APPROVE)
    closing = session.exec(query.order_by(col(Submission.id).desc())).first()
    return {
        "closed_on": measure.done_on,
        "submission": closing.number if closing else None,
        "sha256": closing.sha256 if closing else None,
    }


def _content(session: Session, measure: Measure) -> str:
    evidence = session.exec(
        select(Evidence).where(Evidence.measure_id == measure.id).order_by(Evidence.sha256, col(Evidence.kind))
    ).all()
    unit = session.get_one(Unit, measure.unit_id)
    content: dict[str, Any] = {
        "number": measure.number,
        "title": measure.title,
        "unit": unit.name,
        "due date": measure.due_on.isoformat() if measure.due_on else None,
        "evidence": {f"{piece.name} ({piece.kind}, {piece.sha256[:12]})": piece.sha256 for piece in evidence},
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def _differences(then: dict[str, Any], now: dict[str, Any]) -> str:
    """Say in words what changed between two contents; empty where nothing did."""
    said = [
        f"{name} was {then[name]}, is {now[name]}" for name in then if name != "evidence" and then[name] != now[name]
    ]
    said += [f"evidence added: {name}" for name in now["evidence"].keys() - then["evidence"].keys()]
    said += [f"evidence gone: {name}" for name in then["evidence"].keys() - now["evidence"].keys()]
    return "; ".join(sorted(said))


def _signatures(session: Session, submission: Submission) -> list[Signature]:
    return list(session.exec(select(Signature).where(Signature.submission_id == submission.id)).all())


def _signed(session: Session, submission: Submission) -> set[Duty]:
    return {signature.duty for signature in _signatures(session, submission)}
