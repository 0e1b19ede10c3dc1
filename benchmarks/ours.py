"""duban's side of the sweep benchmark; as a program, the fresh process in which one sweep is measured."""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Insert, MetaData, String, Table, cast, insert, literal, select
from sqlalchemy.orm import configure_mappers
from sqlmodel import Session, SQLModel

import models.tables  # noqa: F401 - all of them
from benchmarks import register
from benchmarks.bulk import driver, fill
from benchmarks.process import report
from config.calendar import load_calendar
from config.policy import load_policy
from flows.sweep import Request, sweep
from models.database import open_database, upgrade, writing
from models.escalation import EscalationPolicy
from models.inspection import Finding, Inspection
from models.office import Address, Holding, Office, Person, Post, Unit, UnitDuty
from models.queries.scope import Scope
from models.vocabulary import DueBasis, RunKind, State
from models.workdays import Calendar

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime.combine(register.TODAY, time(0, 30), ZONE).astimezone(UTC)

_WATCH, _MEASURE = (SQLModel.metadata.tables[name] for name in ("watch", "measure"))
_COLUMNS = ("look_on", "measure_id", "kind", "topics", "unit_id", "anchor", "looked_on", "blocked", "acknowledged")
_ROW = Table("row", MetaData(), *(Column(name, _WATCH.c[name].type) for name in _COLUMNS), prefixes=["TEMPORARY"])


def load(url: str, rows: Iterator[register.Row]) -> None:
    """Fill a new database with an office and these watches, each of a measure of its own."""
    upgrade(url)
    engine = open_database(url)
    with writing(engine) as session:
        _add_office(session)
    on_sqlite = engine.dialect.name == "sqlite"
    with engine.execution_options(writes=True).begin() as connection:
        if on_sqlite:
            connection.exec_driver_sql("PRAGMA cache_size = -400000")
        _ROW.create(connection)
        # not through SQLAlchemy: a dictionary a row takes as long as all the rest
        fill(driver(connection), "row", len(_COLUMNS), map(_plain, rows) if on_sqlite else rows)
        connection.execute(_measures())
        order = _WATCH.primary_key if on_sqlite else [_WATCH.c.measure_id]
        watches = select(_ROW).order_by(*(_ROW.c[column.name] for column in order))
        connection.execute(insert(_WATCH).from_select(_COLUMNS, watches))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if on_sqlite else "VACUUM (ANALYZE)")
    engine.dispose()


def _measures() -> Insert:
    """Insert a measure in progress for every row; whatever is not named has the model's default."""
    given = {
        "id": _ROW.c.measure_id,
        "number": literal("1.") + cast(_ROW.c.measure_id, String),
        "finding_id": literal(1),
        "title": literal("整改措施 ") + cast(_ROW.c.measure_id, String),
        "unit_id": _ROW.c.unit_id,
        "topics": _ROW.c.topics,
        "state": literal(State.IN_PROGRESS, _MEASURE.c.state.type),
        "registered_on": _ROW.c.anchor,
        "due_on": _ROW.c.anchor,
        "due_basis": literal(DueBasis.PROMISED, _MEASURE.c.due_basis.type),
        "changed_at": literal(NOW, _MEASURE.c.changed_at.type),
    }
    return insert(_MEASURE).from_select(list(given), select(*given.values()))


def _plain(row: register.Row) -> tuple[object, ...]:
    return tuple(value.isoformat() if isinstance(value, date) else value for value in row)


def _add_office(session: Session) -> None:
    office = Office(slug="made-up", name="Made up", timezone=ZONE.key, calendar="cn", locale="zh_CN")
    session.add(office)
    session.add_all(Unit(id=unit, slug=f"unit-{unit}", name=f"Unit {unit}") for unit in register.UNITS)
    session.flush()
    posts = {post for unit in register.UNITS for post in register.posts(unit).values()}
    session.add_all(Post(id=post, slug=f"post-{post}", name=f"Post {post}", unit_id=1) for post in posts)
    session.add_all(Person(id=post, slug=f"person-{post}", name=f"Person {post}") for post in posts - register.VACANT)
    session.flush()
    session.add_all(
        Address(person_id=post, rank=1, channel="local", target=f"post-{post}") for post in posts - register.VACANT
    )
    session.add_all(Holding(post_id=post, person_id=post, since=date(2020, 1, 1)) for post in posts - register.VACANT)
    session.add_all(
        UnitDuty(unit_id=unit, duty=duty, post_id=post)
        for unit in register.UNITS
        for duty, post in register.posts(unit).items()
    )
    session.add(Inspection(id=1, slug="made-up", name="", body="", feedback_on=date(2025, 1, 1), source=""))
    session.flush()
    session.add(Finding(id=1, inspection_id=1, number="1", category="", title=""))


def sweep_once(url: str, policy: EscalationPolicy, calendar: Calendar) -> dict[str, int]:
    """Sweep the whole register as of the night of `TODAY`."""
    engine = open_database(url)
    swept = sweep(engine, policy, calendar, ZONE, Request(RunKind.NIGHTLY, "benchmark", Scope(), NOW, NOW))
    engine.dispose()
    return {"claims": swept.reminders, "withheld": swept.withheld}


def main() -> None:
    url = sys.argv[1]
    if len(sys.argv) == 2:
        policy, calendar = load_policy("default").escalation, load_calendar("cn")
        configure_mappers()  # a part of importing, which SQLAlchemy puts off
        report(lambda: sweep_once(url, policy, calendar))
    else:
        rows, due = map(int, sys.argv[2:])
        load(url, register.rows(rows, due))


if __name__ == "__main__":
    main()
