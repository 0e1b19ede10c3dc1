"""Four hundred nights on which much goes wrong, and the audit finds that nothing was lost."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from flows.audit import audit
from models.commands.acknowledge import NothingToReply, acknowledge, snooze
from models.commands.actor import Actor
from models.commands.extend import ask_extension, decide_extension
from models.commands.move import Given, move, set_due_date
from models.commands.posts import appoint, hand_over, take_leave, vacate
from models.commands.runs import OutOfOrder
from models.commands.suspend import resume, suspend
from models.database import writing
from models.errors import DubanError
from models.office import Person
from models.outbox import Message
from models.queries.measure import find_measure
from models.queries.replies import acknowledgeable
from models.vocabulary import Action, EvidenceKind, FactKind, ReplyBy, State, Withheld
from tests.desk import MIDNIGHT, MORNING, SmallOffice, at
from tests.factory import RULES, actor, id_of
from tests.owed import PERMIT, UNDATED
from tests.servers.http import Answer, HttpServer
from tests.servers.postgres import ram_disk

if TYPE_CHECKING:
    from sqlmodel import Session

    from tests.databases import Databases

SEED = 1018
FIRST = date(2023, 3, 1)
NIGHTS = 400
DAY = timedelta(days=1)
ANSWERS = [Answer(), Answer(), Answer(), Answer(503), Answer(404), Answer(504)]
"""Accepted, not now, no such recipient, and the answer that leaves it in doubt."""

NUMBERS = ["1.1-1", "1.1-2", "1.1-3", "1.1-4", "1.1-5", "1.1-6"]
POSTS = ["bus-responsible", "bus-deputy", "bus-head", "road-responsible", "road-deputy"]


class Misrule:
    """An office in which people act, posts fall vacant, machines stop, clocks jump and channels fail, by dice."""

    def __init__(self, desk: SmallOffice, server: HttpServer) -> None:
        self.desk, self.server = desk, server
        self.dice = random.Random(SEED)  # noqa: S311 - no secret
        self.skew = timedelta(0)
        self.seen: Counter[str] = Counter()

    def live(self) -> None:
        """Live through all nights, and audit every run."""
        for number in range(NIGHTS):
            self._set_clock()
            today = FIRST + number * DAY + self.skew
            self.people_act(today)
            if self.dice.random() < 0.12:
                self.seen["outage"] += 1
            else:
                self.night(today)

    def _set_clock(self) -> None:
        """Set the machine's clock right most of the time, and days ahead or back now and then."""
        chance = self.dice.random()
        if chance < 0.02:
            self.skew = self.dice.choice([-3, -1, 2, 5]) * DAY
            self.seen["jump"] += 1
        elif chance < 0.4:
            self.skew = timedelta(0)

    def night(self, today: date) -> None:
        """Do what a night and the morning after it do; a clock that went back is refused."""
        try:
            self.desk.night(today)
        except OutOfOrder:
            self.seen["refused"] += 1
            return
        self.hold(today, MIDNIGHT)
        self.server.behave(self.dice.choice(ANSWERS))
        delivered = self.desk.deliver(at(today, MORNING))
        self.seen.update(
            accepted=delivered.accepted, retry=delivered.retry, refusal=delivered.refused, doubt=delivered.in_doubt
        )
        if self.dice.random() < 0.2:
            self.hold(today, MORNING)

    def hold(self, today: date, hour: Any) -> None:
        """Hold what was done against what was owed."""
        assert audit(self.desk.place, at(today, hour)).differences == (), today
        self.seen["audit"] += 1

    def people_act(self, today: date) -> None:
        """Let somebody do something, on most days; what is refused has never been."""
        for _ in range(self.dice.choice([0, 1, 1, 2])):
            deed = self.dice.choice([self._move, self._move, self._term, self._post, self._reply, self._reply])
            with suppress(DubanError), writing(self.desk.place.engine) as session:
                deed(session, today)
                self.seen[deed.__name__] += 1

    def _move(self, session: Session, today: date) -> None:
        number = self.dice.choice(NUMBERS)
        measure = find_measure(session, number)
        of_unit = "road" if number == NUMBERS[-1] else "bus"
        way = {
            State.PLANNED: (Action.START, "responsible"),
            State.IN_PROGRESS: self.dice.choice([(Action.SUBMIT, "responsible"), (Action.APPLY, "responsible")]),
            State.AWAITING_APPROVAL: self.dice.choice(
                [(one, "supervisor") for one in (Action.APPROVE, Action.RETURN, Action.GRANT, Action.REFUSE)]
            ),
            State.DONE: (Action.REOPEN, "supervisor"),
        }
        action, duty = way[measure.state or State.PLANNED]
        self.desk.make.session = session
        for kind in EvidenceKind:
            self.desk.make.add_evidence(measure, kind, f"{self.dice.getrandbits(256):064x}")
        given = Given(reason="原因", outside_body="发改局", document="1号")
        if action is Action.REOPEN:
            given = Given(reason="原因", due_on=today + self.dice.randint(1, 30) * DAY)
        move(session, number, action, actor(session, f"{of_unit}-{duty}", today), given, RULES)

    def _term(self, session: Session, today: date) -> None:
        number = self.dice.choice(NUMBERS)
        unit = "road" if number == NUMBERS[-1] else "bus"
        supervisor = actor(session, f"{unit}-supervisor", today)
        ahead = today + self.dice.randint(1, 40) * DAY
        match self.dice.randrange(5):
            case 0:
                set_due_date(session, number, ahead, "定", supervisor, RULES)
            case 1:
                suspend(session, number, "停", ahead, supervisor, RULES)
            case 2:
                resume(session, number, "续", supervisor, RULES)
            case 3:
                later = (find_measure(session, number).due_on or today) + 60 * DAY
                unit_head = actor(session, f"{unit}-responsible", today)
                ask_extension(session, number, later, "慢", "半", unit_head, RULES)
            case _:
                granted = self.dice.random() < 0.5
                decide_extension(
                    session, number, grant=granted, reason="阅", document="", actor=supervisor, rules=RULES
                )

    def _reply(self, session: Session, today: date) -> None:
        """Let the reader of one of the last messages acknowledge it, or put it off."""
        last = session.exec(select(Message.id).order_by(col(Message.id).desc()).limit(6)).all()
        message = acknowledgeable(session, self.dice.choice(last) or 0) if last else None
        if message is None:
            raise NothingToReply("It has not left.")
        by = Actor(session.get_one(Person, message.person_id), today, at(today))
        if self.dice.random() < 0.5:
            acknowledge(session, message, by, ReplyBy.LINK, RULES)
        else:
            snooze(session, message, by, ReplyBy.CODE, today + self.dice.randint(1, 7) * DAY, RULES)

    def _post(self, session: Session, today: date) -> None:
        post = self.dice.choice(POSTS)
        since = today + self.dice.choice([0, 1, 5]) * DAY
        by = actor(session, "bus-supervisor", today)
        match self.dice.randrange(4):
            case 0:
                vacate(session, post, since, "调离", by)
            case 1:
                appoint(session, post, "new", since, None, by)
            case 2:
                hand_over(session, post, self.dice.choice([post, "new"]), since, by)
            case _:
                take_leave(session, post, "new", since, since + 4 * DAY, "假", by)


