from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import select

from flows.deliver import Delivered
from flows.standins.opening import stand_in_for
from flows.standins.server import Answer, Break, Request
from flows.standins.standin import Throttle, Told
from flows.standins.wecomrobot import WeComRobotStandIn
from models.commands.receipts import BACKOFF
from models.database import reading
from models.robot import Robot
from models.vocabulary import FactKind, MessageState, Outcome
from tests.desk import MONDAY, SmallOffice, at
from tests.flows.channels.vendors import VENDORS, hasty
from tests.servers.http import HttpServer
from tests.servers.smtp import Behaviour as Smtp
from tests.servers.smtp import SmtpServer

if TYPE_CHECKING:
    from models.outbox import Message

MORNING = at(MONDAY, time(9))
ROBOT = VENDORS["wecomrobot"][0]

# What befalls a message: how the vendor behaves, what the outbox has to say, how many copies people were shown.
FATES: dict[str, tuple[Told | Break | None, Outcome, int]] = {
    "accepted": (None, Outcome.ACCEPTED, 1),
    "throttled": (Told.THROTTLE, Outcome.RETRY, 0),
    "refused": (Told.REFUSE, Outcome.REFUSED, 0),
    "wrong-secret": (Told.STRANGER, Outcome.RETRY, 0),
    "error-in-200": (Told.ERROR, Outcome.RETRY, 0),
    "hang": (Break.HANG, Outcome.IN_DOUBT, 1),
    "cut-before": (Break.CUT, Outcome.IN_DOUBT, 0),
    "cut-after": (Break.DROP, Outcome.IN_DOUBT, 1),
    "answer-cut": (Break.CUT_ANSWER, Outcome.IN_DOUBT, 1),
}


