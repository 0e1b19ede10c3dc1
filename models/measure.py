"""The measure: a promise, where it stands, and until when."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime, words
from models.lifecycle import Place
from models.vocabulary import Approval, DayKind, DueBasis, Gate, NonWorking, Resolution, State


class Measure(SQLModel, table=True):
    """A promise. A divided one has children and no state of its own: they decide.

    `topics` are slugs in alphabetical order, separated by spaces. A standing measure is never done; with an
    RFC 5545 `rrule` it spawns occurrences, children that each have their date in `occurs_on`.
    While it is suspended, `review_on` is the day on which that is to be reviewed. `counted_in` tells in which days a
    suspension moves the due date, `settles` where an occurrence goes that falls on a day off. `staged_on` is when a
    part success was reported (阶段性完成), which is no state; `reverify_on` when a done measure is looked at again.
    `head_alone_since` is the day since which a review awaits the head's signature and not the supervisor's.
    Without a finding it is what the statute itself wants of the office.
    `version` grows with every change, so that two people cannot overtake each other unseen.
    """

    __table_args__ = (
        UniqueConstraint("parent_id", "occurs_on", name="one_occurrence_a_day"),
        CheckConstraint(
            "(approval IS NOT NULL) = (state IS NOT NULL AND state = 'awaiting_approval')",
            name="approval_while_awaiting",
        ),
        CheckConstraint("(due_on IS NULL) = (due_basis = 'unset')", name="due_date_has_basis"),
        CheckConstraint(
            "(resolution IS NOT NULL) = (state IS NOT NULL AND state = 'done')", name="done_has_resolution"
        ),
        CheckConstraint("NOT standing OR due_on IS NULL", name="standing_has_no_due_date"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    finding_id: int | None = Field(default=None, foreign_key="finding.id", index=True)
    parent_id: int | None = Field(default=None, foreign_key="measure.id", index=True)
    title: str
    unit_id: int = Field(foreign_key="unit.id", index=True)
    partners: str = ""
    topics: str = ""

    state: State | None = Field(default=None, sa_type=words(State))
    approval: Approval | None = Field(default=None, sa_type=words(Approval))
    resolution: Resolution | None = Field(default=None, sa_type=words(Resolution))
    standing: bool = False
    rrule: str | None = None
    occurs_on: date | None = None

    registered_on: date
    start_by: date | None = None
    promised_on: date | None = None
    due_on: date | None = None
    due_basis: DueBasis = Field(default=DueBasis.UNSET, sa_type=words(DueBasis))
    due_note: str = ""
    done_on: date | None = None
    counted_in: DayKind = Field(default=DayKind.CALENDAR, sa_type=words(DayKind))
    settles: NonWorking = Field(default=NonWorking.LEAVE, sa_type=words(NonWorking))
    review_on: date | None = None

    note: str = ""
    waits_on: str | None = None
    outside_body: str | None = None
    document: str | None = None
    applied_on: date | None = None
    expected_on: date | None = None
    granted_on: date | None = None
    submitted_on: date | None = None
    head_alone_since: date | None = None
    submitter_id: int | None = Field(default=None, foreign_key="person.id")
    returns: int = 0
    staged_on: date | None = None
    reverify_on: date | None = None

    version: int = 1
    changed_at: datetime = Field(sa_type=UTCDateTime)

    @property
    def place(self) -> Place:
        """Where an undivided measure stands. Raises ValueError for a divided one: ask its children."""
        if self.state is None:
            raise ValueError(f"{self.number} is divided; its children decide where it stands.")
        return Place(self.state, self.approval)


class Dependency(SQLModel, table=True):
    """A measure waits for another one, its blocker: for its permit, or for it to be done."""

    __table_args__ = (CheckConstraint("measure_id <> blocker_id", name="nothing_waits_for_itself"),)

    measure_id: int = Field(foreign_key="measure.id", primary_key=True)
    blocker_id: int = Field(foreign_key="measure.id", primary_key=True, index=True)
    gate: Gate = Field(default=Gate.DONE, sa_type=words(Gate))
    since: date


def has_passed(blocker: Measure, gate: Gate) -> bool:
    """Tell whether an undivided blocker no longer holds up what waits at its gate; what is done has been granted."""
    return blocker.state is State.DONE or (gate is Gate.GRANTED and blocker.granted_on is not None)
