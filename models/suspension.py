"""Suspensions: the clock of a measure stands still, by whom, why, until which review."""

from datetime import date

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel


class Suspension(SQLModel, table=True):
    """One suspension; open until it is resumed, and a measure has one open at most."""

    __table_args__ = (
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
