"""The digest: what one person is told, most serious first, one line a measure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import case
from sqlmodel import Session, col, func, select

from models.extension import Extension
from models.measure import Measure
from models.office import Post, Unit, UnitDuty
from models.queries.office import Holder
from models.reminder import Reminder
from models.vocabulary import DueBasis, Duty, ExtensionState, Slip, WatchKind

SHOWN = 40
"""Measures that a digest spells out; the rest it counts, for nobody reads on."""

_DATED = (WatchKind.DELIVERY, WatchKind.OCCURRENCE, WatchKind.START)
_GRAVITY = case({slip: place for place, slip in enumerate(Slip)}, value=col(Reminder.slip))


@dataclass(frozen=True, slots=True)
class Line:
    """One measure in a digest. `days_left` counts calendar days to `anchor`, negative when it has passed.

    `own` tells that the reader's post answers for the measure's unit; `instead_of` names the vacant post that the
    reader is told in place of, `absent` the person on leave whom the reader stands in for. `asked_until` is the day
    until which more time is asked for.
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
    absent: str | None
    asked_until: date | None
    returns: int

    @property
    def own(self) -> bool:
        """Whether the reader is the one who has to do it."""
        return self.duty is Duty.RESPONSIBLE


@dataclass(frozen=True, slots=True)
class Digest:
    """What one message says, on a day: the lines spelled out, and what it comes to in all.

    `slips` counts the measures by the gravest slip each has, the gravest first; `latest` is the most days that
    one of them is overdue, 0 where none is. What waits for an outside body is nobody's lateness.
    """

    office: str
    person: str
    on: date
    lines: tuple[Line, ...]
    slips: dict[Slip, int]
    latest: int

    @property
    def total(self) -> int:
        """How many measures there are."""
        return sum(self.slips.values())

    @property
    def more(self) -> int:
        """How many of them are counted only."""
        return self.total - len(self.lines)

    @property
    def absences(self) -> set[str]:
        """Whom the reader answers for."""
        return {line.absent for line in self.lines if line.absent}

    @property
    def hands_on(self) -> bool:
        """Whether the reader has something to do in person, and not only to see that others do it."""
        return any(
            line.duty in (Duty.RESPONSIBLE, Duty.SUPERVISOR) or line.watch is WatchKind.COUNTERSIGN
            for line in self.lines
        )


def digest(
    session: Session, message_id: int, office: str, person: str, on: date, holding: Mapping[int, Holder]
) -> Digest:
    """Read the reminders of a message as a digest.

    Where several steps of one measure met in it, the gravest one speaks.
    """
    rows = session.exec(
        select(Reminder, Measure, Unit, UnitDuty)
        .join(Measure, col(Measure.id) == Reminder.measure_id)
        .join(Unit, col(Unit.id) == Measure.unit_id)
        .outerjoin(
            UnitDuty,
            (col(UnitDuty.unit_id) == Measure.unit_id) & (col(UnitDuty.post_id) == Reminder.post_id),
        )
        .where(Reminder.message_id == message_id)
        .order_by(_GRAVITY.desc(), col(Reminder.anchor), col(Measure.id), col(Reminder.id).desc())
        .limit(4 * SHOWN)
    ).all()
    posts = {post.id: post.name for post in session.exec(select(Post)).all()}
    asked = select(Extension).where(Extension.state == ExtensionState.ASKED)
    until = {extension.measure_id: extension.until for extension in session.exec(asked).all()}
    lines: dict[int | None, Line] = {}
    for reminder, measure, unit, duty in rows:
        line = _line(reminder, measure, unit, duty, on, posts, holding.get(reminder.post_id))
        lines.setdefault(measure.id, replace(line, asked_until=until.get(reminder.measure_id)))
    slips, latest = _tally(session, message_id, on)
    return Digest(office, person, on, tuple(lines.values())[:SHOWN], slips, latest)


def _tally(session: Session, message_id: int, on: date) -> tuple[dict[Slip, int], int]:
    """Count a message's measures by gravest slip, and the days that the longest overdue one is late."""
    overdue = case((col(Reminder.watch).in_(_DATED), col(Reminder.anchor)))
    each = (
        select(func.max(_GRAVITY).label("gravity"), func.min(overdue).label("since"))
        .where(Reminder.message_id == message_id)
        .group_by(col(Reminder.measure_id))
        .subquery()
    )
    rows = session.exec(
        select(each.c.gravity, func.count(), func.min(each.c.since))
        .group_by(each.c.gravity)
        .order_by(each.c.gravity.desc())
    ).all()
    slips = {tuple(Slip)[gravity]: count for gravity, count, _ in rows}
    return slips, max((on - since).days for since in [on, *(since for _, _, since in rows if since)])


def _line(
    reminder: Reminder,
    measure: Measure,
    unit: Unit,
    duty: UnitDuty | None,
    on: date,
    posts: dict[int | None, str],
    holder: Holder | None,
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
        absent=holder.absent.name if holder and holder.absent else None,
        asked_until=None,
        returns=measure.returns,
    )
