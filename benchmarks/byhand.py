"""The yardstick of the sweep benchmark: the same effect, written by hand as set-based SQL on a layout made for it.

Words and dates are small whole numbers; the watch table is narrow and clustered by the next look; there is
nothing to validate, no scope, no batch: one transaction. And there is nothing to decide: every decision that may
be needed is known when the clock starts, and so is who says what. It only looks which situations are there.
As a program, this is the fresh process in which one sweep is measured.
"""

import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
from sqlalchemy import make_url

from benchmarks import register
from benchmarks.bulk import Driver, fill
from benchmarks.process import report
from config.calendar import load_calendar
from config.policy import load_policy
from models.escalation import Decision, address, decide
from models.quiet import write
from models.vocabulary import Slip, WatchKind, Withheld

TODAY = register.TODAY.toordinal()
Ready = dict[tuple[int, ...], tuple[int, int]]
_KINDS, _SLIPS, _WITHHELD = list(WatchKind), list(Slip), list(Withheld)

_SCHEMA = """
CREATE TABLE watch (
  look INTEGER NOT NULL, measure INTEGER NOT NULL, kind SMALLINT NOT NULL, topics SMALLINT NOT NULL,
  unit SMALLINT NOT NULL, anchor INTEGER NOT NULL, looked INTEGER NOT NULL, blocked SMALLINT NOT NULL,
  quiet INTEGER NOT NULL, PRIMARY KEY (look, measure, kind)) {clustered};
CREATE TABLE ready (
  kind SMALLINT, topics SMALLINT, anchor INTEGER, looked INTEGER, blocked SMALLINT, quiet INTEGER,
  shape INTEGER NOT NULL, look INTEGER NOT NULL);
CREATE TABLE saying (
  shape INTEGER, unit SMALLINT, number SMALLINT, step SMALLINT NOT NULL, repetition INTEGER NOT NULL,
  slip SMALLINT NOT NULL, post INTEGER NOT NULL, instead_of INTEGER, withheld SMALLINT,
  PRIMARY KEY (shape, unit, number)) {clustered};
CREATE TABLE claim (
  {number} measure INTEGER NOT NULL, kind SMALLINT NOT NULL, anchor INTEGER NOT NULL, step SMALLINT NOT NULL,
  repetition INTEGER NOT NULL, post INTEGER NOT NULL, slip SMALLINT NOT NULL, instead_of INTEGER,
  run INTEGER NOT NULL, message INTEGER, {unique} (measure, kind, anchor, step, repetition, post));
CREATE INDEX claim_unsaid ON claim (post) WHERE message IS NULL;
CREATE TABLE fact (
  id {serial}, at BIGINT NOT NULL, what SMALLINT NOT NULL, measure INTEGER NOT NULL, post INTEGER NOT NULL,
  run INTEGER NOT NULL, kind SMALLINT NOT NULL, anchor INTEGER NOT NULL, step SMALLINT NOT NULL,
  repetition INTEGER NOT NULL, instead_of INTEGER, withheld SMALLINT);
CREATE INDEX fact_of_measure ON fact (measure);
"""
_DECISION = """
CREATE TEMPORARY TABLE decision (
  kind SMALLINT, topics SMALLINT, anchor INTEGER, looked INTEGER, blocked SMALLINT, quiet INTEGER,
  shape INTEGER NOT NULL, look INTEGER NOT NULL,
  PRIMARY KEY (kind, topics, anchor, looked, blocked, quiet)) {clustered}
"""
_KEY = ("kind", "topics", "anchor", "looked", "blocked", "quiet")
_SITUATIONS = f"SELECT DISTINCT {', '.join(_KEY)} FROM watch WHERE look <= {TODAY}"
_ONE_OF_A_KIND = "CREATE UNIQUE INDEX watch_of_measure ON watch (measure, kind)"
_SQLITE = {
    "clustered": "WITHOUT ROWID",
    "serial": "INTEGER PRIMARY KEY",
    "number": "id INTEGER PRIMARY KEY,",  # costs nothing, and tells what is new
    "unique": "UNIQUE",
}
_POSTGRES = {
    "clustered": "",
    "serial": "INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "number": "",  # would cost an index; RETURNING tells what is new
    "unique": "PRIMARY KEY",
}

_IN_SITUATION = " AND ".join(f"d.{of} = w.{of}" for of in _KEY)
_OWED = f"""
FROM watch w JOIN decision d ON {_IN_SITUATION} JOIN saying s ON s.shape = d.shape AND s.unit = w.unit
WHERE w.look <= {TODAY} AND s.withheld IS"""
_CLAIM = f"""
INSERT INTO claim (measure, kind, anchor, step, repetition, post, slip, instead_of, run)
SELECT w.measure, w.kind, w.anchor, s.step, s.repetition, s.post, s.slip, s.instead_of, 1 {_OWED} NULL
ON CONFLICT DO NOTHING
"""
_FACT = "INSERT INTO fact (at, what, measure, post, run, kind, anchor, step, repetition, instead_of)"
_CLAIMED = "SELECT 1781570000, 1, measure, post, run, kind, anchor, step, repetition, instead_of FROM"
_FACT_OF_CLAIM = f"{_FACT} {_CLAIMED} claim WHERE id > "
_CLAIM_AND_FACT = f"WITH claimed AS ({_CLAIM} RETURNING *) {_FACT} {_CLAIMED} claimed"
_FACT_OF_WITHHELD = f"""
INSERT INTO fact (at, what, measure, post, run, kind, anchor, step, repetition, withheld)
SELECT 1781570000, 2, w.measure, s.post, 1, w.kind, w.anchor, s.step, s.repetition, s.withheld {_OWED} NOT NULL
"""
_LOOK_AHEAD = f"""
UPDATE watch AS w SET look = d.look, looked = {TODAY} FROM decision d WHERE {_IN_SITUATION} AND w.look <= {TODAY}
"""