class Clock:
    """A clock that goes on only while somebody pauses."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def by_channel(desk: SmallOffice) -> dict[str, Message]:
    return {message.channel: message for message in desk.messages()}


def lengthen(desk: SmallOffice, body: str) -> None:
    """Give every message a text of its own."""
    with desk.changing() as session:
        for message in desk.messages():
            message.body = body
            session.merge(message)


# Before its body is sent of a mail nothing is out, and the server says so; a post is out with its head.
OF_MAIL = FATES | {"cut-before": (Break.CUT, Outcome.RETRY, 0)}


@pytest.mark.parametrize("vendor", VENDORS)
def test_whatever_a_vendor_does_the_outbox_tells_the_truth(desk: SmallOffice, vendor: str) -> None:
    (url, target), fates = VENDORS[vendor], OF_MAIL if vendor == "mail" else FATES
    with ExitStack() as stack:
        servers = {
            fate: stack.enter_context(stand_in_for(url.replace("S3cr3t", f"S3cr3t-{number}")))
            for number, fate in enumerate(fates)
        }
        secrets = {fate: server.secret for fate, server in servers.items()}
        for fate, server in servers.items():
            server.tell(fates[fate][0])
        desk.open_channels(
            **{fate: hasty(server.url, 0.3 if fate == "hang" else 10) for fate, server in servers.items()}
        )
        for fate in fates:
            desk.owe(fate, target)
        desk.deliver(MORNING)
        outcomes = {attempt.message_id: attempt.outcome for attempt in desk.attempts()}
        for fate, message in by_channel(desk).items():
            _, outcome, shown = fates[fate]
            assert message.id is not None
            assert (fate, message.state, outcomes[message.id]) == (fate, MessageState(outcome), outcome)
            assert (fate, len(servers[fate].shown)) == (fate, shown)
        for fate, server in servers.items():  # the trouble is over
            server.tell(None)
            server.secret = secrets[fate]
        desk.deliver(MORNING, lambda: MORNING + timedelta(hours=1))
        for fate, message in by_channel(desk).items():
            shown = len(servers[fate].shown)
            assert (fate, message.state is MessageState.ACCEPTED) == (fate, fates[fate][1] in _WELL)
            assert shown == 1 or (shown == 0 and message.state in (MessageState.REFUSED, MessageState.IN_DOUBT))
    assert "S3cr3t" not in "".join(attempt.detail for attempt in desk.attempts())


_WELL = (Outcome.ACCEPTED, Outcome.RETRY)


@pytest.mark.parametrize(
    ("behaviour", "outcome", "kept"),
    [
        (Smtp.ACCEPT, Outcome.ACCEPTED, 1),
        (Smtp.SHUT_DOWN, Outcome.RETRY, 0),
        (Smtp.REFUSE, Outcome.REFUSED, 0),
        (Smtp.REFUSE_MAIL, Outcome.REFUSED, 0),
        (Smtp.DROP_AT_RECIPIENT, Outcome.RETRY, 0),
        (Smtp.DROP_AFTER_DOT, Outcome.IN_DOUBT, 1),
        (Smtp.HANG_AFTER_DOT, Outcome.IN_DOUBT, 1),
    ],
)
def test_mail_tells_the_truth_with_a_right_login_and_sends_nothing_with_a_wrong_one(
    desk: SmallOffice, behaviour: Smtp, outcome: Outcome, kept: int
) -> None:
    rest = f"?from=duban@office.example&rto={0.3 if behaviour is Smtp.HANG_AFTER_DOT else 10}"
    with SmtpServer(login=("duban", "right")) as smtp:
        smtp.behave(behaviour)
        desk.open_channels(
            right=f"mailto://duban:right@{smtp.address}{rest}", wrong=f"mailto://duban:S3cr3t@{smtp.address}{rest}"
        )
        desk.owe("right", "p@office.example")
        desk.owe("wrong", "q@office.example")
        desk.deliver(MORNING)
        assert len(smtp.mails) == kept
    assert desk.states() == {"p@office.example": MessageState(outcome), "q@office.example": MessageState.RETRY}


# parts


def test_parts_that_were_accepted_are_not_sent_again(desk: SmallOffice) -> None:
    with stand_in_for(ROBOT) as server:
        desk.open_channels(group=server.url)
        desk.owe("group", "zhang.san")
        lengthen(desk, "".join(f"{number}. 种白公路路面修复，应于十二月二十五日前完成\n" for number in range(100)))
        server.throttles = (Throttle(1, timedelta(hours=1)),)
        assert desk.deliver(MORNING).retry == 1
        assert desk.messages()[0].parts_accepted == 1
        server.throttles = ()
        assert desk.deliver(MORNING, lambda: MORNING + timedelta(hours=1)).accepted == 1
    parts = len(server.shown)
    assert parts > 2
    assert [text.splitlines()[0] for text in server.shown] == [
        f"@zhang.san ({number}/{parts})" for number in range(1, parts + 1)
    ]
    assert desk.messages()[0].parts_accepted == parts


class DropsSecond(WeComRobotStandIn):
    """Takes the second part, and hangs up."""

    def meet(self, request: Request) -> Answer | Break:
        answer = super().meet(request)
        return Break.DROP if len(self.shown) == 2 else answer


def test_after_a_part_in_doubt_the_whole_message_is(desk: SmallOffice) -> None:
    with DropsSecond(ROBOT) as server:
        desk.open_channels(group=server.url)
        desk.owe("group", "zhang.san")
        lengthen(desk, "督" * 1366)  # 4 KB in one line
        assert desk.deliver(MORNING).in_doubt == 1
        assert desk.deliver(MORNING, lambda: MORNING + timedelta(days=1)) == Delivered()
    (message,), (attempt,) = desk.messages(), desk.attempts()
    assert (message.state, message.parts_accepted) == (MessageState.IN_DOUBT, 1)
    assert "no answer to part 2 of " in attempt.detail
    assert len(server.shown) == 2


def test_a_message_in_more_parts_than_anybody_reads_is_refused(desk: SmallOffice) -> None:
    with stand_in_for(ROBOT) as server:
        desk.open_channels(group=server.url)
        desk.owe("group", "zhang.san")
        lengthen(desk, "督办\n" * 5000)
        assert desk.deliver(MORNING).refused == 1
    assert server.shown == []


# pace


def test_a_robot_under_two_names_is_called_at_one_pace(desk: SmallOffice) -> None:
    clock = Clock()
    with WeComRobotStandIn(ROBOT, clock) as server:
        desk.open_channels(group=server.url, again=hasty(server.url, 10))
        desk.owe("group", *(f"p{number}" for number in range(25)))
        desk.owe("again", *(f"q{number}" for number in range(15)))
        delivered = desk.deliver(MORNING, clock, clock.pause)
    assert (delivered.accepted, delivered.resting) == (40, [])
    assert len(server.shown) == len(set(server.shown)) == 40
    assert timedelta(minutes=1) < clock.now - MORNING < timedelta(minutes=4)


def test_a_robot_that_says_too_often_is_left_alone_for_its_penalty(desk: SmallOffice) -> None:
    url, target = VENDORS["dingrobot"]
    with stand_in_for(url) as server:
        desk.open_channels(group=server.url)
        desk.owe("group", target, "13900000000")
        server.tell(Told.THROTTLE)
        delivered = desk.deliver(MORNING)
        assert (delivered.retry, delivered.resting) == (1, ["group"])
        server.tell(None)
        after = MORNING + BACKOFF[0]
        assert desk.deliver(MORNING, lambda: after) == Delivered(held=1, resting=["group"])
        assert len(server.log) == 1
        assert desk.deliver(MORNING, lambda: MORNING + timedelta(minutes=10)).accepted == 2
    assert len(server.shown) == 2


def test_a_worker_waits_for_a_turn_that_is_near(desk: SmallOffice) -> None:
    clock = Clock()
    with stand_in_for(ROBOT) as server:
        desk.open_channels(group=server.url)
        desk.owe("group", *(f"p{number}" for number in range(6)))
        waits: list[float] = []

        def pause(seconds: float) -> None:
            waits.append(seconds)
            clock.pause(seconds)

        assert desk.deliver(MORNING, clock, pause).accepted == 6
    assert waits == [16.25]


def test_whoever_waits_for_a_turn_has_written_everything_down_and_holds_nothing_else(desk: SmallOffice) -> None:
    clock = Clock()
    seen: list[dict[str, MessageState]] = []

    def pause(_: float) -> None:
        seen.append(desk.states())
        raise KeyboardInterrupt

    with stand_in_for(ROBOT) as server:
        desk.open_channels(group=server.url)
        desk.owe("group", *(f"p{number}" for number in range(8)))
        with pytest.raises(KeyboardInterrupt):
            desk.deliver(MORNING, clock, pause)
    accepted = {f"p{number}": MessageState.ACCEPTED for number in range(5)}
    held = dict.fromkeys(("p5", "p6", "p7"), MessageState.HELD)
    assert seen == [accepted | held | {"p5": MessageState.SENDING}]
    assert desk.states() == accepted | held
    assert len(desk.facts(FactKind.RECEIPT)) == len(desk.attempts()) == 5


def test_a_channel_without_a_pace_asks_for_no_turn(desk: SmallOffice) -> None:
    with HttpServer() as server:
        desk.open_channels(hook=f"json://{server.address}/in")
        desk.owe("hook", *(f"p{number}" for number in range(3)))
        assert desk.deliver(MORNING).accepted == 3
    found: list[Any]
    with reading(desk.place.engine) as session:
        found = list(session.exec(select(Robot)).all())
    assert found == []
