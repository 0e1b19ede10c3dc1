from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, event, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from models.commands.watches import anchors, arm, arm_dependents
from models.database import take_turns, writing
from models.ladder import NEVER
from models.ledger import Fact
from models.measure import Measure
from models.queries.measure import find_measure
from models.run import Run
from models.vocabulary import Approval, DueBasis, FactKind, Resolution, RunKind, State, WatchKind
from models.watch import Watch
from tests.factory import AT, DUE, REGISTERED, Factory, id_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

DAY = timedelta(days=1)
DATED: dict[str, Any] = {"due_on": DUE, "due_basis": DueBasis.DECIDED}
START_BY = date(2023, 10, 9)
APPLIED = date(2023, 10, 20)
PERMIT: dict[str, Any] = {"state": State.AWAITING_APPROVAL, "approval": Approval.PERMIT, "applied_on": APPLIED}
CLOSEOUT: dict[str, Any] = {"state": State.AWAITING_APPROVAL, "approval": Approval.CLOSEOUT, "submitted_on": APPLIED}
FINISHED: dict[str, Any] = {"state": State.DONE, "resolution": Resolution.COMPLETED}


def watches_of(session: Session, measure: Measure) -> dict[WatchKind, Watch]:
    found = session.exec(select(Watch).where(Watch.measure_id == id_of(measure))).all()
    return {watch.kind: watch for watch in found}


def account(
    session: Session,
    measure: Measure,
    on: date,
    kind: FactKind = FactKind.CLAIM,
    watch: WatchKind = WatchKind.DELIVERY,
    anchor: date = DUE,
) -> None:
    """Let a run on that day have claimed or withheld something for a measure."""
    run = Run(
        kind=RunKind.NIGHTLY,
        asked_by="schedule",
        scope="{}",
        as_of=AT,
        on=on,
        policy_version="1",
        calendar_version="1",
        started_at=AT,
    )
    session.add(run)
    session.flush()
    payload = f'{{"watch": "{watch}", "anchor": "{anchor}", "step": "overdue", "repetition": 0}}'
    session.add(Fact(at=AT, kind=kind, measure_id=id_of(measure), run_id=id_of(run), payload=payload))


@pytest.mark.parametrize(
    ("given", "timed"),
    [
        pytest.param({"state": State.PLANNED} | DATED, {WatchKind.DELIVERY: DUE}, id="planned"),
        pytest.param(
            {"state": State.PLANNED, "start_by": START_BY} | DATED,
            {WatchKind.DELIVERY: DUE, WatchKind.START: START_BY},
            id="planned with a day to begin by",
        ),
        pytest.param(
            {"state": State.PLANNED, "start_by": START_BY}, {WatchKind.START: START_BY}, id="planned, to begin only"
        ),
        pytest.param({"state": State.PLANNED}, {WatchKind.UNDATED: REGISTERED}, id="planned without a date"),
        pytest.param(
            {"state": State.IN_PROGRESS, "start_by": START_BY} | DATED, {WatchKind.DELIVERY: DUE}, id="begun"
        ),
        pytest.param({"state": State.IN_PROGRESS}, {WatchKind.UNDATED: REGISTERED}, id="begun without a date"),
        pytest.param(
            PERMIT | DATED, {WatchKind.PERMIT: APPLIED, WatchKind.PERMIT_LATE: DUE}, id="awaiting the permit"
        ),
        pytest.param(PERMIT, {WatchKind.PERMIT: APPLIED}, id="awaiting the permit without a date"),
        pytest.param(CLOSEOUT | DATED, {WatchKind.REVIEW: APPLIED}, id="awaiting the review"),
        pytest.param(
            {"state": State.PLANNED, "occurs_on": DUE} | DATED, {WatchKind.OCCURRENCE: DUE}, id="one occurrence"
        ),
        pytest.param(
            {"state": State.IN_PROGRESS, "occurs_on": DUE - 30 * DAY} | DATED,
            {WatchKind.OCCURRENCE: DUE},
            id="an occurrence reopened until another day",
        ),
        pytest.param({"state": State.IN_PROGRESS, "standing": True}, {}, id="standing"),
        pytest.param({"state": None}, {}, id="divided"),
        pytest.param(FINISHED | DATED, {}, id="done"),
        pytest.param(FINISHED, {}, id="done without a date"),
    ],
)
def test_what_is_timed_follows_from_where_a_measure_stands(
    given: dict[str, Any], timed: dict[WatchKind, date]
) -> None:
    measure = Measure(
        number="1.1-1", finding_id=1, unit_id=1, title="措施", registered_on=REGISTERED, changed_at=AT, **given
    )
    assert anchors(measure) == timed


