from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from models.commands.extend import ask_extension, decide_extension
from models.commands.limits import Limit, limit_after
from models.commands.move import Given, move
from models.commands.suspend import resume, suspend
from models.due import DueChange
from models.ledger import Fact
from models.lights import Lights
from models.measure import Measure
from models.queries.register import Entry, register
from models.vocabulary import (
    Action,
    Approval,
    DayKind,
    DueBasis,
    EvidenceKind,
    FactKind,
    Gate,
    Resolution,
    State,
    WatchKind,
)
from models.watch import Watch
from models.workdays import Span
from tests.factory import DUE, RULES, Factory, actor, id_of
from tests.refusals import refused

DAY = timedelta(days=1)
THIRTY, FIFTEEN = Span(30, DayKind.CALENDAR), Span(15, DayKind.WORKING)
FIFTEEN_LATER = date(2023, 12, 6)  # fifteen working days after DUE
UNDATED: dict[str, Any] = {"due_on": None, "due_basis": DueBasis.UNSET}
DIVIDED: dict[str, Any] = UNDATED | {"state": None}
FINISHED: dict[str, Any] = {"state": State.DONE, "resolution": Resolution.COMPLETED}
PERMIT: dict[str, Any] = {"state": State.AWAITING_APPROVAL, "approval": Approval.PERMIT, "applied_on": DUE}


def limit(
    session: Session, within: Span = THIRTY, event: Gate = Gate.GRANTED, after: str = "1.1-2", on: date = DUE
) -> Measure:
    by = actor(session, "bus-supervisor", on)
    return limit_after(session, "1.1-1", Limit(within, event, after), "按规定", by, RULES)


def apply(session: Session, number: str, on: date) -> None:
    given = Given(outside_body="市局", document="2024-1")
    move(session, number, Action.APPLY, actor(session, "bus-responsible", on), given, RULES)


def grant(session: Session, factory: Factory, number: str = "1.1-2", on: date = DUE, sha256: str = "0" * 64) -> None:
    measure = session.exec(select(Measure).where(Measure.number == number)).one()
    factory.add_evidence(measure, EvidenceKind.PERMIT, sha256)
    move(session, number, Action.GRANT, actor(session, "bus-responsible", on), Given(), RULES)


def finish(session: Session, factory: Factory, number: str = "1.1-2", on: date = DUE) -> None:
    measure = session.exec(select(Measure).where(Measure.number == number)).one()
    factory.add_evidence(measure)
    move(session, number, Action.SUBMIT, actor(session, "bus-responsible", on), Given(), RULES)
    move(session, number, Action.APPROVE, actor(session, "bus-supervisor", on), Given(), RULES)


def shown(session: Session) -> Entry:
    return next(one for one in register(session, Lights(7, 15), RULES.calendar, DUE) if one.number == "1.1-1")


def test_a_limit_waits_for_its_event_and_is_shown_as_what_it_would_come_to(
    session: Session, factory: Factory
) -> None:
    factory.add_measure("1.1-1", **UNDATED)
    factory.add_measure("1.1-2", expected_on=DUE + 10 * DAY, **PERMIT)
    limit(session)
    entry = shown(session)
    assert (entry.due_on, entry.limit) == (None, "30 calendar after 1.1-2 granted")
    assert entry.provisional_due_on == DUE + 40 * DAY


def test_without_an_expected_date_the_due_date_of_the_other_one_is_taken(session: Session, factory: Factory) -> None:
    factory.add_measure("1.1-1", **UNDATED)
    factory.add_measure("1.1-2", due_on=DUE + DAY)
    limit(session, event=Gate.DONE)
    assert shown(session).provisional_due_on == DUE + 31 * DAY


