from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import col, select

from flows.sweep import Swept, sweep
from models.commands.move import Given, move, set_due_date
from models.commands.watches import arm
from models.database import reading, writing
from models.escalation import decide
from models.inspection import Finding
from models.ladder import Ladder, Step
from models.ledger import Fact
from models.measure import Measure
from models.office import Post, Unit, UnitDuty
from models.queries.scope import Scope
from models.reminder import Reminder
from models.run import Run
from models.vocabulary import Action, Duty, EvidenceKind, FactKind, RunKind, Slip, State, WatchKind
from models.watch import Watch
from models.workdays import Span
from tests.databases import opening
from tests.factory import RULES, Factory, actor, id_of
from tests.owed import (
    CALENDAR,
    CLOSEOUT,
    DAY,
    NIGHT,
    POLICY,
    UNDATED,
    ZONE,
    claimed,
    content,
    dry,
    fill,
    moment,
    owed_by_the_rule,
    recorded,
    request,
    said,
    swept,
    withheld,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Engine

    from tests.databases import Databases


def test_a_sweep_claims_and_records_what_the_rule_owes_for_each_watch(register: Engine) -> None:
    owed = owed_by_the_rule(register)
    result = swept(register)
    assert claimed(register) == said(owed)
    assert recorded(register) == owed
    assert result.reminders == said(owed).total() > 20
    assert result.withheld == withheld(owed).total() > 20
    assert {one.withheld for one in owed} == {None, "folded", "vacant", "blocked"}
    assert {one.watch for one in owed} == {
        *("delivery", "start", "permit", "permit_late", "review", "occurrence", "undated")
    }


def test_after_a_sweep_every_watch_is_looked_at_again_when_the_rule_says(register: Engine) -> None:
    swept(register)
    with reading(register) as session:
        for watch in session.exec(select(Watch)).all():
            assert watch.looked_on == NIGHT
            assert watch.look_on == decide(watch.situation, POLICY, CALENDAR, NIGHT).look_on > NIGHT


def test_a_run_is_recorded_with_who_asked_and_what_came_out(register: Engine) -> None:
    result = swept(register, scope=Scope(unit="bus"), kind=RunKind.SWEEP, asked_by="bus-supervisor")
    with reading(register) as session:
        run = session.exec(select(Run)).one()
        assert run.ended_at is not None
        assert run.ended_at >= run.started_at == moment(NIGHT, time(0, 31))
        assert run.model_dump(exclude={"started_at", "ended_at"}) == {
            "id": result.run,
            "kind": RunKind.SWEEP,
            "asked_by": "bus-supervisor",
            "scope": '{"unit": "bus"}',
            "as_of": moment(NIGHT),
            "on": NIGHT,
            "policy_version": POLICY.version,
            "calendar_version": CALENDAR.version,
            "examined": result.examined,
            "due": result.due,
            "situations": result.situations,
            "reminders": result.reminders,
            "withheld": result.withheld,
        }


def test_a_run_is_a_fact_in_the_ledger(register: Engine) -> None:
    result = swept(register)
    with reading(register) as session:
        fact = session.exec(select(Fact).where(Fact.kind == FactKind.RUN)).one()
        assert fact.run_id == result.run
        assert json.loads(fact.payload) == {
            "run_kind": "nightly",
            "asked_by": "schedule",
            "scope": "{}",
            "as_of": str(moment(NIGHT).astimezone(UTC)),
            "policy": POLICY.version,
            "calendar": CALENDAR.version,
            "reminders": result.reminders,
            "withheld": result.withheld,
        }


def test_every_claim_and_every_fact_carries_its_run(register: Engine) -> None:
    run = swept(register).run
    with reading(register) as session:
        assert {row.run_id for row in session.exec(select(Reminder))} == {run}
        facts = session.exec(select(Fact).where(col(Fact.kind).in_([FactKind.CLAIM, FactKind.WITHHOLD]))).all()
        assert {(fact.run_id, fact.at) for fact in facts} == {(run, moment(NIGHT, time(0, 31)))}


def test_what_is_examined_and_due_is_counted_by_watches(engine: Engine) -> None:
    with writing(engine) as session:
        factory = Factory(session)
        for number in ("1.1-1", "1.1-2"):
            factory.add_measure(number, due_on=NIGHT - DAY)
        factory.add_measure("1.1-3", due_on=NIGHT + 90 * DAY)
    result = swept(engine)
    assert (result.examined, result.due, result.situations, result.reminders) == (3, 2, 2, 2)


def test_a_sweep_twice_is_the_same_as_once(register: Engine) -> None:
    swept(register)
    before = content(register)
    again = swept(register)
    after = content(register)
    assert (again.examined, again.due, again.reminders, again.withheld) == (0, 0, 0, 0)
    assert {name for name in before if before[name] != after[name]} == {"run", "ledger"}
    assert len(after["ledger"]) == len(before["ledger"]) + 1  # that it ran


@pytest.mark.parametrize("batch", [1, 3, 7, 1000])
def test_batches_of_any_size_give_the_same(register: Engine, batch: int) -> None:
    owed = owed_by_the_rule(register)
    result = swept(register, batch=batch)
    assert recorded(register) == owed
    assert claimed(register) == said(owed)
    assert (result.reminders, result.withheld) == (said(owed).total(), withheld(owed).total())


def test_what_comes_in_while_a_sweep_runs_is_left_to_the_next(register: Engine) -> None:
    unit = next(watch.unit_id for watch in watches(register))

    def come_in(done: int, _: int) -> None:
        if done == 1:
            with writing(register) as session:
                finding = id_of(session.exec(select(Finding)).first())
                given: dict[str, Any] = {"title": "新来的", "registered_on": NIGHT, "changed_at": moment(NIGHT)}
                session.add(
                    measure := Measure(number="new", finding_id=finding, unit_id=unit, state=State.PLANNED, **given)
                )
                arm(session, measure)

    sweep(register, POLICY, CALENDAR, ZONE, request(), come_in, batch=1)
    assert "new" not in {one.measure for one in claimed(register)}
    swept(register)
    assert [one.step for one in claimed(register) if one.measure == "new"] == ["set-a-date"]


def test_progress_is_told_batch_by_batch_up_to_the_end(register: Engine) -> None:
    told: list[tuple[int, int]] = []
    result = sweep(
        register, POLICY, CALENDAR, ZONE, request(), lambda done, total: told.append((done, total)), batch=10
    )
    assert told[-1] == (result.examined, result.examined)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert [done for done, _ in told][:2] == [10, 20]


def test_with_nothing_due_there_is_no_progress_to_tell(engine: Engine) -> None:
    with writing(engine) as session:
        Factory(session)
    told: list[tuple[int, int]] = []
    sweep(engine, POLICY, CALENDAR, ZONE, request(), lambda done, total: told.append((done, total)))
    assert all(done <= total for done, total in told)


@pytest.mark.parametrize("batches", [1, 2, 3])
def test_a_run_that_breaks_off_is_completed_by_the_next(register: Engine, batches: int) -> None:
    owed = owed_by_the_rule(register)

    def break_off(done: int, _: int) -> None:
        if done >= batches * 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(register, POLICY, CALENDAR, ZONE, request(), break_off, batch=10)
    assert 0 < recorded(register).total() < owed.total()
    swept(register)
    assert recorded(register) == owed
    assert claimed(register) == said(owed)
    with reading(register) as session:
        assert [run.ended_at is None for run in session.exec(select(Run).order_by(col(Run.id)))] == [True, False]


def at_once(engine: Engine, *scopes: Scope) -> None:
    """Let several sweeps start at the same moment."""
    start = Barrier(len(scopes))

    def one(scope: Scope) -> Swept:
        start.wait()
        return swept(engine, scope=scope, batch=5)

    with ThreadPoolExecutor(len(scopes)) as threads:
        list(threads.map(one, scopes))


@pytest.mark.parametrize("others", [(Scope(),), (Scope(unit="road"), Scope(topic="road"))], ids=str)
def test_sweeps_at_once_claim_the_same_as_one(register: Engine, others: tuple[Scope, ...]) -> None:
    owed = owed_by_the_rule(register)
    at_once(register, Scope(), *others)
    assert recorded(register) == owed
    assert claimed(register) == said(owed)


def test_a_dry_run_beside_a_sweep_disturbs_nothing(register: Engine) -> None:
    owed = owed_by_the_rule(register)
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(act, register) for act in (dry, swept)]
    assert [done.result().examined for done in both] in ([31, 31], [0, 31])
    assert recorded(register) == owed


