from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from flows.compose import Composed
from models.commands.move import Given, move, set_due_date
from models.queries.measure import find_measure
from models.vocabulary import Action, FactKind, MessageState, WatchKind
from tests.desk import LATE, MIDNIGHT, MONDAY, SmallOffice, at
from tests.factory import RULES, actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.measure import Measure

SATURDAY, SUNDAY, TUESDAY = (MONDAY + timedelta(days=days) for days in (-2, -1, 1))
LATER = date(2023, 12, 8)  # so late that the deputy, the head and the supervisor hear too


def submit(desk: SmallOffice, measure: Measure) -> None:
    with desk.changing() as session:
        desk.make.add_evidence(measure)
        move(session, measure.number, Action.SUBMIT, actor(session, "bus-responsible", SUNDAY), Given(), RULES)


def finish(desk: SmallOffice, measure: Measure) -> None:
    submit(desk, measure)
    with desk.changing() as session:
        move(session, measure.number, Action.APPROVE, actor(session, "bus-supervisor", SUNDAY), Given(), RULES)


def apply(desk: SmallOffice, measure: Measure) -> None:
    given = Given(outside_body="发改局", document="1号")
    with desk.changing() as session:
        move(session, measure.number, Action.APPLY, actor(session, "bus-responsible", SUNDAY), given, RULES)


def block(desk: SmallOffice, measure: Measure) -> None:
    with desk.changing() as session:
        blocker = desk.make.add_measure("1.1-blocker", due_on=date(2024, 6, 28))
        desk.make.add_dependency(find_measure(session, measure.number), blocker)


def postpone(desk: SmallOffice, measure: Measure) -> None:
    with desk.changing() as session:
        by = actor(session, "bus-supervisor", SUNDAY)
        set_due_date(session, measure.number, date(2024, 6, 28), "等专项债", by, RULES)


CHANGES = [submit, finish, apply, block, postpone]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_no_longer_true_vanishes_from_the_draft(
    desk: SmallOffice, change: Callable[[SmallOffice, Measure], None]
) -> None:
    measure = desk.add("1.1-1", due_on=LATE)
    desk.add("1.1-2", due_on=LATE)
    desk.night(SATURDAY)
    change(desk, measure)
    composed = desk.night(MONDAY)
    assert (composed.overtaken, composed.withdrawn) == (1, 0)
    assert desk.told()["bus-responsible"] == ["1.1-2"]


@pytest.mark.parametrize("change", CHANGES)
def test_a_draft_in_which_nothing_is_true_any_more_is_withdrawn(
    desk: SmallOffice, change: Callable[[SmallOffice, Measure], None]
) -> None:
    change(desk, _said(desk, "1.1-1"))
    composed = desk.night(MONDAY)
    assert (composed.overtaken, composed.withdrawn) == (1, 1)
    desk.deliver(at(MONDAY))
    assert "bus-responsible" not in desk.told()
    assert "bus-responsible" not in {message.target for message in desk.messages(MessageState.ACCEPTED)}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_withheld_leaves_a_fact_that_says_which_step_and_why(
    desk: SmallOffice, change: Callable[[SmallOffice, Measure], None]
) -> None:
    measure = _said(desk, "1.1-1")
    (claim,) = desk.facts(FactKind.CLAIM)
    before = len(desk.facts(FactKind.WITHHOLD))
    change(desk, measure)
    desk.compose(at(MONDAY, MIDNIGHT))
    desk.compose(at(MONDAY, MIDNIGHT))
    (withheld,) = desk.facts(FactKind.WITHHOLD)[before:]
    del claim["instead_of"]
    assert withheld == claim | {"reason": "overtaken"}


def _said(desk: SmallOffice, number: str) -> Measure:
    """Add a measure, and have it spoken of in a draft that leaves on MONDAY."""
    measure = desk.add(number, due_on=LATE)
    desk.night(SATURDAY)
    return measure


