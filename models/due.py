"""Due dates: every one that was ever set, and the limits that wait for an event to become one."""

from datetime import date

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from models.columns import words
from models.vocabulary import DueBasis, Gate


class DueChange(SQLModel, table=True):
    """A due date as it was set, on a day, on some basis; the first one is what was promised.

    With the suspensions of the measure it is the history from which the due date in force is replayed. One that was
    counted says so: `within` is a span as `Span.parse` reads it, from the day `counted_from`; another calendar may
    count it anew.
    """

    __tablename__ = "due_change"
    __table_args__ = (CheckConstraint("(within IS NULL) = (counted_from IS NULL)", name="counted_from_some_day"),)

    id: int | None = Field(default=None, primary_key=True)
    measure_id: int = Field(foreign_key="measure.id", index=True)
    on: date
    due_on: date
    basis: DueBasis = Field(sa_type=words(DueBasis))
    within: str | None = None
    counted_from: date | None = None
    reason: str = ""
    person_id: int | None = Field(default=None, foreign_key="person.id")


class RelativeLimit(SQLModel, table=True):
    """A limit like "within 30 days after the approval": it becomes a due date when the event happens.

    `within` is a span as `Span.parse` reads it. `after_id` is the measure whose event counts.
    """

    __tablename__ = "relative_limit"

    measure_id: int = Field(foreign_key="measure.id", primary_key=True)
    after_id: int = Field(foreign_key="measure.id", index=True)
    event: Gate = Field(sa_type=words(Gate))
    within: str