@pytest.mark.parametrize(("within", "due_on"), [(THIRTY, DUE + 30 * DAY), (FIFTEEN, FIFTEEN_LATER)])
def test_when_the_permit_is_granted_the_limit_becomes_a_due_date(
    session: Session, factory: Factory, within: Span, due_on: date
) -> None:
    measure = factory.add_measure("1.1-1", **UNDATED)
    factory.add_measure("1.1-2", **PERMIT)
    limit(session, within)
    grant(session, factory)
    assert (measure.due_on, measure.due_basis, measure.counted_in) == (due_on, DueBasis.RELATIVE, within.kind)
    assert measure.due_note == f"{within} after 1.1-2 (granted) on {DUE}"
    watch = session.exec(select(Watch).where(Watch.measure_id == id_of(measure))).one()
    assert (watch.kind, watch.anchor) == (WatchKind.DELIVERY, due_on)
    set_, due = [json.loads(one.payload) for one in session.exec(select(Fact).where(Fact.kind == FactKind.DUE))]
    assert (set_["limit"], set_["reason"]) == (f"{within} after 1.1-2 granted", "按规定")
    assert (due["due_on"], due["reason"]) == (str(due_on), measure.due_note)


def test_it_is_on_record_how_a_due_date_was_counted(session: Session, factory: Factory) -> None:
    factory.add_measure("1.1-1", **UNDATED)
    factory.add_measure("1.1-2", **PERMIT)
    limit(session, FIFTEEN)
    grant(session, factory)
    row = session.exec(select(DueChange).order_by(col(DueChange.id).desc())).first()
    assert row is not None
    assert (row.within, row.counted_from, row.due_on) == ("15 working", DUE, FIFTEEN_LATER)


def test_a_limit_from_what_has_happened_is_in_force_at_once(session: Session, factory: Factory) -> None:
    measure = factory.add_measure("1.1-1", **UNDATED)
    factory.add_measure("1.1-2", granted_on=DUE - 10 * DAY)
    limit(session)
    assert measure.due_on == DUE + 20 * DAY


def test_a_limit_takes_the_place_of_a_date_set_before(session: Session, factory: Factory) -> None:
    measure = factory.add_measure("1.1-1", due_on=DUE + 200 * DAY)
    factory.add_measure("1.1-2", **PERMIT)
    limit(session)
    assert measure.due_on == DUE + 200 * DAY
    grant(session, factory)
    assert measure.due_on == DUE + 30 * DAY


def test_a_permit_granted_once_more_gives_more_time_and_takes_none_back(session: Session, factory: Factory) -> None:
    measure = factory.add_measure("1.1-1", **UNDATED)
    factory.add_measure("1.1-2", **PERMIT)
    limit(session)
    grant(session, factory)
    extended, later = DUE + 60 * DAY, DUE + 40 * DAY
    ask_extension(session, "1.1-1", extended, "材料不足", "一半", actor(session, "bus-responsible"), RULES)
    supervisor = actor(session, "bus-supervisor")
    decide_extension(session, "1.1-1", grant=True, reason="同意", document="", actor=supervisor, rules=RULES)
    for on, due_on in ((DUE + 20 * DAY, extended), (later, later + 30 * DAY)):
        apply(session, "1.1-2", on)
        grant(session, factory, on=on, sha256=f"{on:%Y%m%d}")
        assert measure.due_on == due_on


def test_a_limit_from_the_end_waits_for_the_end_and_not_for_the_permit(session: Session, factory: Factory) -> None:
    measure = factory.add_measure("1.1-1", **UNDATED)
    factory.add_measure("1.1-2", **PERMIT)
    limit(session, event=Gate.DONE)
    grant(session, factory)
    assert measure.due_on is None
    finish(session, factory, on=DUE + 5 * DAY)
    assert measure.due_on == DUE + 35 * DAY


def test_what_is_done_without_a_permit_counts_as_granted_then(session: Session, factory: Factory) -> None:
    measure = factory.add_measure("1.1-1", **UNDATED)
    factory.add_measure("1.1-2")
    limit(session)
    finish(session, factory)
    assert measure.due_on == DUE + 30 * DAY


