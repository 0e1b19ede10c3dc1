"""The audit finds nothing where all is well, and whatever was done behind duban's back, with the place."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from flows.audit import Audit, audit
from models.commands.acknowledge import acknowledge, snooze
from models.commands.ledger import record
from models.commands.posts import vacate
from models.commands.suspend import suspend
from models.database import writing
from models.queries.replies import acknowledgeable
from models.vocabulary import Duty, FactKind, ReplyBy
from tests.databases import opening
from tests.desk import MIDNIGHT, MONDAY, MORNING, Desk, SmallOffice, at, workplace
from tests.factory import RULES, actor, id_of
from tests.owed import CLOSEOUT, PERMIT
from tests.sabotage import SABOTAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import Databases

DAY = timedelta(days=1)
NIGHTS = [MONDAY + DAY * number for number in range(-10, 1)]


def live(url: str) -> None:
    """Let an office work for some nights, and leave the drafts of the last one held.

    Some of what it promised is late; it has a post that falls vacant, and measures that are blocked and suspended.
    """
    with opening(url) as engine, TemporaryDirectory() as home:
        live_at(SmallOffice(engine, Path(home)))


def live_at(desk: SmallOffice) -> None:
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
        plain = make.add_measure("1.1-8", due_on=MONDAY + 60 * DAY)
        record(session, FactKind.REGISTER, at(NIGHTS[0]), measure_id=plain.id, due_on=plain.due_on, waits_for=[])
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
        if night == NIGHTS[4]:
            reply(desk, night)


def reply(desk: SmallOffice, on: date) -> None:
    """Let the deputy acknowledge that 1.1-1 is late, and its unit put one occurrence off."""
    sent = {message.target: id_of(message) for message in desk.messages() if message.release_at.date() == on - DAY}
    with desk.changing() as session:
        deputy, unit = (acknowledgeable(session, sent[name]) for name in ("bus-deputy", "bus-responsible"))
        assert deputy is not None
        assert unit is not None
        acknowledge(session, deputy, actor(session, "bus-deputy", on), ReplyBy.LINK, RULES, ["1.1-1"])
        occurrence, by = ["3.2-1@2023-09-04"], actor(session, "bus-responsible", on)
        snooze(session, unit, by, ReplyBy.CODE, MONDAY + DAY, RULES, occurrence)


@pytest.fixture
def desk(databases: Databases, tmp_path: Path) -> Iterator[Desk]:
    """The office as its last night left it, a test's own to spoil."""
    with databases.opened(live) as engine:
        yield Desk(workplace(engine, tmp_path))


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
