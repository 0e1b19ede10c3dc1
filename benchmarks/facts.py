"""Sealing a ledger: `python -m benchmarks.facts fill|duban|hand DATABASE [FACTS]`."""

import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from benchmarks.bulk import Driver, driver, fill
from benchmarks.process import report
from models.commands.seal import seal
from models.database import open_database, reading, upgrade
from models.queries.verify import verify
from models.vocabulary import FactKind

NOW = datetime(2026, 6, 16, tzinfo=UTC)
_STEPS = ("due-soon", "overdue", "overdue-deputy", "overdue-head", "coordinate", "permit-late")
_PAGE = 4096
_COLUMNS = "id, at, kind, measure_id, person_id, post_id, run_id, payload"
_BY_HAND = {
    "sqlite": f"SELECT id, CAST(json_array({_COLUMNS}) AS blob) FROM ledger WHERE id > ? ORDER BY id LIMIT {_PAGE}",
    "postgresql": """SELECT id, convert_to('[' || id || ',"' || to_char(at AT TIME ZONE 'UTC',
        'YYYY-MM-DD HH24:MI:SS.US') || '","' || kind || '",' || coalesce(measure_id::text, 'null') || ',' ||
        coalesce(person_id::text, 'null') || ',' || coalesce(post_id::text, 'null') || ',' ||
        coalesce(run_id::text, 'null') || ',' || to_json(payload) || ']', 'UTF8')
        FROM ledger WHERE id > %s ORDER BY id LIMIT """
    + str(_PAGE),
}


def main() -> None:
    what, url = sys.argv[1:3]
    if what == "fill":
        load(url, int(sys.argv[3]))
    elif what == "duban":
        report(lambda: seal_and_verify(url))
    else:
        report(lambda: hash_by_hand(url))


def load(url: str, facts: int) -> None:
    """Fill a new database with facts such as sweeps write, and receipts among them."""
    upgrade(url)
    engine = open_database(url)
    with engine.execution_options(writes=True).begin() as connection:
        fill(driver(connection), "ledger", 8, _facts(facts, as_text=engine.dialect.name == "sqlite"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM (ANALYZE)")
    engine.dispose()


def _facts(facts: int, *, as_text: bool) -> Iterator[tuple[object, ...]]:
    for fact in range(1, facts + 1):
        at: object = NOW + timedelta(milliseconds=fact)
        at = f"{at:%Y-%m-%d %H:%M:%S.%f}" if as_text else at
        if fact % 10:
            step = _STEPS[fact % len(_STEPS)]
            said = (
                f'"anchor": "2026-05-{fact % 28 + 1:02}", "step": "{step}", "repetition": {fact % 7}, "instead_of": 0'
            )
            told = f'{{"watch": "delivery", {said}}}'
            yield fact, at, FactKind.CLAIM.value, fact % 99_991, None, fact % 103, fact // 5_000, told
        else:
            told = f'{{"attempt": 1, "detail": "250 已接收 {fact:x}", "key": "{fact:032x}", "outcome": "accepted"}}'
            yield fact, at, FactKind.RECEIPT.value, None, fact % 103, None, None, told


def seal_and_verify(url: str) -> Mapping[str, int]:
    """Put all facts under a seal, and verify it."""
    engine = open_database(url)
    sealed = seal(engine, 1, NOW)
    with reading(engine) as session:
        verified = verify(session)
    engine.dispose()
    if verified.differences or verified.unsealed:
        raise ValueError(f"What was sealed does not verify: {verified}")
    return {"facts": sealed.size}


def hash_by_hand(url: str) -> Mapping[str, int]:
    """Read the same bytes and hash each fact's once; `hashing` are the milliseconds of that alone."""
    engine = open_database(url)
    facts, hashing = 0, 0.0
    with reading(engine) as session:
        for page in pages_by_hand(driver(session.connection())):
            started = time.perf_counter()
            digests = [sha256(data).digest() for _, data in page]
            hashing += time.perf_counter() - started
            facts += len(digests)
    engine.dispose()
    return {"facts": facts, "hashing": round(hashing * 1000)}


def pages_by_hand(connection: Driver) -> Iterator[list[tuple[int, bytes]]]:
    """Yield the facts, each as its id and its bytes, with whatever duban does for safety left out."""
    after, page = 0, [(0, b"")]
    while page:
        if isinstance(connection, sqlite3.Connection):
            page = connection.execute(_BY_HAND["sqlite"], (after,)).fetchall()
        else:
            page = connection.execute(_BY_HAND["postgresql"], (after,), binary=True).fetchall()
        if page:
            yield page
            after = page[-1][0]


if __name__ == "__main__":
    main()
