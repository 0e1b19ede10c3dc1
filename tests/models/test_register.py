from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, select

from models.database import writing
from models.lifecycle import AWAITING_CLOSEOUT, AWAITING_PERMIT, DONE, IN_PROGRESS, PLANNED, Place
from models.lights import Lights
from models.measure import Measure
from models.office import Holding, Post
from models.queries.register import Entry, leaves, register
from models.vocabulary import Approval, DueBasis, Duty, Light, Resolution, State
from tests.factory import DUE, RULES, Factory, id_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

DAY = timedelta(days=1)
LIGHTS = Lights(blue_before=7, yellow_for=15)
DIVIDED: dict[str, Any] = {"state": None, "due_on": None, "due_basis": DueBasis.UNSET}
FINISHED: dict[str, Any] = {"state": State.DONE, "resolution": Resolution.COMPLETED}
PERMIT: dict[str, Any] = {"state": State.AWAITING_APPROVAL, "approval": Approval.PERMIT, "applied_on": DUE}
CLOSEOUT: dict[str, Any] = {"state": State.AWAITING_APPROVAL, "approval": Approval.CLOSEOUT, "submitted_on": DUE}


@pytest.fixture
def factory(engine: Engine) -> Iterator[Factory]:
    with writing(engine) as session:
        yield Factory(session)


def entries(factory: Factory, on: date = DUE) -> list[Entry]:
    return register(factory.session, LIGHTS, RULES.calendar, on)


def the_entry(factory: Factory, on: date = DUE) -> Entry:
    """The first entry of the register."""
    return entries(factory, on)[0]


def add_part(factory: Factory, whole: Measure, number: str, **given: Any) -> Measure:
    return factory.add_measure(number, parent_id=id_of(whole), **given)


def test_an_entry_shows_a_measure_as_it_stands_on_a_day(factory: Factory) -> None:
    factory.add_measure(
        "1.1-1", topics="bus-purchase special-bond", due_note="县里定的", waits_on="债券资金", returns=2
    )
    assert the_entry(factory, DUE - 3 * DAY) == Entry(
        number="1.1-1",
        title="措施",
        state=State.IN_PROGRESS,
        approval=None,
        standing=False,
        light=Light.BLUE,
        unit="单位bus",
        topics=("bus-purchase", "special-bond"),
        promised_on=None,
        due_on=DUE,
        due_basis=DueBasis.DECIDED,
        due_note="县里定的",
        days_left=3,
        first_due_on=DUE,
        first_due_basis=DueBasis.DECIDED,
        days_left_first=3,
        done_on=None,
        provisional_due_on=None,
        limit=None,
        extensions=0,
        asked_until=None,
        suspended_until=None,
        staged_on=None,
        reverify_on=None,
        waits_on="债券资金",
        blocked_by=[],
        hangs_on="bus-responsible",
        returns=2,
        children=[],
    )


@pytest.mark.parametrize(
    ("days_late", "days_left", "light"),
    [(-8, 8, Light.GREEN), (0, 0, Light.BLUE), (1, -1, Light.YELLOW), (16, -16, Light.RED)],
)
def test_lateness_is_read_from_the_clock(factory: Factory, days_late: int, days_left: int, light: Light) -> None:
    factory.add_measure()
    entry = the_entry(factory, DUE + days_late * DAY)
    assert (entry.days_left, entry.light) == (days_left, light)


def test_what_is_done_is_green_and_late_no_more(factory: Factory) -> None:
    factory.add_measure(**FINISHED)
    entry = the_entry(factory, DUE + 99 * DAY)
    assert (entry.light, entry.days_left, entry.hangs_on, entry.open) == (Light.GREEN, None, None, False)


def test_without_a_due_date_there_are_no_days_to_count(factory: Factory) -> None:
    factory.add_measure(due_on=None, due_basis=DueBasis.UNSET)
    entry = the_entry(factory)
    assert (entry.due_on, entry.days_left, entry.light) == (None, None, Light.BLUE)


def test_a_divided_measure_stands_where_its_least_advanced_part_does(factory: Factory) -> None:
    whole = factory.add_measure("1.1-1", **DIVIDED)
    for number, given in (("1.1-1a", FINISHED), ("1.1-1b", PERMIT), ("1.1-1c", CLOSEOUT)):
        add_part(factory, whole, number, **given)
    entry = the_entry(factory)
    assert entry.place == AWAITING_PERMIT
    assert [child.number for child in entry.children] == ["1.1-1a", "1.1-1b", "1.1-1c"]
    assert (entry.hangs_on, entry.waits_on, entry.days_left) == (None, None, None)


def test_a_divided_measure_shows_the_gravest_light_of_its_parts(factory: Factory) -> None:
    whole = factory.add_measure("1.1-1", **DIVIDED)
    for number, given in (("a", {}), ("b", {"due_on": DUE - 20 * DAY}), ("c", {"due_on": DUE - 40 * DAY} | FINISHED)):
        add_part(factory, whole, f"1.1-1{number}", **given)
    assert the_entry(factory).light is Light.RED


