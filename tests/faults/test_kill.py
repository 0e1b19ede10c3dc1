from __future__ import annotations

import json
import tempfile
from collections import Counter
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlmodel import col, select

from models.database import open_database, reading
from models.ledger import Fact
from models.measure import Measure
from models.reminder import Reminder
from models.run import Run
from models.vocabulary import FactKind, MessageState, Outcome
from tests.desk import Desk, at, workplace
from tests.faults.forking import report_of
from tests.faults.killer import CLOCK, Job
from tests.faults.register import FIRST, fill
from tests.servers.http import HttpServer
from tests.servers.postgres import ram_disk
from tests.servers.smtp import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import Databases

KILLS = 100
"""How many processes to kill in the sweep, and as many in the delivery, on each database."""


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder in memory, if there is room: what a killed process has written stays there as on a disk."""
    with tempfile.TemporaryDirectory(dir=ram_disk()) as folder:
        yield Path(folder)


@pytest.fixture
def urls(databases: Databases) -> Iterator[list[str]]:
    """The addresses of two databases that hold the same register."""
    with databases.copy(fill) as killed, databases.copy(fill) as spared:
        yield [killed, spared]


def test_whoever_is_killed_everybody_is_told_everything_once(urls: list[str], home: Path) -> None:
    with SmtpServer() as smtp, HttpServer() as http, ExitStack() as opened:
        channels = {"mail": f"mailto://{smtp.address}?from=duban@office.example", "hook": f"json://{http.address}"}
        report = report_of("killer", Job(urls[0], str(home), channels, FIRST.isoformat(), KILLS, seed=2))
        killed, spared = (Desk(workplace(open_database(url), home, channels)) for url in urls)
        for desk in (killed, spared):
            opened.callback(desk.place.engine.dispose)
        complete(killed, spared, [date.fromisoformat(day) for day in report["mornings"]])
        the_kills_struck(killed, report["kills"])
        everything_is_claimed_once(killed, spared)
        everything_is_said(killed)
        every_message_arrived_once_or_is_in_doubt(killed, smtp, http)


def complete(killed: Desk, spared: Desk, mornings: list[date]) -> None:
    """Let the killed office run once more, and the spared one through the same mornings."""
    last = at(mornings[-1])
    later = CLOCK + timedelta(days=365)
    assert killed.sweep(last, later).reminders == 0
    assert killed.compose(last).messages == 0
    killed.deliver(last, lambda: later)
    for morning in mornings:
        spared.sweep(at(morning))


def the_kills_struck(killed: Desk, kills: dict[str, int]) -> None:
    """Make sure that enough processes died over their work, in the midst of batches too, and not before or after."""
    assert kills["sweep"] >= KILLS
    assert kills["deliver"] >= KILLS
    with reading(killed.place.engine) as session:
        broken_off = session.exec(select(Run.id).where(col(Run.ended_at).is_(None))).all()
    assert KILLS / 5 < len(broken_off) <= kills["sweep"]
    assert sum(attempt.outcome is Outcome.IN_DOUBT for attempt in killed.attempts()) > KILLS / 2


def everything_is_claimed_once(killed: Desk, spared: Desk) -> None:
    assert reminders(killed) == reminders(spared)
    assert set(reminders(killed).values()) == {1}
    assert facts(killed, FactKind.CLAIM) == reminders(killed)
    assert facts(killed, FactKind.WITHHOLD) == facts(spared, FactKind.WITHHOLD)
    assert {withheld[-1] for withheld in facts(killed, FactKind.WITHHOLD)} == {"folded", "vacant", "blocked"}
    assert facts(killed, FactKind.SPAWN) == facts(spared, FactKind.SPAWN)
    assert facts(killed, FactKind.SPAWN)


def everything_is_said(killed: Desk) -> None:
    messages = {message.id for message in killed.messages()}
    assert all(reminder.message_id in messages for reminder in killed.reminders())
    said = [place for fact in killed.facts(FactKind.COMPOSE) for place in fact["reminders"]]
    assert sorted(said) == [reminder.id for reminder in killed.reminders()]


def every_message_arrived_once_or_is_in_doubt(killed: Desk, smtp: SmtpServer, http: HttpServer) -> None:
    mails, posts = Counter(mail.message_id for mail in smtp.mails), Counter(post.key for post in http.posts)
    seen = Counter[MessageState]()
    for message in killed.messages():
        seen[message.state] += 1
        if message.channel == "local":
            assert message.state is MessageState.ACCEPTED
            continue
        copies = mails[f"<{message.key}@duban>"] if message.channel == "mail" else posts[message.key]
        assert copies == 1 if message.state is MessageState.ACCEPTED else copies in (0, 1)
    assert seen.keys() == {MessageState.ACCEPTED, MessageState.IN_DOUBT}
    local = Counter(message.target for message in killed.messages() if message.channel == "local")
    assert {target: len(killed.mailbox(target)) for target in local} == local


def reminders(desk: Desk) -> Counter[tuple[object, ...]]:
    """Count the reminders by all that is owed."""
    with reading(desk.place.engine) as session:
        rows = session.exec(select(Reminder, Measure.number).join(Measure, col(Measure.id) == Reminder.measure_id))
        return Counter(
            (number, one.post_id, str(one.watch), str(one.anchor), one.step, one.repetition, None)
            for one, number in rows.all()
        )


def facts(desk: Desk, kind: FactKind) -> Counter[tuple[object, ...]]:
    """Count the facts of a kind by what they tell."""
    with reading(desk.place.engine) as session:
        rows = session.exec(
            select(Fact, Measure.number).join(Measure, col(Measure.id) == Fact.measure_id).where(Fact.kind == kind)
        )
        told = [(number, fact.post_id, json.loads(fact.payload)) for fact, number in rows.all()]
    names = ("watch", "anchor", "step", "repetition", "reason")
    return Counter((number, post, *(payload.get(name) for name in names)) for number, post, payload in told)
