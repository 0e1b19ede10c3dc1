"""The audit finds nothing where all is well, and whatever was done behind duban's back, with the place."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url, text

from flows.audit import Audit, audit
from models.commands.posts import vacate
from models.commands.suspend import suspend
from models.database import open_database, writing
from models.vocabulary import Duty
from tests.desk import MIDNIGHT, MONDAY, MORNING, Desk, SmallOffice, at, workplace
from tests.factory import RULES, actor, id_of
from tests.owed import CLOSEOUT, PERMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.postgres import PostgresServer

DAY = timedelta(days=1)
NIGHTS = [MONDAY + DAY * number for number in range(-10, 1)]


def live(url: str, home: Path) -> None:
    """Let an office work for some nights, and leave the drafts of the last one held.

    Some of what it promised is late; it has a post that falls vacant, and measures that are blocked and suspended.
    """
    engine = open_database(url)
    desk = SmallOffice(engine, home)
    with desk.changing() as session:
        make = desk.make
        road = make.add_unit("road", vacant=[Duty.INSPECTION])
        make.add_measure("1.1-1", due_on=MONDAY - 15 * DAY)
        make.add_measure("1.1-2", due_on=MONDAY - 9 * DAY, unit_id=id_of(road))
        make.add_measure("1.1-3", due_on=MONDAY + DAY)
        make.add_measure("1.1-4", submitted_on=MONDAY - 10 * DAY, **CLOSEOUT)
        bond = make.add_measure("1.1-5", topics="special-bond", applied_on=MONDAY - 20 * DAY, **PERMIT)
        make.add_dependency(make.add_measure("1.1-6", due_on=MONDAY - 8 * DAY), bond)
        make.add_measure("1.1-7", due_on=MONDAY - 2 * DAY)
        make.add_measure("3.2-1", standing=True, rrule="FREQ=WEEKLY;BYDAY=MO", topics="party-dues")
    for night in NIGHTS:
        desk.night(night)
        if night == NIGHTS[2]:
            with desk.changing() as session:
                vacate(session, "road-deputy", night + DAY, "调离", actor(session, "road-supervisor", night))
        if night == NIGHTS[4]:
            with desk.changing() as session:
                suspend(session, "1.1-7", "停", MONDAY, actor(session, "bus-supervisor", night), RULES)
        if night != MONDAY:
            desk.deliver(at(night, MORNING))
    engine.dispose()


@pytest.fixture(scope="module")
def sqlite_office(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office on SQLite, to be copied."""
    home = tmp_path_factory.mktemp("office")
    live(f"sqlite:///{shutil.copyfile(sqlite_template, home / 'office.sqlite')}", home)
    return home / "office.sqlite"


