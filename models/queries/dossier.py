"""The dossier: what was asked and decided about a measure, and what was handed in for it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from models.extension import Extension
from models.measure import Dependency, Measure
from models.office import Person
from models.submission import Signature, Submission
from models.suspension import Suspension
from models.vocabulary import Action, Duty, ExtensionState, Gate


@dataclass(frozen=True, slots=True)
class Pause:
    """One time that the clock stood: from the day after `since` up to and including `resumed_on`."""

    measure: str
    since: date
    review_on: date
    reason: str
    suspended_by: str
    resumed_on: date | None
    resumed_by: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One extension: what was asked, and what was decided; `late` when it was asked after the due date."""

    measure: str
    number: int
    state: ExtensionState
    asked_on: date
    asked_by: str
    due_before: date
    until: date
    reason: str
    progress: str
    late: bool
    decided_on: date | None
    decided_by: str | None
    decision: str
    document: str


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature under a submission."""

    duty: Duty
    person: str
    on: date


@dataclass(frozen=True, slots=True)
class HandedIn:
    """One submission, by the hash that an approval names; `outcome` is the action that ended it."""

    measure: str
    number: int
    sha256: str
    submitted_on: date
    submitted_by: str
    signatures: tuple[Signed, ...]
    outcome: Action | None
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class Wait:
    """That a measure waits for another one's permit, or its end, since a day; or did, once that has come."""

    measure: str
    waits_for: str
    gate: Gate
    since: date


def suspensions(session: Session, measures: Collection[Measure]) -> list[Pause]:
    """Return every suspension of some measures."""
    numbers, names = _numbers(measures), _names(session)
    query = select(Suspension).where(col(Suspension.measure_id).in_(numbers)).order_by(col(Suspension.id))
    return [
        Pause(
            measure=numbers[row.measure_id],
            since=row.since,
            review_on=row.review_on,
            reason=row.reason,
            suspended_by=names[row.suspended_by],
            resumed_on=row.resumed_on,
            resumed_by=names.get(row.resumed_by),
        )
        for row in session.exec(query).all()
    ]


def extensions(session: Session, measures: Collection[Measure]) -> list[Asked]:
    """Return every extension of some measures that was asked for."""
    numbers, names = _numbers(measures), _names(session)
    query = select(Extension).where(col(Extension.measure_id).in_(numbers)).order_by(col(Extension.id))
    return [
        Asked(
            measure=numbers[row.measure_id],
            number=row.number,
            state=row.state,
            asked_on=row.asked_on,
            asked_by=names[row.asked_by],
            due_before=row.due_before,
            until=row.until,
            reason=row.reason,
            progress=row.progress,
            late=row.late,
            decided_on=row.decided_on,
            decided_by=names.get(row.decided_by),
            decision=row.decision,
            document=row.document,
        )
        for row in session.exec(query).all()
    ]


def submissions(session: Session, measures: Collection[Measure]) -> list[HandedIn]:
    """Return every submission of some measures with its signatures, the latest last."""
    numbers, names = _numbers(measures), _names(session)
    query = select(Submission).where(col(Submission.measure_id).in_(numbers)).order_by(col(Submission.id))
    rows = session.exec(query).all()
    signed: dict[int | None, list[Signed]] = defaultdict(list)
    under = select(Signature).where(col(Signature.submission_id).in_([row.id for row in rows]))
    for one in session.exec(under.order_by(col(Signature.id))).all():
        signed[one.submission_id].append(Signed(one.duty, names[one.person_id], one.signed_on))
    return [
        HandedIn(
            measure=numbers[row.measure_id],
            number=row.number,
            sha256=row.sha256,
            submitted_on=row.submitted_on,
            submitted_by=names[row.submitted_by],
            signatures=tuple(signed[row.id]),
            outcome=row.outcome,
            ended_on=row.ended_on,
        )
        for row in rows
    ]


def waits(session: Session) -> list[Wait]:
    """Return every dependency of the register."""
    numbers = dict(session.exec(select(Measure.id, Measure.number)).all())
    rows = session.exec(select(Dependency).order_by(col(Dependency.since), col(Dependency.measure_id))).all()
    return [Wait(numbers[row.measure_id], numbers[row.blocker_id], row.gate, row.since) for row in rows]


def _numbers(measures: Collection[Measure]) -> dict[int | None, str]:
    return {measure.id: measure.number for measure in measures}


def _names(session: Session) -> dict[int | None, str]:
    return {person.id: person.name for person in session.exec(select(Person)).all()}
