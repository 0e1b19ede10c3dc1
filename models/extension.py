"""Extensions: asked for with a reason, decided by somebody else, numbered."""

from datetime import date

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import words
from models.vocabulary import ExtensionState


class Extension(SQLModel, table=True):
    """One request for more time; `late` when it came after the due date. A measure has one open at most.

    Of one `by_supervisor` nobody but the head can decide.
    """

    __table_args__ = (
        UniqueConstraint("measure_id", "number", name="extension_numbered"),
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="somebody_else_decides"),
        CheckConstraint(
            "(state = 'granted' OR state = 'refused') = (decided_by IS NOT NULL)",
            name="decided_by_somebody",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    measure_id: int = Field(foreign_key="measure.id", index=True)
    number: int
    asked_on: date
    asked_by: int = Field(foreign_key="person.id")
    due_before: date
    until: date
    reason: str
    progress: str
    late: bool
    by_supervisor: bool = False
    state: ExtensionState = Field(default=ExtensionState.ASKED, sa_type=words(ExtensionState))
    decided_on: date | None = None
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    decision: str = ""
    document: str = ""
