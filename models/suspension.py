"""Suspensions: the clock of a measure stands still, by whom, why, until which review."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

_OPEN = text("resumed_on IS NULL")


class Suspension(SQLModel, table=True):
    """One suspension; open until it is resumed, and a measure has one open at most."""

    __table_args__ = (
        Index("one_open_suspension", "measure_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        CheckConstraint("resumed_on IS NULL OR resumed_on >= since", name="suspension_runs_forward"),
        CheckConstraint(
            "(resumed_on IS NULL) = (resumed_by IS NULL)",
            name="resumed_by_somebody",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    measure_id: int = Field(foreign_key="measure.id", index=True)
    since: date
    review_on: date
    reason: str
    suspended_by: int = Field(foreign_key="person.id")
    resumed_on: date | None = None
    resumed_by: int | None = Field(default=None, foreign_key="person.id")
