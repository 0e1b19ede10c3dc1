"""Arming: a measure's watches are derived from it anew whenever it changes."""

from datetime import date
from typing import TypeVar

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from models.database import take_turns
from models.escalation import NEVER
from models.ledger import Fact
from models.measure import Dependency, Measure
from models.run import Run
from models.vocabulary import Approval, FactKind, State, WatchKind
from models.watch import Watch

T = TypeVar("T")


def anchors(measure: Measure) -> dict[WatchKind, date]:
    """Return what is timed for a measure as it stands, each with the date it counts from (DESIGN, section 5).

    A divided, a standing and a done measure have nothing: children and occurrences have their own.
    """
    if measure.state is None or measure.standing or measure.state is State.DONE:
        return {}
    if measure.approval is Approval.CLOSEOUT:
        return {WatchKind.REVIEW: _given(measure.submitted_on)}
    if measure.approval is Approval.PERMIT:
        late = {WatchKind.PERMIT_LATE: measure.due_on} if measure.due_on else {}
        return {WatchKind.PERMIT: _given(measure.applied_on), **late}
    if measure.occurs_on:
        return {WatchKind.OCCURRENCE: measure.due_on or measure.occurs_on}  # reopened, it has another date
    timed = {WatchKind.DELIVERY: measure.due_on} if measure.due_on else {}
    if measure.start_by and measure.state is State.PLANNED:
        timed[WatchKind.START] = measure.start_by
    return timed or {WatchKind.UNDATED: measure.registered_on}


def arm(session: Session, measure: Measure) -> None:
    """Bring a measure's watches in line with it; one that is still right goes on from its last look.

    No sweep moves the watches meanwhile: it waits for the end of this transaction, or this one for its.
    """
    session.flush()
    take_turns(session.connection())
    wanted = anchors(measure)
    blocked = is_blocked(session, measure)
    for watch in session.exec(select(Watch).where(Watch.measure_id == measure.id)).all():
        if wanted.get(watch.kind) == watch.anchor:
            wanted.pop(watch.kind)
            watch.blocked = blocked and watch.kind is not WatchKind.REVIEW
        else:
            session.delete(watch)
    session.flush()
    for kind, anchor in wanted.items():
        session.add(
            Watch(
                measure_id=_given(measure.id),
                kind=kind,
                topics=measure.topics,
                unit_id=measure.unit_id,
                anchor=anchor,
                looked_on=_accounted_through(session, measure, kind, anchor),
                blocked=blocked and kind is not WatchKind.REVIEW,
            )
        )
    session.flush()


def arm_dependents(session: Session, blocker: Measure) -> None:
    """Arm what waits for a measure (or for the divided one it is part of), after it moved."""
    blockers = [blocker.id] + ([blocker.parent_id] if blocker.parent_id else [])
    waiting = select(Measure).join(Dependency, col(Dependency.measure_id) == Measure.id)
    for measure in session.exec(waiting.where(col(Dependency.blocker_id).in_(blockers))).all():
        arm(session, measure)


def look_again(session: Session, on: date) -> None:
    """Let every watch be due a look on a day, whenever its next one was to be."""
    session.connection().execute(update(Watch).where(col(Watch.look_on) > on).values(look_on=on))


def is_blocked(session: Session, measure: Measure) -> bool:
    """Tell whether some blocker of a measure is not done; a divided blocker is done when all its parts are."""
    blockers = select(Dependency.blocker_id).where(Dependency.measure_id == measure.id)
    open_blockers = select(Measure.id).where(
        (col(Measure.id).in_(blockers) | col(Measure.parent_id).in_(blockers)),
        col(Measure.state).is_not(None),
        Measure.state != State.DONE,
    )
    return session.exec(open_blockers.limit(1)).first() is not None


def _accounted_through(session: Session, measure: Measure, kind: WatchKind, anchor: date) -> date:
    """Return the day through which the same key was accounted for, so that a watch armed again repeats nothing."""
    last = session.exec(
        select(func.max(Run.on))
        .join(Fact, col(Fact.run_id) == Run.id)
        .where(
            Fact.measure_id == measure.id,
            col(Fact.kind).in_((FactKind.CLAIM, FactKind.WITHHOLD)),
            col(Fact.payload).startswith(f'{{"watch": "{kind}", "anchor": "{anchor}"', autoescape=True),
        )
    ).one()
    return last or NEVER


def _given(value: T | None) -> T:
    if value is None:
        raise ValueError("the state promises a value that the row does not have")
    return value
