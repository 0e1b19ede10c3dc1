"""Arming: a measure's watches are derived from it anew whenever it changes."""

from datetime import date
from typing import TypeVar

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from models.database import take_turns
from models.extension import Extension
from models.ladder import NEVER
from models.ledger import Fact
from models.measure import Dependency, Measure, has_passed
from models.queries.replies import quiets
from models.quiet import write
from models.run import Run
from models.vocabulary import Approval, ExtensionState, FactKind, State, WatchKind
from models.watch import Watch

T = TypeVar("T")


def anchors(measure: Measure) -> dict[WatchKind, date]:
    """Return what is timed for a measure as it stands, each with the date it counts from.

    A divided and a standing measure have nothing: children and occurrences have their own. Of a suspended one only
    the review of the suspension is timed, of one that is done only its re-verification.
    """
    if measure.state is None or measure.standing:
        return {}
    if measure.state is State.DONE:
        return {WatchKind.REVERIFY: measure.reverify_on} if measure.reverify_on else {}
    if measure.review_on is not None:
        return {WatchKind.SUSPENSION: measure.review_on}
    if measure.approval is Approval.CLOSEOUT:
        if measure.head_alone_since is not None:
            return {WatchKind.COUNTERSIGN: measure.head_alone_since}
        return {WatchKind.REVIEW: _given(measure.submitted_on)}
    if measure.approval is Approval.PERMIT:
        late = {WatchKind.PERMIT_LATE: measure.due_on} if measure.due_on else {}
        return {WatchKind.PERMIT: _given(measure.applied_on), **late}
    if measure.occurs_on:
        return {WatchKind.OCCURRENCE: _given(measure.due_on)}
    timed = {WatchKind.DELIVERY: measure.due_on} if measure.due_on else {}
    if measure.start_by and measure.state is State.PLANNED:
        timed[WatchKind.START] = measure.start_by
    return timed or {WatchKind.UNDATED: measure.registered_on}


_OF_THE_WORK = frozenset(
    {
        WatchKind.START,
        WatchKind.DELIVERY,
        WatchKind.PERMIT,
        WatchKind.PERMIT_LATE,
        WatchKind.OCCURRENCE,
        WatchKind.UNDATED,
    }
)
"""What a blocker holds up; reviews and decisions are somebody else's, and go on."""


def arm(session: Session, measure: Measure, waited_until: date = NEVER) -> None:
    """Bring a measure's watches in line with it; one that is still right goes on from its last look.

    What came while the measure waited for somebody else's answer, `waited_until` a day, is not made up for: its new
    watches go on from where the clock stands.

    No sweep moves the watches meanwhile: it waits for the end of this transaction, or this one for its.
    """
    session.flush()
    take_turns(session.connection())
    wanted = anchors(measure) | _asked(session, measure)
    blocked = is_blocked(session, measure)
    for watch in session.exec(select(Watch).where(Watch.measure_id == measure.id)).all():
        if wanted.get(watch.kind) == watch.anchor:
            wanted.pop(watch.kind)
            watch.blocked = blocked and watch.kind in _OF_THE_WORK
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
                looked_on=max(waited_until, _accounted_through(session, measure, kind, anchor)),
                blocked=blocked and kind in _OF_THE_WORK,
                acknowledged=write(quiets(session, measure, kind, anchor)),
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
    """Tell whether a measure waits for some other one."""
    rows = session.exec(
        select(Dependency, Measure)
        .join(Measure, (col(Measure.id) == Dependency.blocker_id) | (col(Measure.parent_id) == Dependency.blocker_id))
        .where(Dependency.measure_id == measure.id, col(Measure.state).is_not(None))
    ).all()
    return any(not has_passed(blocker, dependency.gate) for dependency, blocker in rows)


def _asked(session: Session, measure: Measure) -> dict[WatchKind, date]:
    asked = select(Extension).where(Extension.measure_id == measure.id, Extension.state == ExtensionState.ASKED)
    extension = session.exec(asked).first()
    if extension is None:
        return {}
    return {WatchKind.EXTENSION_HEAD if extension.by_supervisor else WatchKind.EXTENSION: extension.asked_on}


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
