"""The measure: a promise, where it stands, and until when."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime, words
from models.lifecycle import Place
from models.vocabulary import Approval, DueBasis, Resolution, State


class Measure(SQLModel, table=True):
    """A promise. A divided one has children and no state of its own: they decide.

    `topics` are slugs in alphabetical order, separated by spaces. A standing measure is never done; with an
    RFC 5545 `rrule` it spawns occurrences, children that each have their date in `occurs_on`.
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
        Index(  # every sweep asks which measures recur
            "measure_recurring",
            "rrule",
            sqlite_where=text("rrule IS NOT NULL"),
            postgresql_where=text("rrule IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    finding_id: int = Field(foreign_key="finding.id", index=True)
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

    note: str = ""
    waits_on: str | None = None
    outside_body: str | None = None
    document: str | None = None
    applied_on: date | None = None
    submitted_on: date | None = None
    submitted_hash: str | None = None
    submitter_id: int | None = Field(default=None, foreign_key="person.id")
    returns: int = 0

    version: int = 1
    changed_at: datetime = Field(sa_type=UTCDateTime)

    @property
    def place(self) -> Place:
        """Where an undivided measure stands. Raises ValueError for a divided one: ask its children."""
        if self.state is None:
            raise ValueError(f"{self.number} is divided; its children decide where it stands.")
        return Place(self.state, self.approval)


class Dependency(SQLModel, table=True):
    """A measure waits for another one, its blocker, to be done."""

    __table_args__ = (CheckConstraint("measure_id <> blocker_id", name="nothing_waits_for_itself"),)

    measure_id: int = Field(foreign_key="measure.id", primary_key=True)
    blocker_id: int = Field(foreign_key="measure.id", primary_key=True, index=True)
