"""Claiming: what was decided per situation is applied to every measure in it, by set-based SQL, batch by batch.

Claims, their facts and the next look are written in one transaction. The lock on sweeps is held meanwhile, so
the reminders with an id above the highest one before are exactly those that this batch claimed.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Row,
    Select,
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
from sqlmodel import SQLModel

from models.columns import UTCDateTime, words
from models.commands.ledger import json_object
from models.commands.staging import SAYING, STAFF, VERDICT
from models.ledger import Fact
from models.measure import Measure
from models.office import Post
from models.reminder import Reminder
from models.run import Run
from models.vocabulary import Duty, FactKind
from models.watch import Watch

Conditions = Sequence[ColumnElement[bool]]


def _table(model: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


_fact, _measure, _post = _table(Fact), _table(Measure), _table(Post)
_reminder, _run, _watch = _table(Reminder), _table(Run), _table(Watch)
_SITUATION = [_watch.c[name] for name in ("kind", "topics", "anchor", "looked_on", "blocked", "acknowledged")]
_in_situation = and_(*(VERDICT.c[column.name] == column for column in _SITUATION))
_owed = (
    _watch.join(VERDICT, _in_situation)
    .join(STAFF, STAFF.c.unit_id == _watch.c.unit_id)
    .join(SAYING, and_(SAYING.c.shape == VERDICT.c.shape, SAYING.c.staffing == STAFF.c.staffing))
)
_post_id = case({duty.value: STAFF.c[duty] for duty in Duty}, value=SAYING.c.duty)
_instead_of = case({duty.value: STAFF.c[duty] for duty in Duty}, value=SAYING.c.instead_of)


def situations(connection: Connection, scope: Conditions, today: date) -> Sequence[Row[Any]]:
    """Return each situation due a look, as `Verdict` has it up to `acknowledged`, and its number of watches."""
    due = select(*_SITUATION, func.count()).where(_watch.c.look_on <= today, *scope).group_by(*_SITUATION)
    return connection.execute(due).all()


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
            _reminder.c.step == SAYING.c.step,
            _reminder.c.repetition == SAYING.c.repetition,
            _reminder.c.post_id == _post_id,
        )
        .exists()
    )
    return (
        select(
            _measure.c.number,
            _post_id.label("post_id"),
            _post.c.name,
            SAYING.c.step,
            SAYING.c.repetition,
            SAYING.c.slip,
            _instead_of,
            SAYING.c.withheld,
            _watch.c.anchor,
            _watch.c.kind,
        )
        .select_from(_owed)
        .join(_measure, _measure.c.id == _watch.c.measure_id)
        .join(_post, _post.c.id == _post_id)
        .where(_watch.c.look_on <= today, ~claimed, *scope)
        .order_by(_measure.c.number, _watch.c.anchor, SAYING.c.step, SAYING.c.repetition)
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
            SAYING.c.step,
            SAYING.c.repetition,
            _post_id,
            SAYING.c.slip,
            _instead_of,
            literal(run.id),
            literal(False),  # noqa: FBT003 - the column `overtaken`
        )
        .select_from(_owed)
        .where(SAYING.c.withheld.is_(None), *due)
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
                step=SAYING.c.step,
                repetition=SAYING.c.repetition,
                reason=SAYING.c.withheld,
            ),
        )
        .select_from(_owed)
        .where(SAYING.c.withheld.is_not(None), *due)
    )
    return insert(_fact).from_select(_FACT, withheld)


def _next_looks(due: Conditions, today: date) -> Update:
    return update(_watch).where(_in_situation, *due).values(look_on=VERDICT.c.look_on, looked_on=today)


_FACT = ("at", "kind", "measure_id", "post_id", "run_id", "payload")
