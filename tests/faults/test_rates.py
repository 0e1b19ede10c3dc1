"""Eight delivery workers at one robot, whose vendor counts by its own limits: it is never called too often."""

from __future__ import annotations

import random
import threading
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import select

from flows.deliver import deliver
from flows.standins.dingrobot import DingRobotStandIn
from flows.standins.feishurobot import FeishuRobotStandIn
from flows.standins.server import Request
from flows.standins.wecomrobot import WeComRobotStandIn
from models.database import open_database, reading, writing
from models.office import Address, Person
from models.outbox import Message
from models.vocabulary import MessageState
from tests.desk import MONDAY, at, workplace
from tests.factory import Factory, id_of
from tests.flows.channels.vendors import VENDORS
from tests.meantime import Meantime

if TYPE_CHECKING:
    from pathlib import Path

    from flows.standins.server import Answer, Break

MORNING = at(MONDAY, time(9))
WORKERS, MESSAGES = 8, 40
LATEST = 5.0
"""Seconds after its turn at which a call may reach the vendor: so much does every pace leave."""

ROBOTS = {  # with the lines of a message that takes several parts
    "wecomrobot": (WeComRobotStandIn, 500),
    "dingrobot": (DingRobotStandIn, 900),
    "feishurobot": (FeishuRobotStandIn, 900),
}


def late(kind: Any) -> Any:
    """Return a robot's stand-in that each call reaches late, by chance."""

    class Late(kind):  # type: ignore[misc] # it is a class
        chance = random.Random(7)  # noqa: S311 - no secret

        def meet(self, request: Request) -> Answer | Break:
            self.clock.pause(self.chance.uniform(0, LATEST))
            return super().meet(request)  # type: ignore[no-any-return]

    return Late


@pytest.mark.parametrize("vendor", ROBOTS)
def test_eight_workers_call_no_robot_too_often(migrated_url: str, tmp_path: Path, vendor: str) -> None:
    (url, target), (stand_in, lines) = VENDORS[vendor], ROBOTS[vendor]
    url = url.partition("?")[0]  # without a secret: signatures carry the time of day
    clock = Meantime(MORNING, WORKERS)
    fill(migrated_url, target, lines)
    with late(stand_in)(url, clock) as server:
        together(migrated_url, tmp_path, server.url, clock)
    found = messages(migrated_url)
    assert {message.state for message in found} == {MessageState.ACCEPTED}
    needed = sum(max(message.parts_accepted, 1) for message in found)
    assert needed > MESSAGES
    assert len(server.shown) == len(set(server.shown)) == len(server.log) == needed
    assert clock() - MORNING > timedelta(seconds=20)


def together(url: str, home: Path, channel: str, clock: Meantime) -> None:
    """Let the workers deliver at once."""

    def work() -> None:
        place = workplace(open_database(url), home, {"group": channel})
        try:
            deliver(place, MORNING, clock, pause=clock.pause)
        finally:
            clock.leave()
            place.engine.dispose()

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def messages(url: str) -> list[Message]:
    engine = open_database(url)
    with reading(engine) as session:
        found = list(session.exec(select(Message)).all())
        session.expunge_all()
    engine.dispose()
    return found


def fill(url: str, target: str, lines: int) -> None:
    """Put messages into the outbox, every eighth of them a long one."""
    engine = open_database(url)
    with writing(engine) as session:
        Factory(session)
        person = Person(slug="group", name="group")
        session.add(person)
        session.flush()
        session.add(Address(person_id=id_of(person), rank=1, channel="group", target=target))
        session.add_all(
            message(number, person, target, lines if number % 8 == 3 else 1) for number in range(MESSAGES)
        )
    engine.dispose()


def message(number: int, person: Person, target: str, lines: int) -> Message:
    return Message(
        key=f"{number:032x}",
        person_id=id_of(person),
        channel="group",
        target=target,
        subject=f"督办{number}",
        body="".join(f"{number}.{line} 种白公路路面修复\n" for line in range(lines)),
        state=MessageState.HELD,
        composed_at=MORNING,
        release_at=MORNING,
    )
