"""The digest: what one person is told, most serious first, one line a measure."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case
from sqlmodel import Session, col, func, select

from models.measure import Measure
from models.office import Post, Unit, UnitDuty
from models.reminder import Reminder
from models.vocabulary import DueBasis, Duty, Slip, WatchKind

SHOWN = 40
"""Measures that a digest spells out; the rest it counts, for nobody reads on."""


@dataclass(frozen=True, slots=True)
class Line:
    """One measure in a digest. `days_left` counts calendar days to `anchor`, negative when it has passed.

    `own` tells that the reader's post answers for the measure's unit; `instead_of` names the vacant post that
    the reader is told in place of.
    """

    number: str
    title: str
    unit: str
    watch: WatchKind
    slip: Slip
    duty: Duty | None
    anchor: date
    days_left: int
    due_on: date | None
    assumed: bool
    outside_body: str | None
    instead_of: str | None

    @property
    def own(self) -> bool:
        """Whether the reader is the one who has to do it."""
        return self.duty is Duty.RESPONSIBLE


@dataclass(frozen=True, slots=True)
class Digest:
    """What one message says, on a day: the lines spelled out, and how many measures there are in all."""

    office: str
    person: str
    on: date
    lines: tuple[Line, ...]
    total: int

    @property
    def more(self) -> int:
        """How many measures are counted only."""
        return self.total - len(self.lines)

    @property
    def slips(self) -> dict[Slip, int]:
        """How many of the lines carry each slip, the gravest first."""
        found = [line.slip for line in self.lines]
        return {slip: found.count(slip) for slip in reversed(Slip) if slip in found}

    @property
    def latest(self) -> int:
        """The most days that anything in it is late."""
        dated = (WatchKind.DELIVERY, WatchKind.OCCURRENCE, WatchKind.START, WatchKind.PERMIT_LATE)
        return max((-line.days_left for line in self.lines if line.watch in dated), default=0)


def digest(session: Session, message_id: int, office: str, person: str, on: date) -> Digest:
    """Read the reminders of a message as a digest.

    Where several steps of one measure met in it, the gravest one speaks.
    """
    gravity = case({slip: place for place, slip in enumerate(Slip)}, value=col(Reminder.slip))
    rows = session.exec(
        select(Reminder, Measure, Unit, UnitDuty)
        .join(Measure, col(Measure.id) == Reminder.measure_id)
        .join(Unit, col(Unit.id) == Measure.unit_id)
        .outerjoin(
            UnitDuty,
            (col(UnitDuty.unit_id) == Measure.unit_id) & (col(UnitDuty.post_id) == Reminder.post_id),
        )
        .where(Reminder.message_id == message_id)
        .order_by(gravity.desc(), col(Reminder.anchor), col(Measure.id), col(Reminder.id).desc())
        .limit(4 * SHOWN)
    ).all()
    vacant = {post.id: post.name for post in session.exec(select(Post)).all()}
    lines: dict[int | None, Line] = {}
    for reminder, measure, unit, duty in rows:
        line = _line(reminder, measure, unit, duty, on, vacant)
        lines.setdefault(measure.id, line)
    total = session.exec(
        select(func.count(func.distinct(Reminder.measure_id))).where(Reminder.message_id == message_id)
    ).one()
    return Digest(office, person, on, tuple(lines.values())[:SHOWN], total)


def _line(
    reminder: Reminder, measure: Measure, unit: Unit, duty: UnitDuty | None, on: date, posts: dict[int | None, str]
) -> Line:
    return Line(
        number=measure.number,
        title=measure.title,
        unit=unit.name,
        watch=reminder.watch,
        slip=reminder.slip,
        duty=duty.duty if duty else None,
        anchor=reminder.anchor,
        days_left=(reminder.anchor - on).days,
        due_on=measure.due_on,
        assumed=measure.due_basis is DueBasis.ASSUMED,
        outside_body=measure.outside_body,
        instead_of=posts.get(reminder.instead_of) if reminder.instead_of else None,
    )
