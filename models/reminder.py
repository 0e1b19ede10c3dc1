"""The reminder: the claim that one step of one measure's watch is owed to one post."""

from datetime import date

from sqlalchemy import UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import words
from models.vocabulary import Slip, WatchKind

UNSAID = text("message_id IS NULL AND NOT overtaken")
"""What is owed and in no message; in a query this very text, or SQLite would not know the index by it."""


class Reminder(SQLModel, table=True):
    """Written once, whatever happens later: the key is the whole of what is owed.

    `instead_of` is the post that the step names, where that one was vacant. No foreign keys to check per
    row: the sweep writes a million of these in one statement, from the very tables that hold the ids.
    """

    __table_args__ = (
        UniqueConstraint("measure_id", "watch", "anchor", "step", "repetition", "post_id", name="owed_once"),
    )

    id: int | None = Field(default=None, primary_key=True)
    measure_id: int
    watch: WatchKind = Field(sa_type=words(WatchKind))
    anchor: date
    step: str
    repetition: int
    post_id: int
    slip: Slip = Field(sa_type=words(Slip))
    instead_of: int | None = None
    run_id: int
    message_id: int | None = None
    overtaken: bool = False
