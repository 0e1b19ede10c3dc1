from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from flows.handover import hand_post_over
from models.commands.posts import take_leave
from models.lifecycle import Refused
from models.outbox import Message
from models.vocabulary import Duty, FactKind, MessageKind, MessageState
from tests.desk import LATE, MONDAY, SmallOffice, at
from tests.factory import actor, id_of

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

DAY = timedelta(days=1)
SATURDAY = MONDAY - 2 * DAY


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> SmallOffice:
    desk = SmallOffice(engine, tmp_path)
    with desk.changing():
        for slug in ("successor", "b", "c"):
            desk.make.add_person(slug)
    return desk


def hand_over(desk: SmallOffice, to: str, since: date, on: date = SATURDAY, post: str = "bus-responsible") -> None:
    with desk.changing() as session:
        by = actor(session, "bus-supervisor", on)
        hand_post_over(session, desk.place, post, to, since, by, at(on))


def leave(desk: SmallOffice, who: str, substitute: str, since: date, until: date) -> None:
    with desk.changing() as session:
        take_leave(session, who, substitute, since, until, "年休", actor(session, "bus-supervisor", since))


def notices(desk: SmallOffice) -> dict[str, Message]:
    return {message.target: message for message in desk.messages() if message.kind is MessageKind.NOTICE}


def test_both_are_told_in_office_hours_what_goes_along(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATE)
    desk.sweep(at(SATURDAY, time(0, 30)))
    hand_over(desk, "successor", MONDAY)
    told = notices(desk)
    assert told.keys() == {"successor", "bus-responsible"}
    assert {message.release_at for message in told.values()} == {at(MONDAY, time(8, 40))}
    assert told["successor"].subject == "【督办】bus-responsible交接：12月25日起由successor负责"
    assert told["successor"].body == (
        "successor：\n\n2023年12月25日起，bus-responsible由bus-responsible交给successor。\n"
        "在办整改事项1项，随岗位移交；未发出的提醒1条，改发successor。\n"
        "请您：接手办理，督办消息此后发给您\n\n交通运输局督办系统自动发送\n"
    )
    assert "请您：与successor当面交接" in told["bus-responsible"].body


def test_with_nothing_unsaid_nothing_is_said_of_it(desk: SmallOffice) -> None:
    hand_over(desk, "successor", MONDAY)
    assert "在办整改事项0项，随岗位移交。\n" in notices(desk)["successor"].body


def test_of_a_vacant_post_the_successor_alone_is_told(desk: SmallOffice) -> None:
    desk.leave("bus-responsible", SATURDAY)
    hand_over(desk, "successor", MONDAY)
    (notice,) = notices(desk).values()
    assert (notice.target, "由successor负责。" in notice.body) == ("successor", True)


def test_a_notice_leaves_like_any_message_and_no_digest_touches_it(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATE)
    hand_over(desk, "successor", MONDAY)
    before = {target: notice.body for target, notice in notices(desk).items()}
    desk.night(MONDAY)
    assert {target: notice.body for target, notice in notices(desk).items()} == before
    assert desk.deliver(at(MONDAY)).accepted == 3
    assert {one.target for one in desk.messages(MessageState.ACCEPTED)} == {"successor", "bus-responsible"}
    assert len(desk.mailbox("successor")) == 2


def test_what_was_unsaid_is_said_to_the_successor(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATE)
    desk.night(SATURDAY)
    assert desk.told()["bus-responsible"] == ["1.1-1"]
    hand_over(desk, "successor", MONDAY)
    desk.night(MONDAY)
    digests = {one.target: one.state for one in desk.messages() if one.kind is MessageKind.DIGEST}
    assert digests == {"bus-responsible": MessageState.WITHDRAWN, "successor": MessageState.HELD}


def test_a_handover_that_is_refused_tells_nobody(desk: SmallOffice) -> None:
    with pytest.raises(Refused):
        hand_over(desk, "successor", SATURDAY - DAY)
    assert (notices(desk), desk.facts(FactKind.HAND_OVER)) == ({}, [])


# who answers while somebody is away


def test_the_substitute_reads_for_whom_and_the_record_shows_it(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATE)
    leave(desk, "bus-responsible", "b", SATURDAY, MONDAY + DAY)
    desk.night(MONDAY)
    (message,) = desk.messages()
    assert (message.target, message.answers_for) == ("b", "bus-responsible")
    assert "bus-responsible请假，由您代为处理" in message.body
    desk.deliver(at(MONDAY))
    assert [told["answers_for"] for told in desk.facts(FactKind.COMPOSE)] == ["bus-responsible"]


def test_the_substitute_of_a_substitute_answers(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATE)
    leave(desk, "bus-responsible", "b", SATURDAY, MONDAY + DAY)
    leave(desk, "b", "c", MONDAY, MONDAY + DAY)
    desk.night(MONDAY)
    assert desk.told() == {"c": ["1.1-1"]}
    assert "bus-responsible请假，由您代为处理" in desk.draft().body


def test_where_substitutes_lead_in_a_circle_the_holder_is_told_after_all(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATE)
    leave(desk, "bus-responsible", "b", SATURDAY, MONDAY + DAY)
    leave(desk, "b", "bus-responsible", SATURDAY, MONDAY + DAY)
    desk.night(MONDAY)
    assert desk.told() == {"bus-responsible": ["1.1-1"]}
    assert "请假" not in desk.draft().body


def test_three_posts_one_of_them_for_somebody_away_make_one_digest(desk: SmallOffice) -> None:
    with desk.changing():
        for slug in ("road", "pier"):
            unit = desk.make.add_unit(slug, vacant=[Duty.RESPONSIBLE] if slug == "road" else [])
            desk.make.add_measure(f"1.1-{slug}", due_on=LATE, unit_id=id_of(unit))
    desk.add("1.1-bus", due_on=LATE)
    desk.take("road-responsible", "bus-responsible", SATURDAY)
    leave(desk, "pier-responsible", "bus-responsible", SATURDAY, MONDAY + DAY)
    desk.night(MONDAY)
    assert {target: sorted(told) for target, told in desk.told().items()} == {
        "bus-responsible": ["1.1-bus", "1.1-pier", "1.1-road"]
    }
    assert desk.draft().body.count("请假") == 1


def test_on_the_first_day_back_the_holder_is_told_again(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATE)
    leave(desk, "bus-responsible", "b", SATURDAY, MONDAY)
    desk.night(SATURDAY)
    assert desk.told() == {"bus-responsible": ["1.1-1"]}
    with desk.changing() as session:
        message = session.exec(select(Message)).one()
        assert message.release_at == at(MONDAY, time(8, 40))
