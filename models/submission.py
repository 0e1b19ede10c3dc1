"""Submissions: what was handed in for close-out, frozen, and who signed for it."""

from datetime import date

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import words
from models.vocabulary import Action, Duty


class Submission(SQLModel, table=True):
    """One handing-in: `content` is the measure and its evidence as they were (JSON), `sha256` the hash of that.

    `outcome` is the action that ended it: approve, return or withdraw.
    """

    __table_args__ = (
        UniqueConstraint("measure_id", "number", name="submission_numbered"),
        CheckConstraint("(outcome IS NULL) = (ended_on IS NULL)", name="ended_by_something"),
    )

    id: int | None = Field(default=None, primary_key=True)
    measure_id: int = Field(foreign_key="measure.id", index=True)
    number: int
    submitted_on: date
    submitted_by: int = Field(foreign_key="person.id")
    content: str
    sha256: str
    outcome: Action | None = Field(default=None, sa_type=words(Action))
    ended_on: date | None = None


class Signature(SQLModel, table=True):
    """One person's yes to a submission, given for one duty."""

    __table_args__ = (
        UniqueConstraint("submission_id", "duty", name="each_duty_signs_once"),
        UniqueConstraint("submission_id", "person_id", name="each_person_signs_once"),
    )

    id: int | None = Field(default=None, primary_key=True)
    submission_id: int = Field(foreign_key="submission.id", index=True)
    duty: Duty = Field(sa_type=words(Duty))
    person_id: int = Field(foreign_key="person.id")
    signed_on: date
