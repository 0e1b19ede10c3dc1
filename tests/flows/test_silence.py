from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from flows.silence import report_silences
from models.acknowledgement import Unacknowledged
from models.commands.acknowledge import acknowledge
from models.commands.move import Given, move
from models.database import reading
from models.queries.replies import acknowledgeable
from models.vocabulary import Action, FactKind, MessageKind, MessageState, ReplyBy
from tests.desk import LATE, MONDAY, SmallOffice, at
from tests.factory import RULES, actor, id_of

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from models.outbox import Message

DAY = timedelta(days=1)
LIMIT = MONDAY + 3 * DAY  # Thursday, the third working day
AFTER = LIMIT + DAY


class Office(SmallOffice):
    """A small office that has delivered on MONDAY."""

    def morning(self, day: date) -> None:
        self.night(day)
        self.deliver(at(day))

    def report(self, day: date) -> int:
        return report_silences(self.place, at(day), at(day))

    def notices(self) -> list[Message]:
        return [message for message in self.messages() if message.kind is MessageKind.NOTICE]

    def acknowledge(self, message: Message, *chosen: str) -> None:
        with self.changing() as session:
            asked = acknowledgeable(session, id_of(message))
            assert asked is not None
            by = actor(session, asked.person, MONDAY)
            acknowledge(session, asked, by, ReplyBy.LINK, RULES, chosen or None)


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    office = Office(engine, tmp_path)
    office.add("1.1-1", due_on=LATE)
    office.morning(MONDAY)
    return office


def test_who_has_not_acknowledged_in_time_is_named_to_the_supervisor_once(office: Office) -> None:
    assert [office.report(MONDAY + days * DAY) for days in range(6)] == [0, 0, 0, 0, 1, 0]
    (notice,) = office.notices()
    assert (notice.target, notice.state) == ("bus-supervisor", MessageState.HELD)
    assert notice.subject == "【督办】1人未按时签收督办消息"
    assert notice.body == (
        "bus-supervisor：\n\n截至12月29日，以下人员收到督办消息后未按时签收。\n\n"
        "1. bus-responsible：12月25日送达，至今未签收\n   措施（1.1-1）\n\n"
        "请您：当面或电话提醒签收\n\n交通运输局督办系统自动发送\n"
    )
    (fact,) = office.facts(FactKind.UNACKNOWLEDGED)
    told: dict[str, Any] = {
        "message": office.messages()[0].key,
        "notice": notice.key,
        "on": str(AFTER),
        "told": "bus-supervisor",
    }
    assert fact.items() >= told.items()
    assert fact["since"].startswith("2023-12-25")


def test_who_acknowledged_is_not_named(office: Office) -> None:
    office.acknowledge(office.messages()[0])
    assert office.report(AFTER) == 0
    assert office.notices() == []


def test_who_acknowledged_a_part_is_named_for_the_rest(engine: Engine, tmp_path: Path) -> None:
    office = Office(engine, tmp_path)
    office.add("1.1-1", due_on=LATE)
    office.add("1.1-2", due_on=LATE)
    office.morning(MONDAY)
    office.acknowledge(office.messages()[0], "1.1-2")
    assert office.report(AFTER) == 1
    assert "（1.1-1）" in office.notices()[0].body
    assert "（1.1-2）" not in office.notices()[0].body


def test_what_is_no_longer_true_needs_no_acknowledgement(office: Office) -> None:
    with office.changing() as session:
        applied = Given(outside_body="发改局", document="1号")
        move(session, "1.1-1", Action.APPLY, actor(session, "bus-responsible", MONDAY), applied, RULES)
    assert office.report(AFTER) == 0


def test_what_did_not_arrive_is_nobodys_silence(engine: Engine, tmp_path: Path) -> None:
    office = Office(engine, tmp_path)
    office.add("1.1-1", due_on=LATE)
    office.night(MONDAY)
    assert office.report(AFTER) == 0


def test_the_supervisors_own_silence_is_reported_to_the_head(engine: Engine, tmp_path: Path) -> None:
    office = Office(engine, tmp_path)
    office.add("1.1-1", due_on=None, due_basis="unset", registered_on=MONDAY)
    office.morning(MONDAY)
    assert office.messages()[0].target == "bus-supervisor"
    assert office.report(AFTER) == 1
    assert [notice.target for notice in office.notices()] == ["bus-head"]


def test_a_vacant_supervisor_is_passed_over(office: Office) -> None:
    office.leave("bus-supervisor", MONDAY + DAY)
    assert office.report(AFTER) == 1
    assert [notice.target for notice in office.notices()] == ["bus-head"]


def test_nobody_is_told_of_silence_twice_a_day(office: Office) -> None:
    assert office.report(AFTER) == 1
    office.add("1.1-2", due_on=date(2023, 12, 22))
    office.night(AFTER)
    office.deliver(at(AFTER), lambda: at(MONDAY))  # as if it had arrived long ago, and been forgotten
    assert office.report(AFTER) == 0
    assert office.report(AFTER + DAY) == 2  # the responsible post and the deputy
    assert [notice.target for notice in office.notices()] == ["bus-supervisor"] * 2


def test_the_database_refuses_to_report_a_message_twice(office: Office) -> None:
    office.report(AFTER)
    with reading(office.place.engine) as session:
        (row,) = session.exec(select(Unacknowledged)).all()
        again = row.model_dump()
    with pytest.raises(IntegrityError), office.changing() as session:
        session.add(Unacknowledged(**again))
