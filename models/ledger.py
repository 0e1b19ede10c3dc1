"""The ledger: append-only facts, the proof of what was done and said."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime, words
from models.vocabulary import FactKind


class Fact(SQLModel, table=True):
    """One fact: when it happened, of what kind, about which measure, by whom.

    The rest stands in `payload`, a JSON object.

    A trigger on either database refuses every UPDATE and DELETE. No foreign keys, for the reason of
    `Reminder`.
    """

    __tablename__ = "ledger"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)
    kind: FactKind = Field(sa_type=words(FactKind))
    measure_id: int | None = None
    person_id: int | None = None
    post_id: int | None = None
    run_id: int | None = None
    payload: str = "{}"
