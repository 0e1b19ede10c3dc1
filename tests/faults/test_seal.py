"""Whoever seals may be killed at any moment: the next one goes on, and every fact is under a seal once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from models.commands.seal import seal
from models.database import open_database, reading
from models.ledger import Fact
from models.queries.seals import seals
from models.queries.verify import verify
from models.seal import Leaves
from tests.faults.forking import report_of
from tests.faults.sealer import FACTS, NOW, Job, write

if TYPE_CHECKING:
    from sqlmodel import Session

KILLS = 15
"""How many processes to kill that had hashed some facts and not sealed them."""


def test_whoever_seals_and_is_killed_every_fact_is_sealed_once(migrated_url: str) -> None:
    report = report_of("sealer", Job(migrated_url, KILLS, seed=5))
    runs = report["runs"]
    assert report["kills"] >= report["broken_off"] >= KILLS
    engine = open_database(migrated_url)
    write(engine, len(runs) + 1)
    seal(engine, len(runs) + 1, NOW)
    with reading(engine) as session:
        found = verify(session)
        assert (found.differences, found.unsealed) == ((), 0)
        assert found.facts == FACTS * (len(runs) + 1)
        assert [one.run for one in seals(session)] == [*runs, len(runs) + 1]
        assert hashed(session) == session.exec(select(Fact.id).order_by(col(Fact.id))).all()
    engine.dispose()


def hashed(session: Session) -> list[int]:
    """Return the facts that were hashed, in the order in which they were."""
    joined = b"".join(session.exec(select(Leaves.ids).order_by(col(Leaves.id))).all())
    return [int.from_bytes(joined[start : start + 8], "big") for start in range(0, len(joined), 8)]
