from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from models.commands.extend import ask_extension, decide_extension
from models.commands.move import Given, move, set_due_date
from models.commands.suspend import resume, suspend
from models.extension import Extension
from models.ledger import Fact
from models.lights import Lights
from models.office import Post
from models.queries.register import register
from models.vocabulary import Action, DueBasis, ExtensionState, FactKind, Resolution, State, WatchKind
from models.watch import Watch
from tests.factory import DUE, RULES, Factory, actor
from tests.refusals import refused

DAY = timedelta(days=1)
ASKED = DUE - 5 * DAY
UNTIL = DUE + 30 * DAY
NUMBER = "1.1-1"


def ask(session: Session, on: date = ASKED, until: date = UNTIL, who: str = "bus-responsible") -> Extension:
    return ask_extension(session, NUMBER, until, "人手不足", "已清六成", actor(session, who, on), RULES)


def decide(session: Session, on: date = DUE, who: str = "bus-supervisor", *, grant: bool = True) -> Extension:
    return decide_extension(
        session, NUMBER, grant=grant, reason="同意", document="督5号", actor=actor(session, who, on), rules=RULES
    )


def watched(session: Session) -> dict[WatchKind, date]:
    return {watch.kind: watch.anchor for watch in session.exec(select(Watch)).all()}


def facts(session: Session, kind: FactKind) -> list[dict[str, Any]]:
    found = session.exec(select(Fact).where(Fact.kind == kind).order_by(col(Fact.id))).all()
    return [json.loads(fact.payload) for fact in found]