@pytest.fixture(scope="module")
def postgres_office(
    postgres: PostgresServer, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of the office's database on PostgreSQL, to be cloned."""
    with postgres.database(postgres_template) as url:
        live(url, tmp_path_factory.mktemp("office"))
        yield make_url(url).database or ""


@pytest.fixture
def desk(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The office as its last night left it, a test's own to spoil."""
    if backend == "sqlite":
        copy = shutil.copyfile(request.getfixturevalue("sqlite_office"), tmp_path / "office.sqlite")
        engine = open_database(f"sqlite:///{copy}")
        yield Desk(workplace(engine, tmp_path))
        engine.dispose()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database(request.getfixturevalue("postgres_office")) as url:
        engine = open_database(url)
        yield Desk(workplace(engine, tmp_path))
        engine.dispose()


def of_the_night(desk: Desk) -> Audit:
    return audit(desk.place, at(MONDAY, MIDNIGHT))


def sabotage(desk: Desk, *statements: str) -> None:
    """Change the database behind duban's back, without the triggers that guard the ledger."""
    with writing(desk.place.engine) as session:
        connection = session.connection()
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER ledger_is_append_only_update"))
            connection.execute(text("DROP TRIGGER ledger_is_append_only_delete"))
        else:
            connection.execute(text("DROP TRIGGER ledger_is_append_only ON ledger"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount > 0, statement


def measure(number: str) -> str:
    return f"(SELECT id FROM measure WHERE number = '{number}')"


def post(slug: str) -> str:
    return f"(SELECT id FROM post WHERE slug = '{slug}')"


HEAD = f"measure_id = {measure('1.1-1')} AND post_id = {post('bus-head')}"
DRAFT = "(SELECT max(id) FROM message WHERE state = 'held')"
LAST = "(SELECT max(id) FROM message WHERE state = 'accepted')"
RUN = "(SELECT max(id) FROM run)"
NOT_YET = f"{measure('1.1-1')}, 'delivery', '2023-12-10', 'overdue-inspection', 0, {post('bus-inspection')}"
SABOTAGE = {
    "a reminder removed": (
        [f"DELETE FROM reminder WHERE {HEAD}"],
        "1.1-1, delivery counted from 2023-12-10, step overdue-head, to bus-head: was claimed, says the ledger, and",
    ),
    "a reminder removed with its fact": (
        [f"DELETE FROM reminder WHERE {HEAD}", f"DELETE FROM ledger WHERE {HEAD}"],
        "1.1-1, delivery counted from 2023-12-10, step overdue-head, to bus-head: came on 2023-12-25, and is neither",
    ),
    "a claim forged": (
        [
            (
                "INSERT INTO reminder (measure_id, watch, anchor, step, repetition, post_id, slip, run_id, overtaken)"
                f" VALUES ({NOT_YET}, 'circulate', {RUN}, false)"
            )
        ],
        "1.1-1, delivery counted from 2023-12-10, step overdue-inspection, to bus-inspection: is claimed",
    ),
    "a claim forged with its fact": (
        [
            (
                "INSERT INTO reminder (measure_id, watch, anchor, step, repetition, post_id, slip, run_id, overtaken)"
                f" VALUES ({NOT_YET}, 'circulate', {RUN}, false)"
            ),
            "INSERT INTO ledger (at, kind, measure_id, post_id, run_id, payload)"
            f" VALUES ('2023-12-25 00:31:00.000000', 'claim', {measure('1.1-1')}, {post('bus-inspection')}, {RUN},"
            ' \'{"watch": "delivery", "anchor": "2023-12-10", "step": "overdue-inspection", "repetition": 0,'
            ' "instead_of": 0}\')'.replace(": ", r"\: "),
        ],
        "1.1-1, delivery counted from 2023-12-10, step overdue-inspection, to bus-inspection: was claimed by run",
    ),
    "a held message deleted": ([f"DELETE FROM message WHERE id = {DRAFT}"], "which is gone"),
    "a message that was accepted deleted": (
        [
            f"DELETE FROM attempt WHERE message_id = {LAST}",
            # what it told is hidden, too
            f"UPDATE reminder SET message_id = {DRAFT} WHERE message_id = {LAST}",
            f"DELETE FROM message WHERE id = {LAST}",
        ],
        "outbox: the ledger has a message with the key",
    ),
    "a reminder taken out of a draft": (
        [f"UPDATE reminder SET message_id = NULL WHERE message_id = {DRAFT}"],
        "1.1-2, delivery counted from 2023-12-16, step overdue-deputy, to road-head: reminder",
    ),
    "a reminder taken out of a message that was accepted": (
        [f"UPDATE reminder SET message_id = NULL WHERE message_id = {LAST}"],
        "left with reminder",
    ),
    "a withheld step forgotten": (
        [f'DELETE FROM ledger WHERE measure_id = {measure("1.1-6")} AND payload LIKE \'%"step"_ "overdue"%\''],
        "1.1-6, delivery counted from 2023-12-17, step overdue, to bus-responsible: came on 2023-12-18, and is",
    ),
    "a watch removed": (
        [f"DELETE FROM watch WHERE measure_id = {measure('1.1-3')}"],
        "1.1-3, delivery: counts from 2023-12-26 and is not watched",
    ),
    "a watch looked at too late": (
        [f"UPDATE watch SET look_on = '2024-06-01' WHERE measure_id = {measure('1.1-3')}"],
        "1.1-3, delivery: is not looked at until 2024-06-01, although a step comes on 2023-12-27",
    ),
    "a look that never was": (
        [f"UPDATE watch SET looked_on = '2024-05-01', look_on = '2024-05-02' WHERE measure_id = {measure('1.1-3')}"],
        "1.1-3, delivery: is marked as looked at on 2024-05-01, when nothing ran",
    ),
    "a receipt forgotten": (
        [
            (
                "DELETE FROM ledger WHERE kind = 'receipt'"
                f" AND payload LIKE (SELECT '%' || key || '%' FROM message WHERE id = {LAST})"
            )
        ],
        "has no receipt in the ledger for attempt 1, which came to accepted",
    ),
    "a receipt embellished": (
        [f"UPDATE attempt SET outcome = 'refused' WHERE message_id = {LAST}"],
        "is accepted, and its last attempt came to refused",
    ),
    "a text altered after it left": (
        [f"UPDATE message SET body = 'nothing' WHERE id = {LAST}"],
        "has another text than the one that left",
    ),
    "a message held back for months": (
        [f"UPDATE message SET release_at = '2024-06-01 01:00:00.000000' WHERE id = {DRAFT}"],
        "is held until 2024-06-01, although messages may leave from 2023-12-25 on",
    ),
    "a holder changed silently": (
        [
            (
                "UPDATE holding SET person_id = (SELECT id FROM person WHERE slug = 'road-head')"
                f" WHERE post_id = {post('bus-responsible')}"
            )
        ],
        "to bus-responsible: goes to bus-responsible, and the post is held by road-head",
    ),
    "a vacant post filled silently": (
        [
            (
                "INSERT INTO holding (post_id, person_id, since, acting) VALUES"
                f" ({post('road-deputy')}, (SELECT id FROM person WHERE slug = 'bus-head'), '2023-12-01', false)"
            )
        ],
        "road-deputy: the ledger left it vacant on 2023-12-18, and it is held by bus-head",
    ),
    "a due date edited": (
        [f"UPDATE measure SET due_on = '2024-03-01' WHERE id = {measure('1.1-3')}"],
        "1.1-3: is due on 2024-03-01, and the ledger's last word is 2023-12-26",
    ),
    "a due date edited, and its watch": (
        [
            f"UPDATE measure SET due_on = '2024-03-01' WHERE id = {measure('1.1-3')}",
            f"UPDATE watch SET anchor = '2024-03-01' WHERE measure_id = {measure('1.1-3')}",
        ],
        "1.1-3: is due on 2024-03-01, and the ledger's last word is 2023-12-26",
    ),
    "a suspension ended silently": (
        [f"UPDATE measure SET review_on = NULL WHERE id = {measure('1.1-7')}"],
        "1.1-7: is suspended until None, and by its suspensions until 2023-12-25",
    ),
    "an occurrence deleted": (
        [
            *(f"DELETE FROM {of} WHERE measure_id = {measure('3.2-1@2024-01-01')}" for of in ("watch", "due_change")),
            "DELETE FROM measure WHERE number = '3.2-1@2024-01-01'",
        ],
        "3.2-1: comes up on 2024-01-01, and that occurrence is not in the register",
    ),
}


def test_an_office_at_work_has_no_difference(desk: Desk) -> None:
    assert of_the_night(desk).differences == ()
    desk.deliver(at(MONDAY, MORNING))
    assert audit(desk.place, at(MONDAY, MORNING)).differences == ()


@pytest.mark.parametrize("name", SABOTAGE)
def test_sabotage_is_found_with_its_place(desk: Desk, name: str) -> None:
    statements, expected = SABOTAGE[name]
    sabotage(desk, *statements)
    found = of_the_night(desk)
    assert found.found == len(found.differences) > 0
    sentences = "\n".join(map(str, found.differences))
    assert expected in sentences
    assert all(" see 'duban " in str(one) for one in found.differences)
