from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from models.commands.extend import ask_extension, decide_extension
from models.commands.move import Given, move, set_due_date
from models.commands.suspend import resume, suspend
from models.commands.term import events_of, term_of
from models.ledger import Fact
from models.lights import Lights
from models.measure import Measure
from models.queries.register import register
from models.term import running
from models.vocabulary import (
    Action,
    Approval,
    DayKind,
    DueBasis,
    EvidenceKind,
    FactKind,
    Light,
    Resolution,
    State,
    WatchKind,
)
from models.watch import Watch
from models.workdays import Span
from tests.factory import DUE, RULES, Factory, actor
from tests.refusals import refused

DAY = timedelta(days=1)
SINCE = DUE - 10 * DAY
REVIEW = DUE + 30 * DAY
NUMBER = "1.1-1"
PERMIT: dict[str, Any] = {"state": State.AWAITING_APPROVAL, "approval": Approval.PERMIT, "applied_on": SINCE}
CLOSEOUT: dict[str, Any] = {"state": State.AWAITING_APPROVAL, "approval": Approval.CLOSEOUT, "submitted_on": SINCE}


def stop(session: Session, on: date = SINCE, until: date = REVIEW) -> Measure:
    return suspend(session, NUMBER, "冰冻停工", until, actor(session, "bus-supervisor", on), RULES)


def go_on(session: Session, on: date) -> Measure:
    return resume(session, NUMBER, "开工", actor(session, "bus-supervisor", on), RULES)


def watched(session: Session) -> dict[WatchKind, date]:
    return {watch.kind: watch.anchor for watch in session.exec(select(Watch)).all()}


def last_fact(session: Session, kind: FactKind) -> dict[str, Any]:
    fact = session.exec(select(Fact).where(Fact.kind == kind).order_by(col(Fact.id).desc())).first()
    assert fact is not None
    told: dict[str, Any] = json.loads(fact.payload)
    return told


