"""The run: one nightly or ad-hoc sweep, and what came of it."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime, words
from models.vocabulary import RunKind


class Run(SQLModel, table=True):
    """Who asked, over which scope (JSON), as of when, under which policy and calendar.

    Without an end it is under way, or broke off.

    `on` is the office's date of `as_of`. The counts are those of the sweep alone, added up batch by batch.
    """

    id: int | None = Field(default=None, primary_key=True)
    kind: RunKind = Field(sa_type=words(RunKind))
    asked_by: str
    scope: str
    as_of: datetime = Field(sa_type=UTCDateTime, index=True)
    on: date
    policy_version: str
    calendar_version: str
    started_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    examined: int = 0
    due: int = 0
    situations: int = 0
    reminders: int = 0
    withheld: int = 0