def load(url: str, rows: Iterator[register.Row]) -> None:
    """Fill a new database with these watches, and with the decisions on every situation that is due."""
    connection = _connect(url)
    layout = _SQLITE if isinstance(connection, sqlite3.Connection) else _POSTGRES
    if isinstance(connection, sqlite3.Connection):
        connection.execute("BEGIN")
    for statement in _SCHEMA.format(**layout).split(";"):
        connection.execute(statement)
    topics: dict[str, int] = {}
    quiets: dict[str, int] = {}
    ordered = sorted(rows)  # clustered by the next look
    fill(
        connection,
        "watch",
        9,
        (
            (look.toordinal(), measure, _KINDS.index(kind), topics.setdefault(slugs, len(topics)), unit,
             anchor.toordinal(), looked.toordinal(), int(blocked), quiets.setdefault(quiet, len(quiets)))
            for look, measure, kind, slugs, unit, anchor, looked, blocked, quiet in ordered
        ),
    )  # fmt: skip
    decisions, sayings = _decide({row[2:4] + row[5:] for row in ordered if row[0] <= register.TODAY}, topics, quiets)
    fill(connection, "ready", 8, decisions)
    fill(connection, "saying", 9, sayings)
    connection.execute(_ONE_OF_A_KIND)
    connection.commit()
    if isinstance(connection, psycopg.Connection):
        connection.autocommit = True
        connection.execute("VACUUM (ANALYZE)")
    else:
        connection.execute("ANALYZE")
    connection.close()


def sweep_once(url: str, ready: Ready) -> dict[str, int]:
    """Lay the decisions out, claim, record and look ahead, in one transaction."""
    connection = _connect(url)
    on_sqlite = isinstance(connection, sqlite3.Connection)
    if on_sqlite:
        connection.execute("BEGIN IMMEDIATE")
    connection.execute(_DECISION.format(**(_SQLITE if on_sqlite else _POSTGRES)))
    fill(connection, "decision", 8, [(*key, *ready[key]) for key in connection.execute(_SITUATIONS).fetchall()])
    if on_sqlite:
        ((before,),) = connection.execute("SELECT coalesce(max(id), 0) FROM claim").fetchall()
        claims = connection.execute(_CLAIM).rowcount
        connection.execute(f"{_FACT_OF_CLAIM} {before}")
    else:
        connection.execute("ANALYZE decision")
        claims = connection.execute(_CLAIM_AND_FACT).rowcount
    withheld = connection.execute(_FACT_OF_WITHHELD).rowcount
    connection.execute(_LOOK_AHEAD)
    connection.commit()
    connection.close()
    return {"claims": claims, "withheld": withheld}


def know(url: str) -> Ready:
    """Return the shape and the next look of every situation."""
    connection = _connect(url)
    ready = {tuple(row[:6]): (row[6], row[7]) for row in connection.execute("SELECT * FROM ready").fetchall()}
    connection.close()
    return ready


def _connect(url: str) -> Driver:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return psycopg.connect(parsed.set(drivername="postgresql").render_as_string(hide_password=False))
    connection = sqlite3.connect(str(parsed.database), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _decide(
    due: set[tuple[Any, ...]], topics: dict[str, int], quiets: dict[str, int]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Return the rows of `ready` and `saying`."""
    policy, calendar = load_policy("default").escalation, load_calendar("cn")
    steps: dict[str, int] = {}
    shapes: dict[object, tuple[int, Decision]] = {}
    decisions, sayings = [], []
    for one in register.situations():
        of = one.situation
        key = (of.kind, " ".join(of.topics), of.anchor, of.looked_on, of.blocked, write(of.quiet))
        if key not in due:
            continue
        decision = decide(of, policy, calendar, register.TODAY)
        taken = [
            (t.occasion.step.name, t.occasion.repetition, t.occasion.duty, t.withheld, t.quiet)
            for t in decision.takings
        ]
        shape, _ = shapes.setdefault((id(decision.ladder), *taken), (len(shapes), decision))
        decisions.append(
            (_KINDS.index(of.kind), topics[key[1]], of.anchor.toordinal(), of.looked_on.toordinal(), int(of.blocked),
             quiets[key[5]], shape, decision.look_on.toordinal())
        )  # fmt: skip
    held = frozenset(post for unit in register.UNITS for post in register.posts(unit).values()) - register.VACANT
    for shape, decision in shapes.values():
        for unit in register.UNITS:
            for number, call in enumerate(address(decision, register.posts(unit), held)):
                step = steps.setdefault(call.occasion.step.name, len(steps))
                withheld = None if call.withheld is None else _WITHHELD.index(call.withheld)
                slip = _SLIPS.index(call.occasion.step.slip)
                said = (step, call.occasion.repetition, slip, call.post_id, call.instead_of, withheld)
                sayings.append((shape, unit, number, *said))
    return decisions, sayings


def main() -> None:
    url = sys.argv[1]
    if len(sys.argv) == 2:
        ready = know(url)
        report(lambda: sweep_once(url, ready))
    else:
        rows, due = map(int, sys.argv[2:])
        load(url, register.rows(rows, due))


if __name__ == "__main__":
    main()