def test_a_new_watch_knows_all_that_a_decision_needs_and_is_looked_at_at_once(
    session: Session, factory: Factory
) -> None:
    measure = factory.add_measure(topics="bus-purchase special-bond")
    assert watches_of(session, measure) == {
        WatchKind.DELIVERY: Watch(
            look_on=NEVER,
            measure_id=id_of(measure),
            kind=WatchKind.DELIVERY,
            topics="bus-purchase special-bond",
            unit_id=id_of(factory.unit),
            anchor=DUE,
            looked_on=NEVER,
            blocked=False,
        )
    }


def test_arming_twice_changes_nothing(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(state=State.PLANNED, start_by=START_BY)
    before = {kind: watch.model_dump() for kind, watch in watches_of(session, measure).items()}
    arm(session, measure)
    assert {kind: watch.model_dump() for kind, watch in watches_of(session, measure).items()} == before


def test_a_watch_that_is_still_right_goes_on_from_its_last_look(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(state=State.PLANNED, start_by=START_BY)
    delivery = watches_of(session, measure)[WatchKind.DELIVERY]
    delivery.look_on, delivery.looked_on = DUE + DAY, DUE
    session.flush()
    measure.state = State.IN_PROGRESS
    arm(session, measure)
    (kept,) = watches_of(session, measure).values()
    assert (kept.kind, kept.look_on, kept.looked_on) == (WatchKind.DELIVERY, DUE + DAY, DUE)


def test_a_new_due_date_starts_the_watch_anew(session: Session, factory: Factory) -> None:
    measure = factory.add_measure()
    account(session, measure, DUE)
    watch = watches_of(session, measure)[WatchKind.DELIVERY]
    watch.look_on, watch.looked_on = DUE + DAY, DUE
    session.flush()
    measure.due_on = DUE + 60 * DAY
    arm(session, measure)
    (new,) = watches_of(session, measure).values()
    assert (new.anchor, new.look_on, new.looked_on) == (DUE + 60 * DAY, NEVER, NEVER)


@pytest.mark.parametrize("kind", [FactKind.CLAIM, FactKind.WITHHOLD])
def test_a_watch_armed_again_goes_on_from_what_was_accounted_for(
    session: Session, factory: Factory, kind: FactKind
) -> None:
    measure = factory.add_measure()
    account(session, measure, DUE, kind)
    account(session, measure, DUE - 9 * DAY)
    account(session, measure, DUE + 9 * DAY, watch=WatchKind.PERMIT_LATE)
    account(session, measure, DUE + 9 * DAY, anchor=DUE - DAY)
    account(session, factory.add_measure(), DUE + 9 * DAY)
    measure.sqlmodel_update(PERMIT)
    arm(session, measure)
    assert set(watches_of(session, measure)) == {WatchKind.PERMIT, WatchKind.PERMIT_LATE}
    measure.sqlmodel_update({"state": State.IN_PROGRESS, "approval": None})
    arm(session, measure)
    (again,) = watches_of(session, measure).values()
    assert (again.kind, again.look_on, again.looked_on) == (WatchKind.DELIVERY, NEVER, DUE)


def test_no_sweep_moves_a_watch_while_its_measure_is_being_armed(engine: Engine) -> None:
    with writing(engine) as session:
        number = Factory(session).add_measure().number
    impatience = {"timeout": 0} if engine.dialect.name == "sqlite" else {"options": "-c lock_timeout=50ms"}
    sweeps = create_engine(engine.url, connect_args=impatience)
    days = count(1)

    def try_to_look(*_: object) -> None:
        with suppress(OperationalError), sweeps.begin() as connection:
            take_turns(connection)
            connection.execute(update(Watch).values(look_on=DUE + next(days) * DAY))

    with writing(engine) as session:
        event.listen(session, "before_flush", try_to_look)
        measure = find_measure(session, number)
        measure.sqlmodel_update(FINISHED)
        arm(session, measure)
        assert watches_of(session, measure) == {}
    sweeps.dispose()


def test_what_is_done_is_watched_no_more(session: Session, factory: Factory) -> None:
    measure = factory.add_measure()
    measure.sqlmodel_update(FINISHED)
    arm(session, measure)
    assert watches_of(session, measure) == {}


def test_a_measure_is_blocked_until_what_it_waits_for_is_done(session: Session, factory: Factory) -> None:
    blocker, measure = factory.add_measure(), factory.add_measure()
    factory.add_dependency(measure, blocker)
    assert watches_of(session, measure)[WatchKind.DELIVERY].blocked
    assert not watches_of(session, blocker)[WatchKind.DELIVERY].blocked
    blocker.sqlmodel_update(FINISHED)
    arm_dependents(session, blocker)
    assert not watches_of(session, measure)[WatchKind.DELIVERY].blocked
    blocker.sqlmodel_update({"state": State.IN_PROGRESS, "resolution": None})
    arm_dependents(session, blocker)
    assert watches_of(session, measure)[WatchKind.DELIVERY].blocked


def test_of_two_blockers_both_have_to_be_done(session: Session, factory: Factory) -> None:
    one, other, measure = factory.add_measure(), factory.add_measure(), factory.add_measure()
    factory.add_dependency(measure, one)
    factory.add_dependency(measure, other)
    one.sqlmodel_update(FINISHED)
    arm_dependents(session, one)
    assert watches_of(session, measure)[WatchKind.DELIVERY].blocked


def test_a_divided_blocker_is_done_when_all_its_parts_are(session: Session, factory: Factory) -> None:
    whole = factory.add_measure(state=None, due_on=None, due_basis=DueBasis.UNSET)
    parts = [factory.add_measure(parent_id=id_of(whole)) for _ in range(2)]
    measure = factory.add_measure()
    factory.add_dependency(measure, whole)
    blocked = []
    for part in parts:
        blocked.append(watches_of(session, measure)[WatchKind.DELIVERY].blocked)
        part.sqlmodel_update(FINISHED)
        arm_dependents(session, part)
    assert blocked == [True, True]
    assert not watches_of(session, measure)[WatchKind.DELIVERY].blocked


def test_a_review_is_never_blocked_for_the_work_is_done(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(**CLOSEOUT)
    factory.add_dependency(measure, factory.add_measure())
    assert not watches_of(session, measure)[WatchKind.REVIEW].blocked
    measure.sqlmodel_update({"state": State.IN_PROGRESS, "approval": None})
    arm(session, measure)
    assert watches_of(session, measure)[WatchKind.DELIVERY].blocked
    measure.sqlmodel_update(CLOSEOUT)
    arm(session, measure)
    assert not watches_of(session, measure)[WatchKind.REVIEW].blocked


def test_what_came_while_somebody_else_had_to_answer_is_not_made_up_for(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(**PERMIT, **DATED)
    arm(session, measure)
    measure.state, measure.approval = State.IN_PROGRESS, None
    granted_on = DUE + 30 * DAY
    arm(session, measure, waited_until=granted_on)
    assert watches_of(session, measure)[WatchKind.DELIVERY].looked_on == granted_on
