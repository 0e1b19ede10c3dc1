"""Whoever tampers with the ledger, by hand and with the triggers dropped, is found, and where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlmodel import col, delete, select

from models.commands.seal import seal
from models.database import reading, writing
from models.ledger import Fact
from models.merkle import leaf_hash
from models.queries.facts import pages
from models.queries.seals import Sealed, seals
from models.queries.verify import Breach, Verified, verify
from models.seal import Kept, Leaves, Seal
from models.vocabulary import FactKind

if TYPE_CHECKING:
    from sqlalchemy import Engine

AT = datetime(2024, 1, 2, tzinfo=UTC)
SPANS = {1: (1, 10), 2: (12, 21), 3: (23, 32)}
"""The facts under each seal; 11 and 22 were drawn by transactions that came to nothing."""

Found = tuple[Breach, int | None, int | None, int | None]
INSERT = (
    "INSERT INTO ledger SELECT {}, at, kind, measure_id, person_id, post_id, run_id, payload "
    "FROM ledger WHERE id = 15"
)


@pytest.fixture
def sealed(engine: Engine) -> Engine:
    """A ledger with three seals, whose triggers somebody has dropped."""
    for run, (first, last) in SPANS.items():
        write(engine, range(first, last + 1), run)
        seal(engine, run, AT + timedelta(hours=run))
    with engine.begin() as connection:
        for table in ("ledger", "seal", "leaves"):
            if engine.dialect.name == "sqlite":
                for verb in ("UPDATE", "DELETE"):
                    connection.execute(text(f"DROP TRIGGER {table}_is_append_only_{verb}"))
            else:
                connection.execute(text(f"DROP TRIGGER {table}_is_append_only ON {table}"))
    return engine


def write(engine: Engine, ids: range, run: int, said: str = "事") -> None:
    with writing(engine) as session:
        session.add_all(
            Fact(
                id=fact,
                at=AT + timedelta(seconds=fact),
                kind=FactKind.CLAIM,
                measure_id=fact % 3,
                person_id=None,
                post_id=7,
                run_id=run,
                payload=f'{{"{said}": {fact}}}',
            )
            for fact in ids
        )


def tamper(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def verified(engine: Engine, kept: Kept | None = None) -> Verified:
    with reading(engine) as session:
        return verify(session, kept)


def found(engine: Engine, kept: Kept | None = None) -> list[Found]:
    return [(one.kind, one.seal, one.first, one.last) for one in verified(engine, kept).differences]


def test_an_honest_ledger_has_no_difference(sealed: Engine) -> None:
    write(sealed, range(40, 45), run=4)
    honest = verified(sealed)
    assert (honest.seals, honest.facts, honest.unsealed, honest.differences) == (3, 30, 5, ())


@pytest.mark.parametrize(
    "change",
    [
        "at = '2024-01-02 00:00:15.000001+00'",
        "kind = 'receipt'",
        "measure_id = 99",
        "measure_id = NULL",
        "person_id = 0",
        "post_id = 8",
        "run_id = 9",
        "payload = '{\"事\": 15 }'",
    ],
)
@pytest.mark.parametrize(("fact", "under"), [(1, 1), (15, 2), (32, 3)])
def test_a_fact_that_was_changed_in_any_column_is_named(sealed: Engine, change: str, fact: int, under: int) -> None:
    tamper(sealed, f"UPDATE ledger SET {change} WHERE id = {fact}")
    assert found(sealed) == [(Breach.CHANGED, under, fact, fact)]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "change",
    ["measure_id = 'x'", "person_id = 'null'", "post_id = x'07'", "payload = CAST(payload AS BLOB)", "payload = 1.5"],
)
def test_a_value_that_is_not_of_its_column_s_type_is_a_change(sealed: Engine, change: str) -> None:
    tamper(sealed, f"UPDATE ledger SET {change} WHERE id = 15")
    assert found(sealed) == [(Breach.CHANGED, 2, 15, 15)]


@pytest.mark.parametrize(("fact", "under"), [(1, 1), (15, 2), (21, 2), (23, 3), (32, 3)])
def test_a_fact_that_was_removed_is_named(sealed: Engine, fact: int, under: int) -> None:
    tamper(sealed, f"DELETE FROM ledger WHERE id = {fact}")
    assert found(sealed) == [(Breach.REMOVED, under, fact, fact)]


@pytest.mark.parametrize(("fact", "under"), [(-5, 1), (0, 1), (11, 2), (22, 3)])
def test_a_fact_that_was_inserted_before_the_last_seal_is_named(sealed: Engine, fact: int, under: int) -> None:
    tamper(sealed, INSERT.format(fact))
    assert found(sealed) == [(Breach.INSERTED, under, fact, fact)]


def test_a_fact_with_an_old_date_that_was_added_at_the_end_is_not_under_the_old_seals(sealed: Engine) -> None:
    tamper(sealed, INSERT.format(33), "UPDATE ledger SET at = '2020-01-01 00:00:00.000000+00' WHERE id = 33")
    forged = verified(sealed)
    assert (forged.facts, forged.unsealed, forged.differences) == (30, 1, ())


def test_two_facts_that_changed_places_are_both_named(sealed: Engine) -> None:
    tamper(sealed, *(f"UPDATE ledger SET id = {to} WHERE id = {fact}" for fact, to in ((14, 99), (25, 14), (99, 25))))
    assert found(sealed) == [(Breach.CHANGED, 2, 14, 14), (Breach.CHANGED, 3, 25, 25)]


def test_a_fact_that_was_moved_is_missing_here_and_too_many_there(sealed: Engine) -> None:
    tamper(sealed, "UPDATE ledger SET id = 22 WHERE id = 5")
    assert found(sealed) == [(Breach.REMOVED, 1, 5, 5), (Breach.INSERTED, 3, 22, 22)]


def test_everything_is_named_at_once(sealed: Engine) -> None:
    tamper(
        sealed,
        "UPDATE ledger SET post_id = 1 WHERE id IN (2, 30)",
        "DELETE FROM ledger WHERE id BETWEEN 13 AND 14",
        INSERT.format(22),
        "UPDATE seal SET at = '2024-01-02 00:00:00.000000+00' WHERE number = 1",
    )
    assert found(sealed) == [
        (Breach.SEAL_CHANGED, 1, None, None),
        (Breach.CHANGED, 1, 2, 2),
        (Breach.REMOVED, 2, 13, 14),
        (Breach.INSERTED, 3, 22, 22),
        (Breach.CHANGED, 3, 30, 30),
    ]


@pytest.mark.parametrize(
    "change",
    [
        "run_id = 9",
        "at = '2024-01-02 00:00:00.000001+00'",
        "size = size + 1",
        "last_fact = last_fact - 1",
        "root = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
        "former = root",
    ],
)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_seal_that_was_changed_is_named(sealed: Engine, change: str, number: int) -> None:
    tamper(sealed, f"UPDATE seal SET {change} WHERE number = {number}")
    assert found(sealed) == [(Breach.SEAL_CHANGED, number, None, None)]


def test_a_changed_head_is_found_at_its_seal_and_at_the_next(sealed: Engine) -> None:
    tamper(sealed, "UPDATE seal SET head = root WHERE number = 2")
    assert found(sealed) == [(Breach.SEAL_CHANGED, 2, None, None), (Breach.SEAL_CHANGED, 3, None, None)]


def test_a_seal_with_another_number_is_found(sealed: Engine) -> None:
    tamper(sealed, "UPDATE seal SET number = 7 WHERE number = 3")
    assert (Breach.SEAL_REMOVED, 3, 23, 32) in found(sealed)
    assert (Breach.SEAL_CHANGED, 7, None, None) in found(sealed)


@pytest.mark.parametrize(("number", "kind"), [(1, "seal_removed"), (2, "seal_removed"), (3, "unfinished")])
def test_a_seal_that_was_removed_is_named_with_its_facts(sealed: Engine, number: int, kind: str) -> None:
    tamper(sealed, f"DELETE FROM seal WHERE number = {number}")
    assert found(sealed) == [(Breach(kind), number, *SPANS[number])]


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM leaves WHERE seal = {}",
        "UPDATE leaves SET size = size + 1 WHERE seal = {}",
        "UPDATE leaves SET hashes = ids WHERE seal = {}",
        "UPDATE leaves SET ids = hashes WHERE seal = {}",
        "UPDATE leaves SET peaks = '' WHERE seal = {}",
    ],
)
def test_recorded_hashes_that_were_changed_are_told_from_facts_that_were(
    sealed: Engine, number: int, change: str
) -> None:
    tamper(sealed, change.format(number))
    assert found(sealed) == [(Breach.HASHES_CHANGED, number, *SPANS[number])]


def test_a_changed_fact_whose_recorded_hash_was_changed_with_it_is_found_under_its_seal(sealed: Engine) -> None:
    tamper(sealed, "UPDATE ledger SET post_id = 1 WHERE id = 15")
    with writing(sealed) as session:
        row = session.exec(select(Leaves).where(Leaves.seal == 2)).one()
        (page,) = pages(session.connection(), 10, 21)
        row.hashes = b"".join(leaf_hash(data) for _, data in page)
        session.add(row)
    assert {place for place in found(sealed) if place[0] is Breach.UNPROVEN} == {(Breach.UNPROVEN, 2, *SPANS[2])}
    assert {place[1] for place in found(sealed)} == {2}


def forge_from(engine: Engine, number: int) -> None:
    """Do what somebody would who wants to be found by nobody: make every seal anew from one on."""
    first, _ = SPANS[number]
    with writing(engine) as session:
        later = [fact.model_dump() for fact in session.exec(select(Fact).where(col(Fact.id) >= first)).all()]
        for table, column in ((Fact, Fact.id), (Seal, Seal.number), (Leaves, Leaves.seal)):
            session.execute(delete(table).where(col(column) >= (first if table is Fact else number)))
    for run in range(number, len(SPANS) + 1):
        with writing(engine) as session:
            session.add_all(Fact(**fact) for fact in later if SPANS[run][0] <= fact["id"] <= SPANS[run][1])
        seal(engine, run, AT + timedelta(hours=run))


@pytest.mark.parametrize("number", [1, 2])
def test_a_chain_that_was_forged_to_its_end_is_found_by_a_head_on_paper(sealed: Engine, number: int) -> None:
    heads = {seal.number: seal.head for seal in stored(sealed)}
    tamper(sealed, "UPDATE ledger SET post_id = 1 WHERE id = 15")
    forge_from(sealed, number)
    assert found(sealed) == []
    assert found(sealed, Kept(1, heads[1])) == []  # what is older than the forgery is as it was
    for kept in (Kept(3, heads[3]), Kept(2, heads[2][:16].upper())):
        assert found(sealed, kept) == [(Breach.OTHER_HEAD, kept.number, None, None)]
    assert found(sealed, Kept(None, heads[3][:16])) == [(Breach.OTHER_HEAD, None, None, None)]


@pytest.mark.parametrize("number", [2, 3])
def test_a_ledger_that_was_cut_off_behind_a_seal_is_found_by_the_head_of_a_later_one(
    sealed: Engine, number: int
) -> None:
    heads = {seal.number: seal.head for seal in stored(sealed)}
    tamper(
        sealed,
        f"DELETE FROM ledger WHERE id >= {SPANS[number][0]}",
        f"DELETE FROM leaves WHERE seal >= {number}",
        f"DELETE FROM seal WHERE number >= {number}",
    )
    assert found(sealed) == []  # what is left is whole, and says nothing of what is not
    assert found(sealed, Kept(number - 1, heads[number - 1])) == []
    assert found(sealed, Kept(3, heads[3][:16])) == [(Breach.OTHER_HEAD, 3, None, None)]
    write(sealed, range(40, 45), run=4)
    seal(sealed, 4, AT + timedelta(hours=4))  # and the next run does not heal it
    assert found(sealed, Kept(number, heads[number])) == [(Breach.OTHER_HEAD, number, None, None)]
    assert found(sealed, Kept(None, heads[3][:16])) == [(Breach.OTHER_HEAD, None, None, None)]


def test_hashes_that_were_put_under_another_seal_are_found_at_both(sealed: Engine) -> None:
    tamper(sealed, "UPDATE leaves SET seal = 3 WHERE seal = 2")
    assert (Breach.HASHES_CHANGED, 2, *SPANS[2]) in found(sealed)


def stored(engine: Engine) -> list[Sealed]:
    with reading(engine) as session:
        return seals(session)


def test_a_head_that_was_kept_is_found_by_its_number_or_by_itself(sealed: Engine) -> None:
    for one in stored(sealed):
        assert found(sealed, Kept(one.number, one.head[:16])) == found(sealed, Kept(None, one.head)) == []
    assert found(sealed, Kept(1, stored(sealed)[1].head)) == [(Breach.OTHER_HEAD, 1, None, None)]
    assert found(sealed, Kept(4, stored(sealed)[2].head)) == [(Breach.OTHER_HEAD, 4, None, None)]


def test_a_ledger_that_was_emptied_is_found(sealed: Engine) -> None:
    tamper(sealed, "DELETE FROM ledger")
    assert found(sealed) == [(Breach.REMOVED, number, first, last) for number, (first, last) in SPANS.items()]


def test_sealing_on_after_tampering_hides_nothing(sealed: Engine) -> None:
    tamper(sealed, "UPDATE ledger SET post_id = 1 WHERE id = 15", "DELETE FROM ledger WHERE id = 32")
    write(sealed, range(40, 45), run=4)
    seal(sealed, 4, AT + timedelta(hours=4))
    assert found(sealed) == [(Breach.CHANGED, 2, 15, 15), (Breach.REMOVED, 3, 32, 32)]
