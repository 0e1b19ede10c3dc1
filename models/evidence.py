"""Evidence: files in a content-addressed folder, named in a table."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime, words
from models.vocabulary import EvidenceKind


class Evidence(SQLModel, table=True):
    """A file that shows something for a measure; its bytes lie under their own SHA-256, once."""

    __table_args__ = (UniqueConstraint("measure_id", "sha256", "kind", name="evidence_once"),)

    id: int | None = Field(default=None, primary_key=True)
    measure_id: int = Field(foreign_key="measure.id", index=True)
    kind: EvidenceKind = Field(default=EvidenceKind.WORK, sa_type=words(EvidenceKind))
    name: str
    path: str
    size: int
    sha256: str = Field(max_length=64)
    added_by: int = Field(foreign_key="person.id")
    added_at: datetime = Field(sa_type=UTCDateTime)
