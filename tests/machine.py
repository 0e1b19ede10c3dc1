"""An office in which anything may be done on any day: Hypothesis chooses what, and looks at what came of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlmodel import Session, select

from models.commands.acknowledge import RepliedBefore, acknowledge, snooze
from models.commands.depend import depend, undepend
from models.commands.extend import ask_extension, decide_extension
from models.commands.limits import Limit, limit_after
from models.commands.move import Given, move, set_due_date
from models.commands.posts import hand_over, take_leave
from models.commands.progress import report_progress
from models.commands.reverify import reverify
from models.commands.suspend import resume, suspend
from models.database import reading, writing
from models.errors import DubanError
from models.lifecycle import TABLE, Need, Transition
from models.office import Person, UnitDuty
from models.queries.measure import find_measure
from models.queries.office import holders
from models.queries.replies import acknowledgeable
from models.vocabulary import (
    Action,
    Approval,
    DayKind,
    DueBasis,
    Duty,
    EvidenceKind,
    Gate,
    NonWorking,
    ReplyBy,
    Role,
    State,
)
from models.workdays import Span
from tests.desk import SmallOffice
from tests.factory import RULES, actor, id_of
from tests.truths import Truths

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Engine

    from models.commands.actor import Actor
    from models.queries.replies import Acknowledgeable

DAY = timedelta(days=1)
BEGINNING = date(2023, 10, 9)
STRAIGHT = [
    row for row in TABLE if row.action in (Action.START, Action.SUBMIT, Action.GRANT, Action.APPROVE, Action.REOPEN)
]
UNDATED: dict[str, Any] = {"due_on": None, "due_basis": DueBasis.UNSET}
PERMIT: dict[str, Any] = {"state": State.AWAITING_APPROVAL, "approval": Approval.PERMIT}

numbers = st.sampled_from(["1.1-1", "1.1-2", "1.1-3", "1.1-4", "1.1-5a", "1.1-5b", "1.1-6"])
blockers = st.sampled_from(["1.1-1", "1.1-3", "1.1-5", "1.1-6"])
persons = st.sampled_from(
    ["bus-responsible", "bus-supervisor", "bus-head", "road-responsible", "road-supervisor", "new"]
)
ahead = st.sampled_from([1, 3, 10, 40]).map(timedelta)
back = st.sampled_from([0, 0, 0, 0, 1, 4]).map(timedelta)
spans = st.sampled_from([Span(30, DayKind.CALENDAR), Span(15, DayKind.WORKING)])
gates = st.sampled_from([Gate.GRANTED, Gate.DONE])


class Machine(RuleBasedStateMachine):
    """Two units and a dozen measures; whatever is refused is rolled back, and no other error is expected."""

    steps: ClassVar[int] = 0
    """Deeds that were not refused, and nights, of all histories."""

    def __init__(self) -> None:
        super().__init__()
        self._opened = self.open_office()
        self.engine, home = self._opened.__enter__()
        self.desk = SmallOffice(self.engine, home)
        self.today = BEGINNING
        self._pieces = 0
        with self.desk.changing() as session:
            fill(session, self.desk)
        self.truths = Truths(self.engine)

    @staticmethod
    def open_office() -> AbstractContextManager[tuple[Engine, Path]]:
        """Lend an empty database and a folder for the mailboxes."""
        raise NotImplementedError

    def teardown(self) -> None:
        """Close the office."""
        self._opened.__exit__(None, None, None)

    def act(self, who: str, on: timedelta, command: Callable[[Session, Actor], object]) -> None:
        """Do something as a person, as of today or some days back; what is refused has never been."""
        try:
            with writing(self.engine) as session:
                command(session, actor(session, who, self.today - on))
        except DubanError:
            return
        type(self).steps += 1

    def who(self, number: str, *duties: Duty) -> str:
        """Return who does the first of some duties for a measure today that somebody does."""
        with reading(self.engine) as session:
            unit = find_measure(session, number).unit_id
            held = holders(session, self.today)
            posts = {row.duty: row.post_id for row in session.exec(select(UnitDuty).where(UnitDuty.unit_id == unit))}
            return next(held[posts[duty]].person.slug for duty in duties if posts[duty] in held)

    # what people do

    @rule(number=numbers, times=st.integers(1, 6), data=st.data(), days=ahead)
    def move_on(self, number: str, times: int, data: st.DataObject, days: timedelta) -> None:
        """Move as the table allows, some times in a row."""
        for _ in range(times):
            self.move_once(number, TABLE, data, data.draw(back), days)

    @rule(number=numbers, times=st.integers(2, 5), data=st.data(), days=ahead)
    def move_straight_on(self, number: str, times: int, data: st.DataObject, days: timedelta) -> None:
        """Go on towards the end, and from there begin again."""
        for _ in range(times):
            self.move_once(number, STRAIGHT, data, timedelta(), days)

    def move_once(
        self, number: str, table: Sequence[Transition], data: st.DataObject, on: timedelta, days: timedelta
    ) -> None:
        """Move with all that it takes, by somebody who may."""
        with reading(self.engine) as session:
            measure = find_measure(session, number)
            place = measure.place
            submitter = session.exec(select(Person.slug).where(Person.id == measure.submitter_id)).first()
        row = data.draw(st.sampled_from([row for row in table if row.source == place]))
        if Role.SUPERVISOR in row.roles:
            who = self.who(number, *data.draw(st.permutations([Duty.SUPERVISOR, Duty.HEAD])))
        elif Role.SUBMITTER in row.roles and submitter:
            who = submitter
        else:
            who = self.who(number, Duty.RESPONSIBLE, Duty.HEAD)
        if Need.EVIDENCE in row.needs or Need.PERMIT in row.needs:
            self.add_piece(number, EvidenceKind.WORK if Need.EVIDENCE in row.needs else EvidenceKind.PERMIT)
        self.move(number, row.action, who, on, self.today + days)

    @rule(number=numbers, action=st.sampled_from(Action), who=persons, days=ahead)
    def move_at_will(self, number: str, action: Action, who: str, days: timedelta) -> None:
        self.move(number, action, who, timedelta(), self.today + days)

    @rule(who=persons, data=st.data())
    @precondition(lambda self: self.truths.occurrences())
    def move_an_occurrence(self, who: str, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.truths.occurrences()))
        self.move(number, data.draw(st.sampled_from(Action)), who, timedelta(), self.today + 10 * DAY)

    def move(self, number: str, action: Action, who: str, on: timedelta, day: date) -> None:
        given = Given(
            reason="原因",
            outside_body="发改局",
            document="1号",
            expected_on=day if action is Action.APPLY else None,
            due_on=day if action is Action.REOPEN else None,
            reverify_on=day if action is Action.APPROVE else None,
        )
        self.act(who, on, lambda session, by: move(session, number, action, by, given, RULES))

    @rule(number=numbers, kind=st.sampled_from(EvidenceKind))
    def add_evidence(self, number: str, kind: EvidenceKind) -> None:
        self.add_piece(number, kind)

    def add_piece(self, number: str, kind: EvidenceKind) -> None:
        self._pieces += 1
        with self.desk.changing() as session:
            self.desk.make.add_evidence(find_measure(session, number), kind, f"{self._pieces:064x}")

    @rule(number=numbers, on=back, days=ahead)
    def set_due(self, number: str, on: timedelta, days: timedelta) -> None:
        who, day = self.who(number, Duty.SUPERVISOR, Duty.HEAD), self.today + days
        self.act(who, on, lambda session, by: set_due_date(session, number, day, "定", by, RULES))

    @rule(number=numbers, on=back, days=ahead)
    def suspend(self, number: str, on: timedelta, days: timedelta) -> None:
        who, day = self.who(number, Duty.SUPERVISOR, Duty.HEAD), self.today + days
        self.act(who, on, lambda session, by: suspend(session, number, "停", day, by, RULES))

    @rule(data=st.data(), on=back)
    @precondition(lambda self: self.truths.suspended())
    def resume(self, data: st.DataObject, on: timedelta) -> None:
        number = data.draw(st.sampled_from(self.truths.suspended()))
        who = self.who(number, Duty.SUPERVISOR, Duty.HEAD)
        self.act(who, on, lambda session, by: resume(session, number, "续", by, RULES))

    @rule(number=numbers, days=ahead, late=st.booleans())
    def extend(self, number: str, days: timedelta, *, late: bool) -> None:
        who = self.who(number, Duty.SUPERVISOR if late else Duty.RESPONSIBLE, Duty.HEAD)
        with reading(self.engine) as session:
            day = max(find_measure(session, number).due_on or self.today, self.today) + days
        self.act(who, timedelta(), lambda s, by: ask_extension(s, number, day, "慢", "半", by, RULES))

    @rule(data=st.data(), who=persons, grant=st.booleans())
    @precondition(lambda self: self.truths.requests())
    def decide(self, data: st.DataObject, who: str, *, grant: bool) -> None:
        number = data.draw(st.sampled_from(self.truths.requests()))
        self.act(
            who,
            timedelta(),
            lambda session, by: decide_extension(
                session, number, grant=grant, reason="阅", document="", actor=by, rules=RULES
            ),
        )

    @rule(number=numbers, on=blockers, gate=gates)
    def depend(self, number: str, on: str, gate: Gate) -> None:
        who = self.who(number, Duty.SUPERVISOR, Duty.HEAD)
        self.act(who, timedelta(), lambda session, by: depend(session, number, on, gate, "先", by))

    @rule(data=st.data())
    @precondition(lambda self: self.truths.waits())
    def undepend(self, data: st.DataObject) -> None:
        number, on = data.draw(st.sampled_from(self.truths.waits()))
        who = self.who(number, Duty.SUPERVISOR, Duty.HEAD)
        self.act(who, timedelta(), lambda session, by: undepend(session, number, on, "免", by))

    @rule(number=numbers, after=blockers, within=spans, event=gates)
    def limit(self, number: str, after: str, within: Span, event: Gate) -> None:
        who, limit = self.who(number, Duty.SUPERVISOR, Duty.HEAD), Limit(within, event, after)
        self.act(who, timedelta(), lambda session, by: limit_after(session, number, limit, "限", by, RULES))

    @rule(number=numbers, staged=st.booleans())
    def report(self, number: str, *, staged: bool) -> None:
        who = self.who(number, Duty.RESPONSIBLE, Duty.HEAD)
        self.act(who, timedelta(), lambda s, by: report_progress(s, number, "…", staged=staged, actor=by))

    @rule(number=numbers, days=st.none() | ahead)
    def look_again(self, number: str, days: timedelta | None) -> None:
        who, day = self.who(number, Duty.SUPERVISOR, Duty.HEAD), self.today + days if days else None
        self.act(who, timedelta(), lambda session, by: reverify(session, number, "好", day, by))

    @rule(duty=st.sampled_from([Duty.RESPONSIBLE, Duty.SUPERVISOR, Duty.HEAD]), to=persons, days=ahead)
    def hand_over(self, duty: Duty, to: str, days: timedelta) -> None:
        who, since = self.who("1.1-1", Duty.SUPERVISOR, Duty.HEAD), self.today + days
        self.act(who, timedelta(), lambda session, by: hand_over(session, f"bus-{duty}", to, since, by))

    @rule(who=persons, substitute=persons, days=ahead)
    def take_leave(self, who: str, substitute: str, days: timedelta) -> None:
        since, until = self.today, self.today + days
        self.act(who, timedelta(), lambda s, by: take_leave(s, who, substitute, since, until, "假", by))

    @rule(data=st.data(), who=st.none() | persons, how=st.sampled_from(ReplyBy))
    @precondition(lambda self: self.truths.messages())
    def acknowledge(self, data: st.DataObject, who: str | None, how: ReplyBy) -> None:
        """Acknowledge a message or some of it, as its addressee or as somebody else; twice is the same as once."""
        chosen = data.draw(st.none() | st.sets(numbers, min_size=1))

        def do(session: Session, by: Actor, message: Acknowledgeable) -> None:
            acknowledge(session, message, by, how, RULES, chosen)
            with pytest.raises(RepliedBefore):
                acknowledge(session, message, by, how, RULES, chosen)

        self.reply(data, who, do)

    @rule(data=st.data(), who=st.none() | persons, days=ahead)
    @precondition(lambda self: self.truths.messages())
    def snooze(self, data: st.DataObject, who: str | None, days: timedelta) -> None:
        until = self.today + days
        self.reply(data, who, lambda s, by, message: snooze(s, message, by, ReplyBy.LINK, until, RULES))

    def reply(
        self, data: st.DataObject, who: str | None, how: Callable[[Session, Actor, Acknowledgeable], object]
    ) -> None:
        number = data.draw(st.sampled_from(self.truths.messages()))
        with reading(self.engine) as session:
            message = acknowledgeable(session, number)
        assert message is not None
        self.act(who or message.person, timedelta(), lambda session, by: how(session, by, message))

    # time, and what the office does by night

    @rule(days=st.sampled_from([1, 1, 2, 5, 12]))
    def time_passes(self, days: int) -> None:
        self.today += days * DAY

    @rule(delivers=st.booleans())
    def night(self, *, delivers: bool) -> None:
        type(self).steps += 1
        self.truths.of_a_night(self.desk, self.today, delivers=delivers)

    # what is always true

    @invariant()
    def it_all_holds(self) -> None:
        self.truths.hold(self.today)


def fill(session: Session, desk: SmallOffice) -> None:
    """Add measures of every kind, of two units."""
    make, due = desk.make, BEGINNING + 20 * DAY
    road = make.add_unit("road")
    make.add_person("new")
    first = make.add_measure("1.1-1", state=State.PLANNED, start_by=BEGINNING + 5 * DAY, due_on=due)
    late = make.add_measure("1.1-2", counted_in=DayKind.WORKING, due_on=BEGINNING - 5 * DAY)
    bond = make.add_measure("1.1-3", topics="special-bond", applied_on=BEGINNING - 15 * DAY, due_on=due, **PERMIT)
    undated = make.add_measure("1.1-4", unit_id=id_of(road), **UNDATED)
    whole = make.add_measure("1.1-5", **UNDATED | {"state": None})
    for part in "ab":
        make.add_measure(f"1.1-5{part}", parent_id=id_of(whole), unit_id=id_of(road), due_on=due)
    make.add_measure("1.1-6", counted_in=DayKind.WORKING, due_on=due)
    make.add_measure("3.2-1", standing=True, rrule="FREQ=WEEKLY;BYDAY=SA", settles=NonWorking.AFTER)
    make.add_dependency(late, bond, Gate.GRANTED)
    make.add_dependency(bond, first)
    make.add_dependency(undated, whole)
    session.flush()