def test_a_suspended_measure_is_timed_for_its_review_only(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(NUMBER, state=State.PLANNED, start_by=DUE - 20 * DAY)
    stop(session)
    assert (measure.review_on, measure.due_on) == (REVIEW, DUE)
    assert watched(session) == {WatchKind.SUSPENSION: REVIEW}
    assert last_fact(session, FactKind.SUSPEND) == {
        "on": str(SINCE),
        "review_on": str(REVIEW),
        "reason": "冰冻停工",
        "remaining": "10 calendar",
    }


def test_resuming_moves_the_due_date_by_as_long_as_the_clock_stood(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(NUMBER)
    stop(session)
    go_on(session, SINCE + 25 * DAY)
    assert (measure.review_on, measure.due_on) == (None, DUE + 25 * DAY)
    assert measure.due_basis is DueBasis.DECIDED
    assert watched(session) == {WatchKind.DELIVERY: DUE + 25 * DAY}
    told = last_fact(session, FactKind.RESUME)
    assert (told["since"], told["due_before"], told["due_on"]) == (str(SINCE), str(DUE), str(DUE + 25 * DAY))


@pytest.mark.parametrize(
    ("since", "until", "due_on"),
    [
        (date(2023, 11, 10), date(2023, 11, 12), DUE),  # from Friday to Sunday: no working day was lost
        (date(2023, 11, 10), date(2023, 11, 13), date(2023, 11, 16)),
        (date(2023, 9, 28), date(2023, 10, 8), date(2023, 11, 17)),  # both made-up days of the National Day count
        (date(2023, 10, 31), date(2023, 11, 30), date(2023, 12, 15)),  # over a month's end: 22 working days
    ],
)
def test_a_limit_in_working_days_is_moved_by_the_working_days_that_were_lost(
    session: Session, factory: Factory, since: date, until: date, due_on: date
) -> None:
    measure = factory.add_measure(NUMBER, counted_in=DayKind.WORKING)
    stop(session, since)
    go_on(session, until)
    assert measure.due_on == due_on


def test_resuming_late_gains_nothing(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(NUMBER)
    stop(session)
    left = term_of(session, measure, RULES.calendar).remaining
    go_on(session, REVIEW + 60 * DAY)
    assert measure.due_on is not None
    assert left == Span((measure.due_on - (REVIEW + 60 * DAY)).days, DayKind.CALENDAR)


def test_running_and_standing_add_up_to_the_calendar(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(NUMBER)
    stop(session)
    go_on(session, SINCE + 25 * DAY)
    events = events_of(session, measure, RULES.calendar)
    ran, stood = running(events, measure.counted_in, RULES.calendar, SINCE + 30 * DAY)
    assert (ran, stood) == ((SINCE - measure.registered_on).days + 5, 25)


def test_it_may_be_suspended_anew_on_the_day_it_is_reviewed(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(NUMBER)
    stop(session)
    go_on(session, REVIEW)
    stop(session, REVIEW, REVIEW + 30 * DAY)
    assert measure.review_on == REVIEW + 30 * DAY
    go_on(session, REVIEW + 5 * DAY)
    assert measure.due_on == DUE + (REVIEW + 5 * DAY - SINCE)


def test_an_extension_during_a_suspension_is_moved_by_the_rest_of_it(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(NUMBER)
    stop(session)
    until = DUE + 60 * DAY
    ask_extension(session, NUMBER, until, "雪", "一半", actor(session, "bus-responsible", DUE - 5 * DAY), RULES)
    supervisor = actor(session, "bus-supervisor", DUE - 3 * DAY)
    decide_extension(session, NUMBER, grant=True, reason="同意", document="", actor=supervisor, rules=RULES)
    assert watched(session) == {WatchKind.SUSPENSION: REVIEW}
    go_on(session, DUE)
    assert measure.due_on == until + 3 * DAY


def test_a_measure_without_a_due_date_can_be_suspended(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(NUMBER, due_on=None, due_basis=DueBasis.UNSET)
    stop(session)
    assert last_fact(session, FactKind.SUSPEND)["remaining"] is None
    go_on(session, REVIEW)
    assert (measure.due_on, watched(session)) == (None, {WatchKind.UNDATED: measure.registered_on})


def test_what_awaits_a_permit_can_be_suspended(session: Session, factory: Factory) -> None:
    factory.add_measure(NUMBER, **PERMIT)
    stop(session)
    assert watched(session) == {WatchKind.SUSPENSION: REVIEW}
    go_on(session, SINCE + 5 * DAY)
    assert watched(session) == {WatchKind.PERMIT: SINCE, WatchKind.PERMIT_LATE: DUE + 5 * DAY}


def test_while_its_clock_stands_a_measure_is_not_late(session: Session, factory: Factory) -> None:
    factory.add_measure(NUMBER)
    stop(session)
    (entry,) = register(session, Lights(7, 15), RULES.calendar, DUE + 20 * DAY)
    assert (entry.light, entry.days_left, entry.days_left_first) == (Light.GREEN, None, None)
    assert (entry.suspended_until, entry.hangs_on) == (REVIEW, "bus-supervisor")


@pytest.mark.parametrize("action", [Action.APPLY, Action.START, Action.SUBMIT])
def test_nothing_moves_while_it_is_suspended_so_nobody_applies(
    session: Session, factory: Factory, action: Action
) -> None:
    factory.add_evidence(factory.add_measure(NUMBER, state=State.PLANNED), EvidenceKind.WORK)
    stop(session)
    given = Given(outside_body="发改局", document="1号")
    with refused(session, f"{NUMBER} is suspended until {REVIEW}; resume it first."):
        move(session, NUMBER, action, actor(session, "bus-responsible", DUE), given, RULES)


def test_a_permit_that_comes_while_it_is_suspended_waits_until_it_is_resumed(
    session: Session, factory: Factory
) -> None:
    factory.add_evidence(factory.add_measure(NUMBER, **PERMIT), EvidenceKind.PERMIT)
    stop(session)
    with refused(session, f"{NUMBER} is suspended until {REVIEW}; resume it first."):
        move(session, NUMBER, Action.GRANT, actor(session, "bus-responsible", DUE), Given(), RULES)


def test_what_is_suspended_is_not_suspended_again(session: Session, factory: Factory) -> None:
    factory.add_measure(NUMBER)
    stop(session)
    with refused(session, f"{NUMBER} is suspended until {REVIEW}; resume it first."):
        stop(session, SINCE + DAY)


def test_what_runs_is_not_resumed(session: Session, factory: Factory) -> None:
    factory.add_measure(NUMBER)
    with refused(session, f"{NUMBER} is not suspended; its clock runs."):
        go_on(session, DUE)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"state": State.DONE, "resolution": Resolution.COMPLETED}, "1.1-1 is done; reopen it first."),
        (CLOSEOUT, "1.1-1 is handed in for close-out; approve or return it instead."),
        ({"standing": True}, "1.1-1 is a standing duty and never done; act on its occurrences."),
        ({"occurs_on": DUE}, "1.1-1 is one occurrence of a standing duty; its day is fixed."),
        ({"state": None, "due_on": None, "due_basis": DueBasis.UNSET}, "1.1-1 is divided; act on its parts: ."),
    ],
)
def test_the_clock_is_not_stopped_where_none_runs(
    session: Session, factory: Factory, given: dict[str, Any], sentence: str
) -> None:
    factory.add_measure(NUMBER, **given)
    with refused(session, sentence):
        stop(session)


@pytest.mark.parametrize("until", [SINCE - DAY, SINCE])
def test_a_review_on_a_day_gone_by_is_refused(session: Session, factory: Factory, until: date) -> None:
    factory.add_measure(NUMBER)
    with refused(session, f"The review of {NUMBER} on {until} has to lie after {SINCE}, the day it is suspended."):
        stop(session, SINCE, until)


@pytest.mark.parametrize("who", ["bus-responsible", "bus-head", "bus-deputy"])
def test_only_a_supervisor_stops_the_clock_and_lets_it_go_on(session: Session, factory: Factory, who: str) -> None:
    factory.add_measure(NUMBER)
    with refused(session, f"Only a supervisor suspends {NUMBER}; {who} is none on {SINCE}."):
        suspend(session, NUMBER, "冰冻", REVIEW, actor(session, who, SINCE), RULES)
    stop(session)
    with refused(session, f"Only a supervisor resumes {NUMBER}; {who} is none on {DUE}."):
        resume(session, NUMBER, "开工", actor(session, who, DUE), RULES)


def test_nothing_is_done_as_of_a_day_before_the_last_entry(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(NUMBER)
    before = measure.registered_on - DAY
    with refused(
        session,
        f"{NUMBER} has an entry of {measure.registered_on}; act on that day or a later one, not as of {before}.",
    ):
        stop(session, before)
    stop(session)
    for late in (SINCE - DAY, SINCE - 5 * DAY):
        with refused(session, f"{NUMBER} has an entry of {SINCE}; act on that day or a later one, not as of {late}."):
            go_on(session, late)
        with refused(session, f"{NUMBER} has an entry of {SINCE}; act on that day or a later one, not as of {late}."):
            set_due_date(session, NUMBER, REVIEW, "x", actor(session, "bus-supervisor", late), RULES)
