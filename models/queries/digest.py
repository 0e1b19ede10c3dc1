"""The digest: what one person is told, most serious first, one line a measure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Integer, Row, bindparam, case, func, select
from sqlmodel import Session, col

from models.extension import Extension
from models.measure import Measure
from models.office import Post, Unit, UnitDuty
from models.queries.office import Holder
from models.reminder import Reminder
from models.seal import Stamp
from models.vocabulary import DueBasis, Duty, ExtensionState, Slip, WatchKind

_EVERYTHING = 2**31 - 1
_STEPS_OF_ONE = 4  # of one measure that may meet in a digest

_DATED = (WatchKind.DELIVERY, WatchKind.OCCURRENCE, WatchKind.START)
_GRAVITY = case({slip: place for place, slip in enumerate(Slip)}, value=col(Reminder.slip))
# Built once: to build these for each message takes longer than to run them.
_OF_MESSAGE = col(Reminder.message_id) == bindparam("message")
_ROWS = (
    select(
        col(Reminder.measure_id),
        col(Measure.number),
        col(Measure.title),
        col(Unit.name).label("unit"),
        col(Reminder.watch),
        col(Reminder.slip),
        col(UnitDuty.duty),
        col(Reminder.anchor),
        col(Measure.due_basis),
        col(Measure.outside_body),
        col(Measure.applied_on),
        col(Post.name).label("vacant"),
        col(Reminder.post_id),
        col(Extension.until),
        col(Measure.returns),
    )
    .join(Measure, col(Measure.id) == Reminder.measure_id)
    .join(Unit, col(Unit.id) == Measure.unit_id)
    .outerjoin(UnitDuty, (col(UnitDuty.unit_id) == Measure.unit_id) & (col(UnitDuty.post_id) == Reminder.post_id))
    .outerjoin(Post, col(Post.id) == Reminder.instead_of)
    .outerjoin(Extension, (col(Extension.measure_id) == Measure.id) & (Extension.state == ExtensionState.ASKED))
    .where(_OF_MESSAGE)
    .order_by(_GRAVITY.desc(), col(Reminder.anchor), col(Measure.id), col(Reminder.id).desc())
    .limit(bindparam("rows", type_=Integer))
)
_WORST = (
    select(
        func.max(_GRAVITY).label("gravity"),
        func.min(case((col(Reminder.watch).in_(_DATED), col(Reminder.anchor)))).label("since"),
    )
    .where(_OF_MESSAGE)
    .group_by(col(Reminder.measure_id))
    .subquery()
)
_TALLY = (
    select(_WORST.c.gravity, func.count(), func.min(_WORST.c.since))
    .group_by(_WORST.c.gravity)
    .order_by(_WORST.c.gravity.desc())
)


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
    assumed: bool
    outside_body: str | None
    applied_on: date | None
    instead_of: str | None
    absent: str | None
    asked_until: date | None
    returns: int

    @property
    def own(self) -> bool:
        """Whether the reader is the one who has to do it."""
        return self.duty is Duty.RESPONSIBLE

    @property
    def applied_late(self) -> bool:
        """Whether the outside body got the application only when it was due to be done."""
        return self.applied_on is not None and self.applied_on > self.anchor


@dataclass(frozen=True, slots=True)
class Digest:
    """What one message says, on a day: the lines spelled out, and what it comes to in all.

    `slips` counts the measures by the gravest slip each has, the gravest first; `latest` is the most days that
    one of them is overdue, 0 where none is. What waits for an outside body is nobody's lateness. `attached` tells
    that a sheet of them all goes along. `seal` is the ledger's last one, for whoever keeps it outside the database.
    """

    office: str
    person: str
    on: date
    lines: tuple[Line, ...]
    slips: dict[Slip, int]
    latest: int
    attached: bool = False
    seal: Stamp | None = None

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
            line.duty in (Duty.RESPONSIBLE, Duty.SUPERVISOR)
            or line.watch in (WatchKind.COUNTERSIGN, WatchKind.EXTENSION_HEAD)
            for line in self.lines
        )


def digest(
    session: Session,
    message_id: int,
    office: str,
    person: str,
    on: date,
    holding: Mapping[int, Holder],
    shown: int | None = None,
) -> Digest:
    """Read the reminders of a message as a digest that spells so many of them out; all, if no number is given.

    Where several steps of one measure met in it, the gravest one speaks.
    """
    connection, of_message = session.connection(), {"message": message_id}
    lines: dict[int, Line] = {}
    rows = _EVERYTHING if shown is None else _STEPS_OF_ONE * shown
    for row in connection.execute(_ROWS, of_message | {"rows": rows}):
        lines.setdefault(row.measure_id, _line(row, on, holding))
    slips: dict[Slip, int] = {}
    latest = 0
    for gravity, measures, since in connection.execute(_TALLY, of_message):
        slips[tuple(Slip)[gravity]] = measures
        latest = max(latest, (on - since).days if since else 0)
    return Digest(office, person, on, tuple(lines.values())[:shown], slips, latest)


def _line(row: Row[Any], on: date, holding: Mapping[int, Holder]) -> Line:
    holder = holding.get(row.post_id)
    return Line(
        number=row.number,
        title=row.title,
        unit=row.unit,
        watch=row.watch,
        slip=row.slip,
        duty=row.duty,
        anchor=row.anchor,
        days_left=(row.anchor - on).days,
        assumed=row.due_basis is DueBasis.ASSUMED,
        outside_body=row.outside_body,
        applied_on=row.applied_on,
        instead_of=row.vacant,
        absent=holder.absent.name if holder and holder.absent else None,
        asked_until=row.until,
        returns=row.returns,
    )