def fill(desk: SmallOffice) -> None:
    """Add measures of several kinds, of two units."""
    with desk.changing() as session:
        make = desk.make
        road = make.add_unit("road")
        make.add_person("new")
        given: dict[str, Any] = {"registered_on": FIRST}
        make.add_measure("1.1-1", state=State.PLANNED, start_by=FIRST + 10 * DAY, due_on=FIRST + 30 * DAY, **given)
        bond = make.add_measure("1.1-2", topics="special-bond", applied_on=FIRST, due_on=FIRST + 40 * DAY, **PERMIT)
        make.add_dependency(make.add_measure("1.1-3", due_on=FIRST + 20 * DAY, **given), bond)
        make.add_measure("1.1-4", **UNDATED, **given)
        make.add_measure("1.1-5", due_on=FIRST + 100 * DAY, **given)
        make.add_measure("1.1-6", due_on=FIRST - 5 * DAY, unit_id=id_of(road), **given)
        make.add_measure("3.2-1", standing=True, rrule="FREQ=MONTHLY;BYMONTHDAY=25", **given)
        session.flush()


def test_four_hundred_nights_of_outages_vacancies_clock_jumps_and_channel_faults(sqlite: Databases) -> None:
    with sqlite.opened() as engine, tempfile.TemporaryDirectory(dir=ram_disk()) as home, HttpServer() as server:
        desk = SmallOffice(engine, Path(home), {"local": f"json://{server.address}/in?rto=5"})
        fill(desk)
        misrule = Misrule(desk, server)
        misrule.live()
        withheld = {Withheld(fact["reason"]) for fact in desk.facts(FactKind.WITHHOLD)}
    assert misrule.seen["audit"] > NIGHTS * 0.8
    assert min(misrule.seen[what] for what in ("outage", "jump", "refused", "_post", "_move", "_term", "_reply")) > 0
    assert withheld == {reason for reason in Withheld if reason is not Withheld.UNREACHABLE}
    assert min(misrule.seen[what] for what in ("accepted", "retry", "refusal", "doubt")) > 0
