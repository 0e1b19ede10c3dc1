"""Staging: a run's decisions, laid out beside the watches in tables that only its connection sees."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
)
from sqlalchemy.schema import CreateTable, DropTable

from models.columns import words
from models.vocabulary import Duty, Slip, WatchKind, Withheld


class Verdict(NamedTuple):
    """What one situation came to: the shape of its sayings, and the next look."""

    kind: WatchKind
    topics: str
    anchor: date
    looked_on: date
    blocked: bool
    acknowledged: str
    shape: int
    look_on: date


class Saying(NamedTuple):
    """One thing said, or withheld, where a decision of this shape meets a unit staffed like this."""

    shape: int
    staffing: int
    number: int
    step: str
    repetition: int
    slip: Slip
    duty: Duty
    instead_of: Duty | None
    withheld: Withheld | None


class Staff(NamedTuple):
    """Which post does which duty for a unit, and how the unit is staffed: alike where the same may be said."""

    unit_id: int
    staffing: int
    posts: Mapping[Duty, int]


_temporary = MetaData()
VERDICT = Table(
    "verdict",
    _temporary,
    Column("kind", words(WatchKind)),
    Column("topics", String),
    Column("anchor", Date),
    Column("looked_on", Date),
    Column("blocked", Boolean),
    Column("acknowledged", String),
    Column("shape", Integer),
    Column("look_on", Date),
    # what tells situations apart best comes first, so that most comparisons end there
    PrimaryKeyConstraint("anchor", "looked_on", "topics", "acknowledged", "kind", "blocked"),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)
SAYING = Table(
    "saying",
    _temporary,
    Column("shape", Integer, primary_key=True),
    Column("staffing", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("step", String),
    Column("repetition", Integer),
    Column("slip", words(Slip)),
    Column("duty", words(Duty)),
    Column("instead_of", words(Duty), nullable=True),
    Column("withheld", words(Withheld), nullable=True),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)
STAFF = Table(
    "staff",
    _temporary,
    Column("unit_id", Integer, primary_key=True),
    Column("staffing", Integer),
    *(Column(duty, Integer) for duty in Duty),
    prefixes=["TEMPORARY"],
)


def stage(
    connection: Connection, verdicts: Iterable[Verdict], sayings: Iterable[Saying], staff: Iterable[Staff]
) -> None:
    """Lay a run's decisions out beside the watches, in tables that only this connection sees."""
    rows: dict[Table, list[Sequence[Any]]] = {
        VERDICT: [*verdicts],
        SAYING: [*sayings],
        STAFF: [(unit_id, staffing, *(posts[duty] for duty in Duty)) for unit_id, staffing, posts in staff],
    }
    for table, values in rows.items():
        connection.execute(DropTable(table, if_exists=True))
        connection.execute(CreateTable(table))
        _fill(connection, table, values)


def _fill(connection: Connection, table: Table, rows: Iterable[Sequence[Any]]) -> None:
    """Put rows into a table, past SQLAlchemy, which takes longer over them than a small sweep over all the rest."""
    cursor = connection.connection.cursor()
    if connection.dialect.name == "sqlite":
        plain = [[str(value) if isinstance(value, date) else value for value in row] for row in rows]
        cursor.executemany(str(insert(table).compile(dialect=connection.dialect)), plain)
        return
    with cursor.copy(f"COPY {table.name} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.execute(f"ANALYZE {table.name}")  # its planner knows nothing of a table just made
