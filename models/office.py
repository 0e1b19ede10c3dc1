"""The office: units, their posts, the persons who hold them, and which post does which duty for a unit."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime, words
from models.vocabulary import Duty


class Office(SQLModel, table=True):
    """The one office this database serves."""

    __table_args__ = (CheckConstraint("id = 1", name="one_office"),)

    id: int = Field(default=1, primary_key=True)
    slug: str
    name: str
    timezone: str
    calendar: str
    locale: str


class Unit(SQLModel, table=True):
    """A unit that answers for measures; `aliases` are other names of it, separated by spaces."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    name: str = Field(unique=True)
    aliases: str = ""


class Post(SQLModel, table=True):
    """A post, which is what gets urged; persons come and go."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    name: str = Field(unique=True)
    unit_id: int = Field(foreign_key="unit.id")


class Person(SQLModel, table=True):
    """A person, reachable at some addresses."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    name: str


class Address(SQLModel, table=True):
    """Where a person is reached: under `target` on the channel named `channel` in the settings.

    The lowest `rank` comes first; what cannot arrive there goes on to the next. A disabled one is never used.
    """

    __table_args__ = (
        UniqueConstraint("person_id", "rank", name="address_ranked"),
        UniqueConstraint("person_id", "channel", "target", name="address_once"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    rank: int
    channel: str
    target: str
    disabled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    disabled_because: str = ""


class Holding(SQLModel, table=True):
    """Who holds a post from a day on, until (not including) another day.

    An acting holder stands in where there is no full one.
    """

    __table_args__ = (CheckConstraint("until IS NULL OR until > since", name="holding_runs_forward"),)

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    since: date
    until: date | None = None
    acting: bool = False


class Leave(SQLModel, table=True):
    """A person is away from a day on, until (not including) another, and a substitute answers meanwhile."""

    __table_args__ = (
        CheckConstraint("until > since", name="leave_runs_forward"),
        CheckConstraint("person_id <> substitute_id", name="substitute_is_another"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    substitute_id: int = Field(foreign_key="person.id")
    since: date
    until: date
    reason: str = ""


class UnitDuty(SQLModel, table=True):
    """Which post does a duty for the measures of a unit."""

    unit_id: int = Field(foreign_key="unit.id", primary_key=True)
    duty: Duty = Field(sa_type=words(Duty), primary_key=True)
    post_id: int = Field(foreign_key="post.id")