def test_more_time_is_asked_for_with_reason_date_and_progress(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(NUMBER)
    asked = ask(session)
    assert (asked.number, asked.state, asked.late, asked.due_before) == (1, ExtensionState.ASKED, False, DUE)
    assert measure.due_on == DUE
    assert watched(session) == {WatchKind.DELIVERY: DUE, WatchKind.EXTENSION: ASKED}
    assert facts(session, FactKind.EXTEND) == [
        {
            "on": str(ASKED),
            "number": 1,
            "until": str(UNTIL),
            "due_before": str(DUE),
            "reason": "人手不足",
            "progress": "已清六成",
            "late": False,
        }
    ]


def test_an_extension_granted_moves_the_due_date_and_arms_the_policy_anew(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(NUMBER)
    ask(session)
    granted = decide(session)
    assert (granted.state, granted.decided_on, granted.document) == (ExtensionState.GRANTED, DUE, "督5号")
    assert (measure.due_on, measure.due_basis, measure.due_note) == (UNTIL, DueBasis.EXTENDED, "人手不足")
    assert watched(session) == {WatchKind.DELIVERY: UNTIL}
    (told,) = facts(session, FactKind.EXTENSION)
    assert (told["number"], told["granted"], told["until"]) == (1, True, str(UNTIL))


def test_an_extension_refused_leaves_the_policy_running(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(NUMBER)
    watch = session.exec(select(Watch)).one()
    watch.looked_on = watch.look_on = ASKED
    session.flush()
    ask(session)
    assert decide(session, grant=False).state is ExtensionState.REFUSED
    assert measure.due_on == DUE
    kept = session.exec(select(Watch)).one()
    assert (kept.kind, kept.anchor, kept.looked_on) == (WatchKind.DELIVERY, DUE, ASKED)


def test_promised_approved_and_actual_stay_apart(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(NUMBER, promised_on=DUE)
    factory.add_evidence(measure)
    ask(session)
    decide(session)
    shown = register(session, Lights(7, 15), RULES.calendar, DUE + 10 * DAY)[0]
    assert (shown.promised_on, shown.first_due_on, shown.due_on, shown.done_on) == (DUE, DUE, UNTIL, None)
    assert (shown.days_left_first, shown.days_left, shown.extensions) == (-10, 20, 1)
    move(session, NUMBER, Action.SUBMIT, actor(session, "bus-responsible", UNTIL), Given(), RULES)
    move(session, NUMBER, Action.APPROVE, actor(session, "bus-supervisor", UNTIL + DAY), Given(), RULES)
    shown = register(session, Lights(7, 15), RULES.calendar, UNTIL + DAY)[0]
    assert (shown.first_due_on, shown.due_on, shown.done_on) == (DUE, UNTIL, UNTIL + DAY)


def test_extensions_are_numbered_and_the_policy_says_how_many_there_may_be(
    session: Session, factory: Factory
) -> None:
    factory.add_measure(NUMBER)
    numbers = []
    for later in range(RULES.policy.extensions):
        numbers.append(ask(session, until=UNTIL + later * DAY).number)
        decide(session, ASKED)
    assert numbers == [1, 2]
    with refused(session, f"{NUMBER} was extended 2 times, which is all that the policy allows."):
        ask(session, until=UNTIL + 9 * DAY)


def test_what_was_refused_does_not_count_against_the_number_allowed(session: Session, factory: Factory) -> None:
    factory.add_measure(NUMBER)
    for _ in range(3):
        ask(session)
        decide(session, grant=False)
    assert ask(session).number == 4


def test_after_the_due_date_only_a_supervisor_asks_and_the_head_decides(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(NUMBER)
    with refused(session, f"{NUMBER} was due on {DUE}; after that only a supervisor asks to extend it."):
        ask(session, DUE + DAY)
    assert ask(session, DUE).late is False
    decide(session, grant=False)
    assert ask(session, DUE + DAY, who="bus-supervisor").late is True
    assert watched(session) == {WatchKind.DELIVERY: DUE, WatchKind.EXTENSION_HEAD: DUE + DAY}
    with refused(session, f"bus-supervisor asked to extend {NUMBER}; somebody else has to decide."):
        decide(session, DUE + DAY)
    decide(session, DUE + DAY, "bus-head")
    assert measure.due_on == UNTIL


def test_while_the_clock_stands_asking_is_not_late(session: Session, factory: Factory) -> None:
    factory.add_measure(NUMBER)
    supervisor = actor(session, "bus-supervisor", ASKED)
    suspend(session, NUMBER, "冰冻", UNTIL, supervisor, RULES)
    assert ask(session, DUE + 10 * DAY).late is False


def test_nobody_decides_on_his_own_request(session: Session, factory: Factory) -> None:
    factory.add_measure(NUMBER)
    both = actor(session, "bus-responsible").person
    factory.hold(session.exec(select(Post).where(Post.slug == "bus-supervisor")).one(), both, since=date(2023, 1, 1))
    ask(session)
    with refused(session, f"bus-responsible asked to extend {NUMBER}; somebody else has to decide."):
        decide(session, who="bus-responsible")


@pytest.mark.parametrize("who", ["bus-responsible", "bus-deputy", "bus-inspection"])
def test_others_do_not_decide(session: Session, factory: Factory, who: str) -> None:
    factory.add_measure(NUMBER)
    ask(session)
    with refused(session, f"A supervisor or the head decides on {NUMBER}; {who} is neither on {DUE}."):
        decide(session, who=who)


def test_a_second_request_waits_for_the_decision_on_the_first(session: Session, factory: Factory) -> None:
    factory.add_measure(NUMBER)
    ask(session)
    with refused(session, f"A request to extend {NUMBER} is open already; it has to be decided first."):
        ask(session)


def test_what_nobody_asked_is_not_decided(session: Session, factory: Factory) -> None:
    factory.add_measure(NUMBER)
    with refused(session, f"Nobody has asked to extend {NUMBER}; the unit asks with 'duban extend'."):
        decide(session)


@pytest.mark.parametrize("who", ["bus-deputy", "bus-head"])
def test_a_stranger_does_not_ask(session: Session, factory: Factory, who: str) -> None:
    factory.add_measure(NUMBER)
    with refused(session, f"{who} has no part in {NUMBER} on {ASKED}; its unit asks to extend it."):
        ask(session, who=who)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"state": State.DONE, "resolution": Resolution.COMPLETED}, "1.1-1 is done; reopen it first."),
        ({"standing": True}, "1.1-1 is a standing duty and never done; act on its occurrences."),
        ({"occurs_on": DUE}, "1.1-1 is one occurrence of a standing duty; its day is fixed."),
        (
            {"due_on": None, "due_basis": DueBasis.UNSET},
            "1.1-1 has no due date that could be extended; a supervisor sets one with 'duban due'.",
        ),
    ],
    ids=["a done measure", "a standing one", "an occurrence", "an undated one"],
)
def test_what_has_no_running_term_is_not_extended(
    session: Session, factory: Factory, given: dict[str, Any], sentence: str
) -> None:
    factory.add_measure(NUMBER, **given)
    with refused(session, sentence):
        ask(session)


@pytest.mark.parametrize("until", [DUE, DUE - DAY, date(2023, 1, 1)])
def test_an_extension_to_a_date_in_the_past_or_before_the_due_date_is_refused(
    session: Session, factory: Factory, until: date
) -> None:
    factory.add_measure(NUMBER)
    with refused(session, f"{NUMBER} is due on {DUE}; an extension has to lead to a later day than {until}."):
        ask(session, until=until)


def test_a_date_that_has_passed_meanwhile_is_not_granted_but_can_be_refused(
    session: Session, factory: Factory
) -> None:
    factory.add_measure(NUMBER)
    ask(session)
    late = UNTIL + 3 * DAY
    with refused(session, f"{NUMBER} cannot be extended until {UNTIL}, for {late} is reached; refuse that."):
        decide(session, late)
    assert decide(session, late, grant=False).state is ExtensionState.REFUSED


def test_an_extension_never_shortens_what_was_set_meanwhile(session: Session, factory: Factory) -> None:
    factory.add_measure(NUMBER)
    ask(session)
    further = UNTIL + 60 * DAY
    set_due_date(session, NUMBER, further, "等资金", actor(session, "bus-supervisor", DUE), RULES)
    with refused(session, f"{NUMBER} cannot be extended until {UNTIL}, for {further} is reached; refuse that."):
        decide(session)


def test_a_request_lapses_when_the_measure_is_done_and_nobody_is_reminded_of_it(
    session: Session, factory: Factory
) -> None:
    measure = factory.add_measure(NUMBER)
    factory.add_evidence(measure)
    asked = ask(session)
    move(session, NUMBER, Action.SUBMIT, actor(session, "bus-responsible", DUE), Given(), RULES)
    assert watched(session) == {WatchKind.REVIEW: DUE, WatchKind.EXTENSION: ASKED}
    move(session, NUMBER, Action.APPROVE, actor(session, "bus-supervisor", DUE), Given(), RULES)
    assert (asked.state, watched(session)) == (ExtensionState.LAPSED, {})
    assert facts(session, FactKind.EXTENSION) == [{"on": str(DUE), "number": 1, "lapsed": True}]
    with refused(session, f"Nobody has asked to extend {NUMBER}; the unit asks with 'duban extend'."):
        decide(session)
    given = Given(reason="回头看", due_on=UNTIL)
    move(session, NUMBER, Action.REOPEN, actor(session, "bus-supervisor", DUE), given, RULES)
    assert ask(session, DUE, UNTIL + DAY).number == 2


def test_an_extension_and_a_suspension_add_up(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(NUMBER)
    ask(session)
    decide(session)
    suspend(session, NUMBER, "冰冻", UNTIL, actor(session, "bus-supervisor", DUE), RULES)
    resume(session, NUMBER, "开工", actor(session, "bus-supervisor", DUE + 7 * DAY), RULES)
    assert (measure.due_on, measure.due_basis) == (UNTIL + 7 * DAY, DueBasis.EXTENDED)
