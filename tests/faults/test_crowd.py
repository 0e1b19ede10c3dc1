"""Many delivery workers at one outbox, before a receiver that fails in every way: none lost, none double.

`CROWD=20000` before the test gives the number of messages; by default there are so many that it takes seconds.
"""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlmodel import func, select

from flows.deliver import deliver
from flows.standins.server import Answer, Break
from models.database import open_database, reading, writing
from models.office import Address, Person
from models.outbox import OPEN, Message
from models.vocabulary import MessageState
from tests.databases import opening
from tests.desk import MONDAY, at, workplace
from tests.factory import Factory, id_of
from tests.servers.http import HttpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from flows.standins.server import Request
    from tests.databases import Databases

MESSAGES = int(os.environ.get("CROWD", "400"))
MORNING = at(MONDAY, time(9))
ROUNDS = 400
"""Deliveries, ten minutes apart, within which everything has to come to an end."""

FAULTS: dict[Answer | Break, int] = {
    Answer(): 90,
    Answer(503): 4,  # busy, and later not
    Answer(410): 2,  # refused for good
    Break.DROP: 2,  # kept, and not answered
    Break.CUT_ANSWER: 2,
}


class Receiver(HttpServer):
    """Meets each post by chance with one of the faults, and counts by key to what it said yes, no and nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.unanswered: Counter[str] = Counter()
        self._chance = random.Random(7)  # noqa: S311 - no secret
        self._one = threading.Lock()

    def meet(self, request: Request) -> Answer | Break:
        key = request.headers["idempotency-key"]
        with self._one:
            (met,) = self._chance.choices([*FAULTS], [*FAULTS.values()])
            self.kept[key] += met == Answer()
            self.refused[key] += met == Answer(410)
            self.unanswered[key] += isinstance(met, Break)
        return met


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.mark.parametrize("workers", [2, 8])
def test_a_crowd_of_workers_loses_nothing_and_doubles_nothing(
    postgresql: Databases, receiver: Receiver, tmp_path: Path, workers: int
) -> None:
    with postgresql.copy(fill) as url:
        for number in range(ROUNDS):
            moment = MORNING + number * timedelta(minutes=10)
            together(workers, url, tmp_path, f"json://{receiver.address}/in?rto=30", moment)
            if not on_their_way(url):
                break
        engine = open_database(url)
        with reading(engine) as session:
            found = session.exec(select(Message.key, Message.state)).all()
        engine.dispose()
    states = Counter(state for _, state in found)
    assert states.total() == MESSAGES
    assert states.keys() == {MessageState.ACCEPTED, MessageState.REFUSED, MessageState.IN_DOUBT}
    assert states[MessageState.ACCEPTED] > 0.8 * MESSAGES
    for key, state in found:
        assert receiver.kept[key] == (state is MessageState.ACCEPTED)
        assert receiver.refused[key] == (state is MessageState.REFUSED)
        assert receiver.unanswered[key] == (state is MessageState.IN_DOUBT)


def together(workers: int, url: str, home: Path, channel: str, moment: datetime) -> None:
    """Let so many workers deliver at once."""

    def work() -> None:
        place = workplace(open_database(url), home, {"hook": channel})
        deliver(place, MORNING, lambda: moment)
        place.engine.dispose()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def fill(url: str) -> None:
    with opening(url) as engine, writing(engine) as session:
        Factory(session)
        person = Person(slug="crowd", name="crowd")
        session.add(person)
        session.flush()
        session.add(Address(person_id=id_of(person), rank=1, channel="hook", target="crowd"))
        session.add_all(message(number, person) for number in range(MESSAGES))


def message(number: int, person: Person) -> Message:
    return Message(
        key=f"{number:032x}",
        person_id=id_of(person),
        channel="hook",
        target="crowd",
        subject="督办",
        body="一\n",
        state=MessageState.HELD,
        composed_at=MORNING,
        release_at=MORNING,
    )


def on_their_way(url: str) -> int:
    engine = open_database(url)
    with reading(engine) as session:
        found = session.exec(select(func.count()).select_from(Message).where(OPEN)).one()
    engine.dispose()
    return found
