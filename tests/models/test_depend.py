from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import Session, col, select

from models.commands.depend import depend, undepend
from models.commands.move import Given, move
from models.database import writing
from models.ledger import Fact
from models.lights import Lights
from models.measure import Dependency, Measure
from models.queries.measure import UnknownMeasure
from models.queries.register import register
from models.vocabulary import Action, Approval, DueBasis, EvidenceKind, FactKind, Gate, Resolution, State
from models.watch import Watch
from tests.factory import DUE, RULES, Factory, actor, id_of
from tests.refusals import refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

DAY = timedelta(days=1)
FINISHED: dict[str, Any] = {"state": State.DONE, "resolution": Resolution.COMPLETED}
DIVIDED: dict[str, Any] = {"state": None, "due_on": None, "due_basis": DueBasis.UNSET}
PERMIT: dict[str, Any] = {"state": State.AWAITING_APPROVAL, "approval": Approval.PERMIT, "applied_on": DUE}


def wait(session: Session, number: str, on: str, gate: Gate = Gate.DONE, who: str = "bus-supervisor") -> Measure:
    return depend(session, number, on, gate, "先立项", actor(session, who))


def is_blocked(session: Session, measure: Measure) -> bool:
    """Tell what the sweep goes by, having made sure that the register shows the same."""
    watched = {watch.blocked for watch in session.exec(select(Watch).where(Watch.measure_id == id_of(measure)))}
    shown = {entry.number: entry for entry in register(session, Lights(7, 15), RULES.calendar, DUE)}
    assert watched == {bool(shown[measure.number].blocked_by)}
    return watched == {True}


def grant(session: Session, factory: Factory, measure: Measure) -> None:
    factory.add_evidence(measure, EvidenceKind.PERMIT)
    move(session, measure.number, Action.GRANT, actor(session, "bus-responsible"), Given(), RULES)


def finish(session: Session, factory: Factory, measure: Measure) -> None:
    factory.add_evidence(measure)
    move(session, measure.number, Action.SUBMIT, actor(session, "bus-responsible"), Given(), RULES)
    move(session, measure.number, Action.APPROVE, actor(session, "bus-supervisor"), Given(), RULES)


def reopen(session: Session, measure: Measure) -> None:
    given = Given(reason="回头看", due_on=DUE + DAY)
    move(session, measure.number, Action.REOPEN, actor(session, "bus-supervisor"), given, RULES)


def test_a_measure_waits_from_the_day_on_which_a_supervisor_says_so(session: Session, factory: Factory) -> None:
    measure = factory.add_measure("1.1-1")
    factory.add_measure("1.1-2")
    wait(session, "1.1-1", "1.1-2")
    assert session.exec(select(Dependency)).one().since == DUE
    assert is_blocked(session, measure)
    fact = session.exec(select(Fact).where(Fact.kind == FactKind.DEPEND)).one()
    told = {"on": str(DUE), "waits_for": "1.1-2", "gate": "done", "reason": "先立项"}
    assert json.loads(fact.payload) == told


def test_who_waits_for_the_end_is_free_when_it_is_done_and_waits_again_when_it_is_reopened(
    session: Session, factory: Factory
) -> None:
    measure, blocker = factory.add_measure("1.1-1"), factory.add_measure("1.1-2", **PERMIT)
    wait(session, "1.1-1", "1.1-2")
    grant(session, factory, blocker)
    assert is_blocked(session, measure)
    finish(session, factory, blocker)
    assert not is_blocked(session, measure)
    reopen(session, blocker)
    assert is_blocked(session, measure)


def test_who_waits_for_the_permit_is_free_once_it_is_granted_and_stays_so(session: Session, factory: Factory) -> None:
    measure, blocker = factory.add_measure("1.1-1"), factory.add_measure("1.1-2", **PERMIT)
    wait(session, "1.1-1", "1.1-2", Gate.GRANTED)
    assert is_blocked(session, measure)
    grant(session, factory, blocker)
    assert not is_blocked(session, measure)
    finish(session, factory, blocker)
    reopen(session, blocker)
    assert not is_blocked(session, measure)


def test_a_new_application_takes_the_old_permit_back(session: Session, factory: Factory) -> None:
    measure, blocker = factory.add_measure("1.1-1"), factory.add_measure("1.1-2", **PERMIT)
    wait(session, "1.1-1", "1.1-2", Gate.GRANTED)
    grant(session, factory, blocker)
    given = Given(outside_body="发改局", document="2号")
    move(session, "1.1-2", Action.APPLY, actor(session, "bus-responsible"), given, RULES)
    assert is_blocked(session, measure)


def test_what_is_done_without_a_permit_holds_nobody_up(session: Session, factory: Factory) -> None:
    measure = factory.add_measure("1.1-1")
    factory.add_measure("1.1-2", **FINISHED)
    wait(session, "1.1-1", "1.1-2", Gate.GRANTED)
    assert not is_blocked(session, measure)