@pytest.mark.parametrize("event", [Gate.GRANTED, Gate.DONE])
def test_a_divided_measure_has_passed_with_its_last_part(session: Session, factory: Factory, event: Gate) -> None:
    measure = factory.add_measure("1.1-1", **UNDATED)
    whole = factory.add_measure("1.1-2", **DIVIDED)
    for part in ("1.1-2a", "1.1-2b"):
        factory.add_measure(part, parent_id=id_of(whole), **PERMIT)
    limit(session, event=event)
    dues = []
    for part, on in (("1.1-2a", DUE), ("1.1-2b", DUE + 3 * DAY)):
        grant(session, factory, part, on)
        if event is Gate.DONE:
            finish(session, factory, part, on)
        dues.append(measure.due_on)
    assert dues == [None, DUE + 33 * DAY]


def test_a_suspended_measure_gets_its_date_and_keeps_it_beyond_the_suspension(
    session: Session, factory: Factory
) -> None:
    measure = factory.add_measure("1.1-1", **UNDATED)
    factory.add_measure("1.1-2", **PERMIT)
    limit(session)
    suspend(session, "1.1-1", "冰冻", DUE + 60 * DAY, actor(session, "bus-supervisor"), RULES)
    grant(session, factory, on=DUE + DAY)
    assert session.exec(select(Watch.kind).where(Watch.measure_id == id_of(measure))).all() == [WatchKind.SUSPENSION]
    resume(session, "1.1-1", "开工", actor(session, "bus-supervisor", DUE + 11 * DAY), RULES)
    assert measure.due_on == DUE + 41 * DAY


def test_what_is_done_meanwhile_gets_no_date(session: Session, factory: Factory) -> None:
    measure = factory.add_measure("1.1-1", **UNDATED)
    factory.add_measure("1.1-2", **PERMIT)
    limit(session)
    finish(session, factory, "1.1-1")
    grant(session, factory)
    assert measure.due_on is None


@pytest.mark.parametrize(
    ("given", "after", "within", "event", "sentence"),
    [
        ({}, "1.1-1", THIRTY, Gate.DONE, "30 calendar after 1.1-1 done"),
        ({}, "1.1-2", THIRTY, Gate.FEEDBACK, "30 calendar after 1.1-2 feedback"),
        ({}, "1.1-2", Span(0, DayKind.WORKING), Gate.DONE, "0 working after 1.1-2 done"),
        ({}, "1.1-2", Span(-5, DayKind.WORKING), Gate.DONE, "-5 working after 1.1-2 done"),
        ({"standing": True}, "1.1-2", THIRTY, Gate.DONE, "30 calendar after 1.1-2 done"),
    ],
)
def test_a_limit_that_says_nothing_is_refused(
    session: Session,
    factory: Factory,
    given: dict[str, Any],
    after: str,
    within: Span,
    event: Gate,
    sentence: str,
) -> None:
    factory.add_measure("1.1-1", **UNDATED)
    factory.add_measure("1.1-2", **given)
    with refused(
        session, f"1.1-1 cannot be limited to {sentence}; name days, and the permit or the end of another measure."
    ):
        limit(session, within, event, after)


def test_a_limit_from_a_day_that_nobody_knows_is_refused(session: Session, factory: Factory) -> None:
    factory.add_measure("1.1-1", **UNDATED)
    factory.add_measure("1.1-2", **FINISHED)
    with refused(session, "Nobody knows on which day 1.1-2 was done; set a date for 1.1-1 instead."):
        limit(session)


@pytest.mark.parametrize(
    ("who", "given", "sentence"),
    [
        ("bus-responsible", {}, f"Only a supervisor of 1.1-1 sets its limit; bus-responsible is none on {DUE}."),
        ("bus-supervisor", FINISHED, "1.1-1 is done; reopen it first."),
        ("bus-supervisor", DIVIDED, "1.1-1 is divided; act on its parts: ."),
        ("bus-supervisor", {"occurs_on": DUE}, "1.1-1 is one occurrence of a standing duty; its day is fixed."),
    ],
)
def test_a_limit_is_not_set_by_others_nor_where_there_is_none(
    session: Session, factory: Factory, who: str, given: dict[str, Any], sentence: str
) -> None:
    factory.add_measure("1.1-1", **given)
    factory.add_measure("1.1-2")
    with refused(session, sentence):
        limit_after(session, "1.1-1", Limit(THIRTY, Gate.DONE, "1.1-2"), "x", actor(session, who), RULES)
