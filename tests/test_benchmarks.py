from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import select

from benchmarks import byhand, facts, ours, register
from benchmarks.bulk import driver
from benchmarks.ratio import Ratio, table, times
from config.calendar import load_calendar
from config.policy import load_policy
from models.database import open_database, reading
from models.ledger import Fact
from models.queries.facts import pages
from models.reminder import Reminder
from models.vocabulary import FactKind
from models.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import Databases

ROWS, DUE = 1_200, 400

Effect = tuple[Counter[tuple[Any, ...]], Counter[tuple[Any, ...]], Counter[tuple[Any, ...]]]
"""Claims, facts and looks, in what both sides have of them."""


@pytest.fixture
def urls(databases: Databases) -> Iterator[tuple[str, str]]:
    """Two empty databases of one kind, one for each side."""
    with databases.empty() as mine, databases.empty() as theirs:
        yield mine, theirs


def test_both_sides_of_the_sweep_benchmark_do_the_same(urls: tuple[str, str]) -> None:
    mine, theirs = urls
    ours.load(mine, register.rows(ROWS, DUE))
    byhand.load(theirs, register.rows(ROWS, DUE))
    done = ours.sweep_once(mine, load_policy("default").escalation, load_calendar("cn"))
    assert done == byhand.sweep_once(theirs, byhand.know(theirs))
    assert done["claims"] > DUE
    assert done["withheld"] > 0
    assert effect_of_duban(mine) == effect_of_hand(theirs)


def effect_of_duban(url: str) -> Effect:
    engine = open_database(url)
    with reading(engine) as session:
        effect = (
            Counter(
                (r.measure_id, r.anchor.toordinal(), r.repetition, r.post_id) for r in session.exec(select(Reminder))
            ),
            Counter((f.measure_id, f.post_id) for f in session.exec(select(Fact).where(Fact.kind != FactKind.RUN))),
            Counter(
                (w.measure_id, w.look_on.toordinal(), w.looked_on.toordinal()) for w in session.exec(select(Watch))
            ),
        )
    engine.dispose()
    return effect


def effect_of_hand(url: str) -> Effect:
    engine = open_database(url)
    with engine.connect() as connection:
        claims, facts, watches = (
            Counter(tuple(row) for row in connection.exec_driver_sql(query))
            for query in (
                "SELECT measure, anchor, repetition, post FROM claim",
                "SELECT measure, post FROM fact",
                "SELECT measure, look, looked FROM watch",
            )
        )
    engine.dispose()
    return claims, facts, watches


def test_a_register_has_as_many_measures_due_as_asked_for() -> None:
    rows = list(register.rows(25_001, 777))
    assert len({measure for _, measure, *_ in rows}) == 25_001
    assert sum(look_on <= register.TODAY for look_on, *_ in rows) == 777


def test_a_ratio_is_the_median_of_the_pairs_and_is_shown_with_its_limit() -> None:
    slow, fast = times("slow", [(6.0, 2.0), (9.0, 1.0), (5.0, 2.0)], 2.5), Ratio("fast", 1.0, 2.0, "x", "")
    assert (slow.figure, slow.verdict, fast.verdict) == (3.0, "EXCEEDED", "holds")
    assert [line.split()[:6] for line in table([slow, fast]).splitlines()[1:]] == [
        ["slow", "3.00", "x", "2.5", "x", "EXCEEDED"],
        ["fast", "1.00", "x", "2", "x", "holds"],
    ]


def test_both_sides_of_the_sealing_benchmark_hash_the_same_bytes(migrated_url: str) -> None:
    facts.load(migrated_url, 5_000)
    engine = open_database(migrated_url)
    with reading(engine) as session:
        by_hand = [fact for page in facts.pages_by_hand(driver(session.connection())) for fact in page]
        assert by_hand == [fact for page in pages(session.connection(), 0, 5_000) for fact in page]
    engine.dispose()
    assert facts.hash_by_hand(migrated_url)["facts"] == facts.seal_and_verify(migrated_url)["facts"] == 5_000
