from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from models.commands.ledger import record
from models.commands.seal import seal
from models.database import open_database, reading, writing
from models.ledger import Fact
from models.merkle import Tree, leaf_hash
from models.queries.facts import PAGE, canonical, pages
from models.queries.seals import seals, stamp, unsealed
from models.queries.verify import verify
from models.seal import Leaves, Seal
from models.vocabulary import FactKind

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from models.queries.verify import Verified

AT = datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def write(engine: Engine, number: int, **given: Any) -> None:
    with writing(engine) as session:
        for count in range(number):
            record(
                session,
                FactKind.PROGRESS,
                AT + timedelta(seconds=count),
                measure_id=count,
                text=f"第{count}次",
                **given,
            )


def facts(engine: Engine) -> list[tuple[int, bytes]]:
    with reading(engine) as session:
        return [fact for page in pages(session.connection(), 0, 2**31 - 1) for fact in page]


def verified(engine: Engine) -> Verified:
    with reading(engine) as session:
        return verify(session)


def hang(engine: Engine) -> int:
    """How many connections wait for a lock."""
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


ODDITIES = ["".join(map(chr, range(1, 0x300))), "\u2028\u2029\ufeff\x7f\\/", "督办😀", "", "null", '{"a": "\\u0000"}']


@pytest.mark.parametrize("said", ODDITIES, ids=range(len(ODDITIES)))
def test_the_database_writes_the_bytes_of_a_fact_that_python_would(engine: Engine, said: str) -> None:
    early = datetime(1, 2, 3, tzinfo=UTC)
    with writing(engine) as session:
        session.add(Fact(at=AT, kind=FactKind.HAND_OVER, measure_id=7, payload=said))
        session.add(Fact(at=early, kind=FactKind.RUN, person_id=8, post_id=9, run_id=10, payload=said))
    with reading(engine) as session:
        rows = session.exec(select(Fact).order_by(col(Fact.id))).all()
        assert facts(engine) == [(fact.id, canonical(fact.model_dump())) for fact in rows]


def test_a_fact_is_hashed_as_it_is_documented(engine: Engine) -> None:
    write(engine, 1, said='"\\\n')
    (only,) = facts(engine)
    payload = r"{\"said\": \"\\\"\\\\\\n\", \"text\": \"第0次\"}"
    assert only[1].decode() == f'[1,"2024-01-02 03:04:05.678901","progress",0,null,null,null,"{payload}"]'


def test_a_seal_covers_every_fact_so_far_and_holds_the_seal_before(engine: Engine) -> None:
    write(engine, 3)
    first = seal(engine, 1, AT)
    write(engine, 4)
    second = seal(engine, 2, AT)
    tree = Tree()
    tree.extend(leaf_hash(data) for _, data in facts(engine))
    assert (first.number, first.size, first.last_fact, first.former) == (1, 3, 3, "")
    assert (second.number, second.size, second.former, second.root) == (2, 7, first.head, tree.root.hex())
    with reading(engine) as session:
        assert [(one.number, one.facts) for one in seals(session)] == [(1, 3), (2, 4)]
        assert [(one.number, one.facts) for one in seals(session, 1)] == [(2, 4)]
        newest = stamp(session)
        assert newest is not None
        assert (newest.number, newest.size, newest.short) == (2, 7, second.head[:16])
        assert unsealed(session) == 0


def test_a_run_has_one_seal_however_often_it_is_asked_for(engine: Engine) -> None:
    write(engine, 3)
    first = seal(engine, 1, AT)
    write(engine, 1)
    assert seal(engine, 1, AT).head == first.head
    assert verified(engine).unsealed == 1


def test_a_run_with_nothing_to_seal_still_has_its_seal(engine: Engine) -> None:
    empty = seal(engine, 1, AT)
    assert (empty.size, empty.root) == (0, Tree().root.hex())
    again = seal(engine, 2, AT)
    assert again.former == empty.head
    assert verified(engine).differences == ()


def test_a_run_that_was_killed_before_it_sealed_is_sealed_with_the_next(engine: Engine) -> None:
    write(engine, 3)
    seal(engine, 1, AT)
    write(engine, 2)  # run 2, killed before its seal
    write(engine, 2)
    assert seal(engine, 3, AT).size == 7
    found = verified(engine)
    assert (found.seals, found.facts, found.unsealed, found.differences) == (2, 7, 0, ())


def test_sealing_goes_on_from_where_it_was_killed(engine: Engine) -> None:
    many = 2 * PAGE + 10
    with writing(engine) as session:
        session.add_all(Fact(at=AT, kind=FactKind.PROGRESS, payload="{}") for _ in range(many))
    seen: list[int] = []

    def interrupted(number: int) -> None:
        seen.append(number)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seal(engine, 1, AT, batch=PAGE, progress=interrupted)
    with reading(engine) as session:
        assert len(session.exec(select(Leaves)).all()) == len(seen) == 1
        assert session.exec(select(Seal)).all() == []
    whole = seal(engine, 2, AT, batch=PAGE)
    tree = Tree()
    tree.extend(leaf_hash(data) for _, data in facts(engine))
    assert (whole.number, whole.size, whole.root) == (1, many, tree.root.hex())
    assert verified(engine).differences == ()


def test_two_that_seal_at_once_make_one_chain(engine: Engine) -> None:
    write(engine, 50)
    workers = [Thread(target=seal, args=(engine, run, AT)) for run in range(1, 5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = verified(engine)
    assert (found.seals, found.facts, found.differences) == (4, 50, ())


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_seal_waits_for_facts_with_lower_ids_that_are_not_yet_committed(engine: Engine, migrated_url: str) -> None:
    other = open_database(migrated_url)
    with writing(other) as slow:
        record(slow, FactKind.PROGRESS, AT, text="drawn first")
        write(engine, 1)  # drawn second, and there already
        sealing = Thread(target=seal, args=(engine, 1, AT))
        sealing.start()
        while not hang(engine):
            sealing.join(0.01)
        assert sealing.is_alive()
    sealing.join()
    found = verified(engine)
    assert (found.facts, found.unsealed, found.differences) == (2, 0, ())
    other.dispose()


@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
@pytest.mark.parametrize(("table", "column"), [("seal", "size"), ("leaves", "seal")])
def test_seals_can_only_grow(engine: Engine, verb: str, table: str, column: str) -> None:
    write(engine, 1)
    seal(engine, 1, AT)
    with engine.begin() as connection, pytest.raises(Exception, match=f"the {table} is append-only"):
        connection.execute(text(verb.format(table, column, column)))