def test_a_divided_measure_is_done_when_all_its_parts_are(factory: Factory) -> None:
    whole = factory.add_measure("1.1-1", **DIVIDED)
    add_part(factory, whole, "1.1-1a", **FINISHED)
    add_part(factory, whole, "1.1-1b", **FINISHED)
    entry = the_entry(factory)
    assert (entry.place, entry.light, entry.open) == (DONE, Light.GREEN, False)


def test_a_standing_measure_is_green_unless_an_occurrence_is_late(factory: Factory) -> None:
    dues = factory.add_measure("3.2-2", standing=True)
    assert the_entry(factory).light is Light.GREEN
    add_part(factory, dues, "3.2-2@2023-10-25", occurs_on=DUE - 21 * DAY, due_on=DUE - 21 * DAY)
    entry = the_entry(factory)
    assert (entry.standing, entry.place, entry.light, entry.hangs_on) == (True, IN_PROGRESS, Light.RED, None)


def test_what_is_tracked_are_the_parts_and_the_standing_measures_with_their_occurrences(factory: Factory) -> None:
    factory.add_measure("1.1-1")
    whole = factory.add_measure("1.1-2", **DIVIDED)
    add_part(factory, whole, "1.1-2a")
    dues = factory.add_measure("3.2-2", standing=True)
    add_part(factory, dues, "3.2-2@2023-10-25", occurs_on=DUE)
    assert [entry.number for entry in leaves(entries(factory))] == ["1.1-1", "1.1-2a", "3.2-2", "3.2-2@2023-10-25"]


@pytest.mark.parametrize(
    ("given", "place", "waits_on", "hangs_on"),
    [
        ({"state": State.PLANNED}, PLANNED, None, "bus-responsible"),
        ({"waits_on": "债券资金"}, IN_PROGRESS, "债券资金", "bus-responsible"),
        (PERMIT | {"outside_body": "发改局", "waits_on": "债券"}, AWAITING_PERMIT, "发改局", "bus-responsible"),
        (PERMIT | {"waits_on": "债券资金"}, AWAITING_PERMIT, "债券资金", "bus-responsible"),
        (CLOSEOUT, AWAITING_CLOSEOUT, "bus-supervisor", "bus-supervisor"),
        (FINISHED | {"waits_on": "债券资金"}, DONE, None, None),
    ],
)
def test_it_says_what_a_measure_waits_on_and_on_whom_it_hangs(
    factory: Factory, given: dict[str, Any], place: Place, waits_on: str | None, hangs_on: str | None
) -> None:
    factory.add_measure(**given)
    entry = the_entry(factory)
    assert (entry.place, entry.waits_on, entry.hangs_on) == (place, waits_on, hangs_on)


def test_a_blocked_measure_hangs_on_the_post_that_answers_for_its_blocker(factory: Factory) -> None:
    measure = factory.add_measure("1.1-1")
    road = factory.add_unit("road")
    factory.add_dependency(measure, factory.add_measure("1.1-3", **FINISHED))
    factory.add_dependency(measure, factory.add_measure("1.1-2", unit_id=id_of(road)))
    entry = the_entry(factory)
    assert (entry.blocked_by, entry.hangs_on) == (["1.1-2"], "road-responsible")


def test_a_measure_blocked_by_a_divided_one_is_free_when_all_the_parts_are_done(factory: Factory) -> None:
    measure = factory.add_measure("1.1-1")
    whole = factory.add_measure("1.1-2", **DIVIDED)
    part = add_part(factory, whole, "1.1-2a")
    factory.add_dependency(measure, whole)
    assert the_entry(factory).blocked_by == ["1.1-2"]
    part.sqlmodel_update(FINISHED)
    factory.session.flush()
    assert the_entry(factory).blocked_by == []


def test_a_post_is_shown_with_its_holder_or_as_vacant(factory: Factory) -> None:
    factory.add_measure()
    factory.session.connection().execute(update(Holding).values(until=DUE))
    post = factory.session.exec(select(Post).where(Post.slug == f"bus-{Duty.RESPONSIBLE}")).one()
    factory.hold(post, factory.add_person("successor"), since=DUE + DAY)
    shown = [the_entry(factory, DUE + days * DAY).hangs_on for days in (-1, 0, 1)]
    assert shown == ["bus-responsible", "bus-responsible (vacant)", "bus-responsible successor"]


def test_the_register_is_in_the_order_of_findings_and_measures(factory: Factory) -> None:
    second = factory.add_finding("1.2")
    factory.add_measure("1.2-1", finding_id=id_of(second))
    factory.add_measure("1.1-1")
    factory.add_measure("1.1-2")
    assert [entry.number for entry in entries(factory)] == ["1.1-1", "1.1-2", "1.2-1"]


def test_an_empty_register_has_no_entries(engine: Engine) -> None:
    with Session(engine) as session:
        assert register(session, LIGHTS, RULES.calendar, DUE) == []
