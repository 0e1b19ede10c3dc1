"""Claiming: what was decided per situation is applied to every measure in it, by set-based SQL, batch by batch.

Claims, their facts and the next look are written in one transaction. The lock on sweeps is held meanwhile, so
the reminders with an id above the highest one before are exactly those that this batch claimed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Insert,
    Integer,
    MetaData,
    Row,
    Select,
    String,
    Table,
    Update,
    and_,
    case,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable, DropTable
from sqlmodel import SQLModel

from models.columns import UTCDateTime, words
from models.commands.ledger import json_object
from models.ledger import Fact
from models.measure import Measure
from models.office import Post
from models.reminder import Reminder
from models.run import Run
from models.vocabulary import Duty, FactKind, Slip, WatchKind, Withheld
from models.watch import Watch

Conditions = Sequence[ColumnElement[bool]]


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


def _table(model: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


_fact, _measure, _post = _table(Fact), _table(Measure), _table(Post)
_reminder, _run, _watch = _table(Reminder), _table(Run), _table(Watch)
_temporary = MetaData()
_verdict = Table(
    "verdict",
    _temporary,
    Column("kind", words(WatchKind), primary_key=True),
    Column("topics", String, primary_key=True),
    Column("anchor", Date, primary_key=True),
    Column("looked_on", Date, primary_key=True),
    Column("blocked", Boolean, primary_key=True),
    Column("acknowledged", String, primary_key=True),
    Column("shape", Integer, nullable=False),
    Column("look_on", Date, nullable=False),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)
_saying = Table(
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
_staff = Table(
    "staff",
    _temporary,
    Column("unit_id", Integer, primary_key=True),
    Column("staffing", Integer),
    *(Column(duty, Integer) for duty in Duty),
    prefixes=["TEMPORARY"],
)
_SITUATION = [_watch.c[name] for name in ("kind", "topics", "anchor", "looked_on", "blocked", "acknowledged")]
_in_situation = and_(*(_verdict.c[column.name] == column for column in _SITUATION))
_owed = (
    _watch.join(_verdict, _in_situation)
    .join(_staff, _staff.c.unit_id == _watch.c.unit_id)
    .join(_saying, and_(_saying.c.shape == _verdict.c.shape, _saying.c.staffing == _staff.c.staffing))
)
_post_id = case({duty.value: _staff.c[duty] for duty in Duty}, value=_saying.c.duty)
_instead_of = case({duty.value: _staff.c[duty] for duty in Duty}, value=_saying.c.instead_of)


def situations(connection: Connection, scope: Conditions, today: date) -> Sequence[Row[Any]]:
    """Return each situation due a look, as `Verdict` has it up to `acknowledged`, and its number of watches."""
    due = select(*_SITUATION, func.count()).where(_watch.c.look_on <= today, *scope).group_by(*_SITUATION)
    return connection.execute(due).all()


def stage(
    connection: Connection, verdicts: Iterable[Verdict], sayings: Iterable[Saying], staff: Iterable[Staff]
) -> None:
    """Lay a run's decisions out beside the watches, in tables that only this connection sees."""
    rows: dict[Table, list[Sequence[Any]]] = {
        _verdict: [*verdicts],
        _saying: [*sayings],
        _staff: [(unit_id, staffing, *(posts[duty] for duty in Duty)) for unit_id, staffing, posts in staff],
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


def batches(connection: Connection, scope: Conditions, today: date, size: int) -> list[Conditions]:
    """Part what is due into batches of `size` watches, each a narrower scope.

    They are parted by measure, as the indexes are in which a batch writes: each fills its own stretch of them.
    """
    due = (
        select(_watch.c.measure_id, func.row_number().over(order_by=_watch.c.measure_id).label("number"))
        .where(_watch.c.look_on <= today, *scope)
        .subquery()
    )
    bounds = connection.scalars(select(due.c.measure_id).where(due.c.number % size == 0)).all()
    after = [[], *([_watch.c.measure_id > bound] for bound in bounds)]
    through = [*([_watch.c.measure_id <= bound] for bound in bounds), []]
    return [[*scope, *lower, *upper] for lower, upper in zip(after, through, strict=True)]


def claim(connection: Connection, scope: Conditions, run: Run, at: datetime) -> None:
    """Claim, record and look ahead for the watches in scope that are due.

    A watch whose situation was not staged, because it changed meanwhile, is left alone and stays due.
    """
    due = [_watch.c.look_on <= run.on, *scope]
    before: int = connection.execute(select(func.coalesce(func.max(_reminder.c.id), 0))).scalar_one()
    reminders = _rows_of(connection, _claims(connection.dialect.name, due, run))
    if reminders:
        connection.execute(_facts_of_claims(before, run, at))
    withheld = _rows_of(connection, _facts_of_withheld(due, run, at))
    connection.execute(_next_looks(due, run.on))
    connection.execute(
        update(_run)
        .where(_run.c.id == run.id)
        .values(reminders=_run.c.reminders + reminders, withheld=_run.c.withheld + withheld)
    )


def staged(scope: Conditions, today: date) -> Select[Any]:
    """Select what the staged decisions say and withhold, without writing it.

    Rows of (measure number, post id, post name, step, repetition, slip, instead_of, withheld, anchor, kind);
    what was claimed before is left out.
    """
    claimed = (
        select(literal(1))
        .where(
            _reminder.c.measure_id == _watch.c.measure_id,
            _reminder.c.watch == _watch.c.kind,
            _reminder.c.anchor == _watch.c.anchor,
            _reminder.c.step == _saying.c.step,
            _reminder.c.repetition == _saying.c.repetition,
            _reminder.c.post_id == _post_id,
        )
        .exists()
    )
    return (
        select(
            _measure.c.number,
            _post_id.label("post_id"),
            _post.c.name,
            _saying.c.step,
            _saying.c.repetition,
            _saying.c.slip,
            _instead_of,
            _saying.c.withheld,
            _watch.c.anchor,
            _watch.c.kind,
        )
        .select_from(_owed)
        .join(_measure, _measure.c.id == _watch.c.measure_id)
        .join(_post, _post.c.id == _post_id)
        .where(_watch.c.look_on <= today, ~claimed, *scope)
        .order_by(_measure.c.number, _watch.c.anchor, _saying.c.step, _saying.c.repetition)
    )


def _rows_of(connection: Connection, written: Insert) -> int:
    """Execute an INSERT and return its number of rows, which SQLAlchemy forgets of INSERTs unless told to keep it."""
    return connection.execute(written, execution_options={"preserve_rowcount": True}).rowcount


def _claims(dialect: str, due: Conditions, run: Run) -> sqlite.Insert | postgresql.Insert:
    owed = (
        select(
            _watch.c.measure_id,
            _watch.c.kind,
            _watch.c.anchor,
            _saying.c.step,
            _saying.c.repetition,
            _post_id,
            _saying.c.slip,
            _instead_of,
            literal(run.id),
            literal(False),  # noqa: FBT003 - the column `overtaken`
        )
        .select_from(_owed)
        .where(_saying.c.withheld.is_(None), *due)
    )
    columns = (
        "measure_id", "watch", "anchor", "step", "repetition", "post_id", "slip", "instead_of", "run_id",
        "overtaken",
    )  # fmt: skip
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return make(_reminder).from_select(columns, owed).on_conflict_do_nothing()


def _facts_of_claims(before: int, run: Run, at: datetime) -> Insert:
    claimed = select(
        literal(at, UTCDateTime),
        literal(FactKind.CLAIM, words(FactKind)),
        _reminder.c.measure_id,
        _reminder.c.post_id,
        literal(run.id),
        json_object(
            watch=_reminder.c.watch,
            anchor=_reminder.c.anchor,
            step=_reminder.c.step,
            repetition=_reminder.c.repetition,
            instead_of=func.coalesce(_reminder.c.instead_of, literal(0)),
        ),
    ).where(_reminder.c.id > before)
    return insert(_fact).from_select(_FACT, claimed)


def _facts_of_withheld(due: Conditions, run: Run, at: datetime) -> Insert:
    withheld = (
        select(
            literal(at, UTCDateTime),
            literal(FactKind.WITHHOLD, words(FactKind)),
            _watch.c.measure_id,
            _post_id,
            literal(run.id),
            json_object(
                watch=_watch.c.kind,
                anchor=_watch.c.anchor,
                step=_saying.c.step,
                repetition=_saying.c.repetition,
                reason=_saying.c.withheld,
            ),
        )
        .select_from(_owed)
        .where(_saying.c.withheld.is_not(None), *due)
    )
    return insert(_fact).from_select(_FACT, withheld)


def _next_looks(due: Conditions, today: date) -> Update:
    return update(_watch).where(_in_situation, *due).values(look_on=_verdict.c.look_on, looked_on=today)


_FACT = ("at", "kind", "measure_id", "post_id", "run_id", "payload")
