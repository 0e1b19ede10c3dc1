"""Where measures come from: an inspection and what it found."""

from datetime import date

from sqlmodel import Field, SQLModel


class Inspection(SQLModel, table=True):
    """One inspection of the office, fed back on a day from which the statutory clock counts."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    name: str
    body: str
    feedback_on: date
    notice_on: date | None = None
    source: str


class Finding(SQLModel, table=True):
    """One thing an inspection found wrong."""

    id: int | None = Field(default=None, primary_key=True)
    inspection_id: int = Field(foreign_key="inspection.id")
    number: str = Field(unique=True)
    category: str
    title: str