def accounted_for(engine: Engine, nights: Iterable[date]) -> tuple[set[tuple[object, ...]], set[tuple[str, str]]]:
    """Which steps are on record in the end for whom, and who was told of what."""
    for night in nights:
        swept(engine, night)
    steps = Counter((*one[:6], one.instead_of) for one in recorded(engine).elements() if one.withheld != "vacant")
    assert max(steps.values()) == 1
    return set(steps), {(one.measure, one.post) for one in claimed(engine)}


def test_an_outage_changes_when_but_neither_who_nor_what_is_recorded(register: Engine, databases: Databases) -> None:
    nights = [NIGHT + ahead * DAY for ahead in range(40)]
    up = [night for number, night in enumerate(nights) if number % 7 in (0, 3) or number == 39]
    with databases.copy(fill) as url, opening(url) as other:
        assert accounted_for(register, nights) == accounted_for(other, up)


def test_the_day_is_the_offices_and_not_that_of_utc(engine: Engine) -> None:
    with writing(engine) as session:
        Factory(session).add_measure("1.1-1", due_on=NIGHT + DAY)  # one working day before: NIGHT
    early = datetime(2023, 12, 24, 15, 59, tzinfo=UTC)
    assert swept(engine, as_of=early, now=early).reminders == 1  # "due-soon" of a week before
    late = early + timedelta(minutes=1)
    assert swept(engine, as_of=late, now=late).reminders == 1  # "due-next"


