from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from models.commands.ledger import record
from models.commands.seal import seal
from models.database import open_database, reading, upgrade, writing
from models.proof import check
from models.queries.proof import Unprovable, proof
from models.seal import Kept
from models.vocabulary import FactKind

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

AT = datetime(2024, 1, 2, tzinfo=UTC)
SEALS = (5, 8, 8, 21)
"""Facts under each of four seals."""


def grow(engine: Engine) -> None:
    size = 0
    for run, to in enumerate(SEALS, 1):
        with writing(engine) as session:
            for count in range(size, to):
                record(session, FactKind.PROGRESS, AT, measure_id=count % 3, text=f"第{count}次")
        seal(engine, run, AT)
        size = to


def prove(engine: Engine, *facts: int) -> dict[str, Any]:
    with reading(engine) as session:
        found: dict[str, Any] = json.loads(json.dumps(proof(session, "1.3-2", facts)))
    return found


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A proof of the facts 7, 12 and 21."""
    url = f"sqlite:///{tmp_path_factory.mktemp('proof') / 'office.sqlite'}"
    upgrade(url)
    engine = open_database(url)
    grow(engine)
    found = prove(engine, 7, 12, 21)
    engine.dispose()
    return found


@pytest.mark.parametrize("facts", [(1,), (21,), (2, 5, 6, 8, 9, 20), tuple(range(1, 22))])
def test_a_proof_shows_that_its_facts_are_sealed(engine: Engine, facts: tuple[int, ...]) -> None:
    grow(engine)
    found = prove(engine, *facts)
    checked = check(found)
    assert (checked.facts, checked.measure, checked.problems) == (len(facts), "1.3-2", ())
    assert checked.newest is not None
    assert (checked.newest.number, checked.newest.size) == (4, 21)
    for one in found["seals"]:
        assert check(found, Kept(one["number"], one["head"][:16])).problems == ()


def test_a_proof_holds_the_seals_from_the_first_that_covers_a_fact(document: dict[str, Any]) -> None:
    assert [one["number"] for one in document["seals"]] == [2, 3, 4]


def test_what_is_not_sealed_yet_is_left_out_or_cannot_be_proved(engine: Engine) -> None:
    grow(engine)
    with writing(engine) as session:
        record(session, FactKind.PROGRESS, AT, measure_id=1, text="later")
    assert [one["index"] for one in prove(engine, 3, 22)["facts"]] == [2]
    with pytest.raises(Unprovable, match=r"Nothing about 1\.3-2 is sealed yet"):
        prove(engine, 22)


def test_a_ledger_that_was_tampered_with_proves_nothing(document: dict[str, Any], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'office.sqlite'}"
    upgrade(url)
    engine = open_database(url)
    grow(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER ledger_is_append_only_UPDATE")
        connection.exec_driver_sql("UPDATE ledger SET post_id = 1 WHERE id = 12")
    with pytest.raises(Unprovable, match="is not what was sealed"):
        prove(engine, 7, 12)
    assert check(prove(engine, 7)).problems == ()
    engine.dispose()
    assert document["facts"]


def changed(document: dict[str, Any], *where: str | int, value: Any) -> dict[str, Any]:
    """The document with another value at one place."""
    found: Any = copy.deepcopy(document)
    inner = found
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = value
    return found  # type: ignore[no-any-return]


ZERO = "00" * 32
CHANGES: dict[tuple[str | int, ...], tuple[Any, str]] = {
    ("facts", 0, "bytes"): ("[7]", "facts[0] (fact 7]): is not under seal 4"),
    ("facts", 1, "index"): (12, "facts[1] (fact 12): is not under seal 4"),
    ("facts", 2, "path"): ([], "facts[2] (fact 21): is not under seal 4"),
    ("facts", 0, "path", 0): (ZERO, "facts[0] (fact 7): is not under seal 4"),
    ("seals", 0, "size"): (7, "seals[0] (seal 2): its head is not the one over what it says"),
    ("seals", 1, "at"): ("2020", "seals[1] (seal 3): its head is not the one over what it says"),
    ("seals", 1, "head"): ("ab", "seals[1] (seal 3): its head is not the one over what it says"),
    ("seals", 0, "bridge", 0): (ZERO, "seals[0] (seal 2): the newest seal has not grown from it"),
}


@pytest.mark.parametrize("where", CHANGES, ids=str)
def test_whatever_is_changed_in_a_proof_is_found_at_its_place(
    document: dict[str, Any], where: tuple[str | int, ...]
) -> None:
    value, said = CHANGES[where]
    assert said in check(changed(document, *where, value=value)).problems


def test_a_seal_that_was_taken_out_of_a_proof_is_missed(document: dict[str, Any]) -> None:
    shorter = changed(document, "seals", value=[document["seals"][0], document["seals"][2]])
    assert check(shorter).problems == ("seals[1] (seal 4): does not follow on the one before it",)


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        (("format",), "other", "format: is not 'duban-proof-1'; this is no proof that duban wrote"),
        (("seals",), [], "seals: is missing"),
        (("facts",), {}, "facts: is missing"),
        (("facts", 1), 7, "facts[1].index: is missing, or not what it should be"),
        (("facts", 1, "index"), "7", "facts[1].index: is missing, or not what it should be"),
        (("facts", 1, "index"), True, "facts[1].index: is missing, or not what it should be"),
        (("facts", 1, "path", 0), "xy", "facts[1].path: is not in hexadecimal digits"),
        (("facts", 1, "path", 0), 5, "facts[1].path: is not in hexadecimal digits"),
        (("seals", 0, "root"), "00", "seals[0].root: is not in hexadecimal digits"),
        (("seals", 0, "bridge"), None, "seals[0].bridge: is missing, or not what it should be"),
    ],
)
def test_a_broken_proof_is_refused_with_the_place(
    document: dict[str, Any], where: tuple[str | int, ...], value: Any, said: str
) -> None:
    checked = check(changed(document, *where, value=value))
    assert said in checked.problems
    assert checked.newest is None


@pytest.mark.parametrize("nonsense", [None, [], 5, "text", {}])
def test_what_is_no_proof_at_all_is_said_to_be_none(nonsense: Any) -> None:
    assert check(nonsense).problems == ("format: is not 'duban-proof-1'; this is no proof that duban wrote",)


def test_a_head_that_was_kept_is_looked_for_among_the_seals(document: dict[str, Any]) -> None:
    heads = {one["number"]: one["head"] for one in document["seals"]}
    assert check(document, Kept(None, heads[3])).problems == ()
    for kept in (Kept(2, heads[3]), Kept(9, heads[3]), Kept(None, "0" * 16)):
        (said,) = check(document, kept).problems
        assert said.startswith("seals: none of 2 to 4 has the head that was kept")
