"""What is on record of a measure, as the audit reads it: rows as they stand, and facts taken apart."""

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Table
from sqlmodel import SQLModel

from models.vocabulary import FactKind, Gate, Reply, State, WatchKind, Withheld

Record = Row[Any]
"""A row as it stands in its table: an audit reads millions, and makes no objects of them."""


def table(model: type[SQLModel]) -> Table:
    """Return the table behind a model."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


class Key(NamedTuple):
    """What is owed once: a step, with its repetition, of what is watched, to a post."""

    watch: WatchKind
    anchor: date
    step: str
    repetition: int
    post: int


class Told(NamedTuple):
    """A fact of a step that was claimed (without a reason) or withheld; `because` of a reply, where it says so."""

    fact: int
    at: datetime
    key: Key
    run: int | None
    reason: Withheld | None
    because: Reply | None


class Deed(NamedTuple):
    """A fact of what people did, or what followed from it."""

    fact: int
    at: datetime
    kind: FactKind
    told: dict[str, Any]


class Blocker(NamedTuple):
    """A measure that another one waits for, at which gate since when, whether it holds that up, and its deeds."""

    id: int
    changed_at: datetime
    gate: Gate
    since: date
    state: State
    granted: bool
    deeds: list[Deed]

    @property
    def holds(self) -> bool:
        """Whether it still holds the other one up."""
        return not (self.state is State.DONE or (self.gate is Gate.GRANTED and self.granted))