def test_a_unit_that_answers_for_nothing_does_not_stop_the_sweep(register: Engine) -> None:
    owed = owed_by_the_rule(register)
    with writing(register) as session:
        session.add(hall := Unit(slug="hall", name="大厅"))
        session.flush()
        head = session.exec(select(Post).where(Post.slug == "bus-head")).one()
        session.add(UnitDuty(unit_id=id_of(hall), duty=Duty.HEAD, post_id=id_of(head)))
    swept(register)
    assert recorded(register) == owed


def test_a_new_due_date_is_claimed_for_anew(engine: Engine) -> None:
    with writing(engine) as session:
        Factory(session).add_measure("1.1-1", due_on=NIGHT - DAY)
    assert swept(engine).reminders == 1
    with writing(engine) as session:
        set_due_date(session, "1.1-1", NIGHT + DAY, "延期", actor(session, "bus-supervisor", NIGHT), RULES)
    assert swept(engine, NIGHT).reminders == 1
    assert {(one.anchor, one.step) for one in claimed(engine)} == {
        ("2023-12-24", "overdue"),
        ("2023-12-26", "due-next"),
    }


def test_a_new_policy_moves_the_next_looks_of_the_whole_register(engine: Engine) -> None:
    early = Step("early", Span.parse("-20 calendar"), Slip.REMIND, (Duty.RESPONSIBLE,))
    delivery = Ladder((early, *POLICY.ladders[WatchKind.DELIVERY].steps))
    policy = replace(POLICY, version="2", ladders={**POLICY.ladders, WatchKind.DELIVERY: delivery})
    with writing(engine) as session:
        factory = Factory(session)
        factory.add_measure("1.1-1", due_on=NIGHT + 21 * DAY)
        factory.add_measure("1.1-2", due_on=NIGHT + 21 * DAY, unit_id=id_of(factory.add_unit("road")))
    swept(engine)
    for night, scope in ((NIGHT, Scope(unit="road")), (NIGHT + DAY, Scope())):
        sweep(engine, policy, CALENDAR, ZONE, request(night, scope))
    assert {(one.measure, one.step) for one in claimed(engine)} == {("1.1-1", "early"), ("1.1-2", "early")}


def test_a_new_decree_moves_the_next_looks_of_the_whole_register(engine: Engine) -> None:
    undecreed = replace(
        CALENDAR,
        version="2023",
        decreed=frozenset(range(2018, 2024)),
        days_off=frozenset(day for day in CALENDAR.days_off if day.year < 2024),
        make_up_days=frozenset(day for day in CALENDAR.make_up_days if day.year < 2024),
    )
    with writing(engine) as session:
        Factory(session).add_measure("1.1-1", due_on=date(2024, 2, 20))
    sweep(engine, POLICY, undecreed, ZONE, request())
    assert [watch.look_on for watch in watches(engine)] == [date(2024, 2, 9)]
    swept(engine, NIGHT + DAY)  # the Spring Festival lies before the due date
    assert [watch.look_on for watch in watches(engine)] == [date(2024, 2, 5)]


def watches(engine: Engine) -> list[Watch]:
    with writing(engine) as session:
        found = list(session.exec(select(Watch)).all())
        session.expunge_all()
    return found


def test_what_was_withheld_while_blocked_is_not_said_when_the_watch_is_armed_again(engine: Engine) -> None:
    with writing(engine) as session:
        factory = Factory(session)
        measure = factory.add_measure("1.1-1", due_on=NIGHT - DAY)
        factory.add_dependency(measure, factory.add_measure("1.1-2", **UNDATED))
        factory.add_evidence(measure, EvidenceKind.PERMIT)
    swept(engine)
    before = Counter(one for one in recorded(engine).elements() if one.measure == "1.1-1")
    assert {one.withheld for one in before} == {"blocked"}
    with writing(engine) as session:
        unit = actor(session, "bus-responsible", NIGHT)
        move(session, "1.1-1", Action.APPLY, unit, Given(outside_body="发改局", document="1号"), RULES)
        move(session, "1.1-1", Action.GRANT, unit, Given(), RULES)
    swept(engine)
    assert Counter(one for one in recorded(engine).elements() if one.measure == "1.1-1") == before


def test_a_measure_freed_goes_on_from_where_the_clock_stands(engine: Engine) -> None:
    with writing(engine) as session:
        factory = Factory(session)
        measure, blocker = factory.add_measure("1.1-1", due_on=NIGHT - 20 * DAY), factory.add_measure("1.1-2")
        blocker.sqlmodel_update(CLOSEOUT | {"submitted_on": NIGHT})
        factory.add_dependency(measure, blocker)
        factory.add_submission(blocker)
    swept(engine)
    with writing(engine) as session:
        move(session, "1.1-2", Action.APPROVE, actor(session, "bus-supervisor", NIGHT), Given(), RULES)
    swept(engine, NIGHT + DAY)
    assert [one for one in claimed(engine) if one.measure == "1.1-1"] == []
    swept(engine, NIGHT + 3 * DAY)
    assert {(one.step, one.repetition, one.post) for one in claimed(engine) if one.measure == "1.1-1"} == {
        ("overdue-deputy", 2, "bus-responsible"),
        ("overdue-deputy", 2, "bus-deputy"),
    }