@pytest.mark.parametrize("gate", [Gate.GRANTED, Gate.DONE])
def test_a_divided_blocker_holds_up_until_its_last_part_has_passed(
    session: Session, factory: Factory, gate: Gate
) -> None:
    measure = factory.add_measure("1.1-1")
    whole = factory.add_measure("1.1-2", **DIVIDED)
    parts = [factory.add_measure(f"1.1-2{part}", parent_id=id_of(whole), **PERMIT) for part in "ab"]
    wait(session, "1.1-1", "1.1-2", gate)
    blocked = []
    for part in parts:
        grant(session, factory, part)
        if gate is Gate.DONE:
            finish(session, factory, part)
        blocked.append(is_blocked(session, measure))
    assert blocked == [True, False]


def test_a_measure_no_longer_waits_when_a_supervisor_says_so(session: Session, factory: Factory) -> None:
    measure = factory.add_measure("1.1-1")
    factory.add_measure("1.1-2")
    wait(session, "1.1-1", "1.1-2")
    undepend(session, "1.1-1", "1.1-2", "另有资金", actor(session, "bus-supervisor"))
    assert not is_blocked(session, measure)
    told = [json.loads(fact.payload) for fact in session.exec(select(Fact).order_by(col(Fact.id)))]
    assert told[-1] == {"on": str(DUE), "no_longer_waits_for": "1.1-2", "reason": "另有资金"}


@pytest.mark.parametrize(
    ("waits", "cycle"),
    [
        ([("1.1-1", "1.1-1")], "1.1-1 → 1.1-1"),
        ([("1.1-1", "1.1-2"), ("1.1-2", "1.1-1")], "1.1-2 → 1.1-1 → 1.1-2"),
        ([("1.1-1", "1.1-2"), ("1.1-2", "1.1-3"), ("1.1-3", "1.1-1")], "1.1-3 → 1.1-1 → 1.1-2 → 1.1-3"),
        ([("1.1-4a", "1.1-4")], "1.1-4a → 1.1-4 → 1.1-4a"),
        ([("1.1-4a", "1.1-1"), ("1.1-1", "1.1-4")], "1.1-1 → 1.1-4 → 1.1-4a → 1.1-1"),
    ],
)
def test_a_cycle_is_refused_and_named(engine: Engine, waits: list[tuple[str, str]], cycle: str) -> None:
    with writing(engine) as session:
        factory = Factory(session)
        for number in "123":
            factory.add_measure(f"1.1-{number}")
        factory.add_measure("1.1-4a", parent_id=id_of(factory.add_measure("1.1-4", **DIVIDED)))
        for number, on in waits[:-1]:
            wait(session, number, on)
    with writing(engine) as session:
        before = len(session.exec(select(Dependency)).all())
        with refused(session, f"That would go round in a circle: {cycle}; leave one of them out."):
            wait(session, *waits[-1])
        session.rollback()
        assert len(session.exec(select(Dependency)).all()) == before


@pytest.mark.parametrize("who", ["bus-responsible", "bus-head"])
def test_only_a_supervisor_says_what_waits_for_what(session: Session, factory: Factory, who: str) -> None:
    factory.add_measure("1.1-1")
    factory.add_measure("1.1-2")
    with refused(session, f"Only a supervisor of 1.1-1 says what it waits for; {who} is none on {DUE}."):
        wait(session, "1.1-1", "1.1-2", who=who)


def test_what_waits_already_or_does_not_wait_is_refused(session: Session, factory: Factory) -> None:
    factory.add_measure("1.1-1")
    factory.add_measure("1.1-2")
    with refused(session, "1.1-1 does not wait for 1.1-2; 'duban show 1.1-1' tells what it waits for."):
        undepend(session, "1.1-1", "1.1-2", "x", actor(session, "bus-supervisor"))
    wait(session, "1.1-1", "1.1-2")
    with refused(session, "1.1-1 waits for 1.1-2 already."):
        wait(session, "1.1-1", "1.1-2")


@pytest.mark.parametrize(
    ("measure", "blocker", "sentence"),
    [
        (FINISHED, {}, "1.1-1 is done; reopen it first."),
        (DIVIDED, {}, "1.1-1 is divided; act on its parts: ."),
        ({"standing": True}, {}, "1.1-1 is a standing duty and never done; act on its occurrences."),
        ({}, {"standing": True}, "1.1-2 is a standing duty and never done; nothing can wait for it."),
    ],
)
def test_what_is_never_to_be_done_neither_waits_nor_is_waited_for(
    session: Session, factory: Factory, measure: dict[str, Any], blocker: dict[str, Any], sentence: str
) -> None:
    factory.add_measure("1.1-1", **measure)
    factory.add_measure("1.1-2", **blocker)
    with refused(session, sentence):
        wait(session, "1.1-1", "1.1-2")


def test_what_is_not_in_the_register_is_not_waited_for(session: Session, factory: Factory) -> None:
    factory.add_measure("1.1-1")
    with pytest.raises(UnknownMeasure, match=r"No measure has the number '9\.9'"):
        wait(session, "1.1-1", "9.9")