def test_what_was_claimed_and_became_untrue_before_it_was_composed_is_never_said(desk: SmallOffice) -> None:
    measure = desk.add("1.1-1", due_on=LATE)
    desk.sweep(at(MONDAY, MIDNIGHT))
    submit(desk, measure)
    assert desk.compose(at(MONDAY, MIDNIGHT)) == Composed(messages=0, withdrawn=0, overtaken=1, unreachable=0)
    assert desk.messages() == []


def test_a_withdrawn_draft_makes_room_for_a_new_one(desk: SmallOffice) -> None:
    submit(desk, _said(desk, "1.1-1"))
    desk.night(SUNDAY)
    desk.add("1.1-2", due_on=LATE)
    assert desk.night(MONDAY).messages == 1
    assert desk.told() == {"bus-responsible": ["1.1-2"]}


def test_a_review_that_a_supervisor_owes_is_told_although_the_measure_waits_for_another(desk: SmallOffice) -> None:
    measure = desk.add("1.1-1", due_on=LATE)
    submit(desk, measure)
    block(desk, measure)
    desk.night(date(2024, 1, 3))
    reviews = [one for one in desk.reminders() if one.watch is WatchKind.REVIEW]
    assert [one.overtaken for one in reviews] == [False]
    assert "1.1-1" in desk.told()["bus-supervisor"]


# posts and persons


def test_a_post_that_changed_hands_before_the_release_speaks_to_the_new_holder(desk: SmallOffice) -> None:
    _said(desk, "1.1-1")
    desk.leave("bus-responsible", SUNDAY)
    desk.take("bus-responsible", "successor", SUNDAY)
    assert desk.night(MONDAY) == Composed(messages=1, withdrawn=1, overtaken=0, unreachable=0)
    assert desk.told() == {"successor": ["1.1-1"]}


def test_who_holds_the_post_on_the_day_of_the_release_is_told(desk: SmallOffice) -> None:
    desk.leave("bus-responsible", MONDAY)
    desk.take("bus-responsible", "successor", MONDAY)
    _said(desk, "1.1-1")
    assert desk.told() == {"successor": ["1.1-1"]}


def test_an_acting_holder_is_told_where_there_is_no_full_one(desk: SmallOffice) -> None:
    desk.take("bus-responsible", "stand-in", SATURDAY, acting=True)
    _said(desk, "1.1-1")
    assert desk.told() == {"bus-responsible": ["1.1-1"]}
    desk.leave("bus-responsible", SUNDAY)
    desk.night(MONDAY)
    assert desk.told() == {"stand-in": ["1.1-1"]}


def test_what_is_owed_to_a_post_that_fell_vacant_waits_for_the_next_holder(desk: SmallOffice) -> None:
    _said(desk, "1.1-1")
    desk.leave("bus-responsible", SUNDAY)
    assert desk.night(MONDAY) == Composed(messages=0, withdrawn=1, overtaken=0, unreachable=1)
    desk.deliver(at(MONDAY))
    assert desk.told() == {}
    desk.take("bus-responsible", "successor", TUESDAY)
    assert desk.night(TUESDAY) == Composed(messages=1, withdrawn=0, overtaken=0, unreachable=0)
    assert desk.told() == {"successor": ["1.1-1"]}


def test_who_left_one_of_two_posts_still_hears_of_the_other(desk: SmallOffice) -> None:
    desk.take("bus-deputy", "bus-responsible", SATURDAY)
    desk.leave("bus-deputy", SATURDAY)
    desk.add("1.1-1", due_on=LATER)
    desk.add("1.1-2", due_on=LATE)
    desk.night(SATURDAY)
    assert desk.told()["bus-responsible"] == ["1.1-1", "1.1-2"]
    desk.leave("bus-responsible", SUNDAY)
    assert desk.night(MONDAY).unreachable == 1
    assert desk.told()["bus-responsible"] == ["1.1-1"]


def test_in_place_of_a_vacant_post_the_next_one_up_is_told_why(desk: SmallOffice) -> None:
    desk.leave("bus-responsible", SATURDAY)
    desk.add("1.1-1", due_on=LATE)
    desk.night(MONDAY)
    assert desk.told() == {"bus-deputy": ["1.1-1"]}
    assert "bus-responsible现空缺，故报您" in desk.draft().body
