"""Coverage: what the statute wants after the inspection, and what of it the register does not cover."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, exists, select

from models.inspection import Finding, Inspection
from models.measure import Measure
from models.queries.register import Entry, leaves


@dataclass(frozen=True, slots=True)
class Coverage:
    """The inspection's own clock, and what the register leaves open by the last of its limits, `by`.

    `findings` have no measure, `undated` measures no due date, and those in `beyond` are due only after that day;
    measures go by their numbers, and only open ones count.
    """

    inspection: str
    feedback_on: date
    limits: tuple[Entry, ...]
    by: date | None
    findings: tuple[str, ...]
    undated: tuple[str, ...]
    beyond: tuple[str, ...]


def coverage(session: Session, limits: list[Entry], entries: list[Entry]) -> Coverage:
    """Compare a register with the limits of the statute."""
    inspection = session.exec(select(Inspection)).one()
    without = select(Finding.number).where(~exists().where(col(Measure.finding_id) == col(Finding.id)))
    by = max((limit.due_on for limit in limits if limit.due_on), default=None)
    timed = [entry for entry in leaves(entries) if entry.open and not entry.standing]
    return Coverage(
        inspection=inspection.name,
        feedback_on=inspection.feedback_on,
        limits=tuple(limits),
        by=by,
        findings=tuple(session.exec(without.order_by(col(Finding.id))).all()),
        undated=tuple(entry.number for entry in timed if entry.due_on is None),
        beyond=tuple(entry.number for entry in timed if by and entry.due_on and entry.due_on > by),
    )
