from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import islice, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.escalation import Call, Decision, EscalationPolicy, Situation, address, decide
from models.ladder import NEVER, Ladder, Step, occasions
from models.lights import Lights
from models.vocabulary import Duty, Light, Slip, WatchKind, Withheld
from models.workdays import Span
from tests.ladders import (
    CLOSEOUT,
    CN,
    DAY,
    DUE,
    EVERYBODY,
    LIGHTS,
    POSTS,
    SHIPPED,
    Case,
    Staff,
    cases,
    follow,
    nights_of,
    outages,
    policy_of,
    said,
    situation_of,
    staffs,
    taken,
    told,
    urging,
)


@given(cases)
@settings(max_examples=40)
def test_asking_twice_says_nothing_new(case: Case) -> None:
    look_on = case.decide(case.today).look_on
    assert case.decide(case.today, looked_on=case.today) == Decision(case.ladder, (), look_on)


@given(cases, st.integers(1, 60))
@settings(max_examples=50)
def test_nothing_new_is_said_before_the_next_look_which_lies_ahead(case: Case, days: int) -> None:
    look_on = case.decide(case.today).look_on
    assert look_on > case.today
    between = min(case.today + days * DAY, look_on - DAY)
    assert case.decide(between, looked_on=case.today) == Decision(case.ladder, (), look_on)


@given(cases)
@settings(max_examples=40)
def test_no_look_is_in_vain(case: Case) -> None:
    look_on = case.decide(case.today).look_on
    assert case.decide(look_on, looked_on=case.today).takings


@given(cases, outages)
@settings(max_examples=40)
def test_an_outage_changes_when_but_not_who_and_every_step_is_recorded_once(case: Case, down: set[int]) -> None:
    nights = nights_of(case)
    daily = follow(case, nights)
    broken = follow(case, [night for number, night in enumerate(nights) if number not in down])
    assert taken(broken) == taken(daily) == Counter(set(taken(daily)))
    assert {occasion.duty for occasion in said(*broken)} == {occasion.duty for occasion in said(*daily)}


@given(urging, outages, staffs)
@settings(max_examples=40)
def test_an_outage_changes_no_post_that_is_told_whatever_is_vacant(case: Case, down: set[int], staff: Staff) -> None:
    def posts_told(nights: list[date]) -> set[int]:
        decisions = follow(case, nights)
        return {post for decision in decisions for post in told(address(decision, staff.posts, staff.held))}

    nights = nights_of(case)
    assert posts_told([night for number, night in enumerate(nights) if number not in down]) == posts_told(nights)


@given(urging)
@settings(max_examples=40)
def test_no_duty_hears_two_steps_at_once_but_only_the_latest_that_names_it(case: Case) -> None:
    heard = said(case.decide(case.today))
    assert len({occasion.duty for occasion in heard}) == len(heard)
    for occasion in heard:
        every = occasions(case.ladder, occasion.duty, case.anchor, case.calendar)
        *_, latest = takewhile(lambda each: each.on <= case.today, every)
        assert occasion == latest


@given(urging, staffs)
@settings(max_examples=60)
def test_no_post_hears_two_steps_at_once_but_only_the_latest_that_comes_to_it(case: Case, staff: Staff) -> None:
    calls = address(case.decide(case.today), staff.posts, staff.held)
    assert len(set(told(calls))) == len(told(calls))
    assert set(told(calls)) <= staff.held

    def rank(call: Call) -> tuple[date, int]:
        return call.occasion.on, case.ladder.steps.index(call.occasion.step)

    for post in told(calls):
        owed = [call for call in calls if call.post_id == post and call.withheld is not Withheld.VACANT]
        assert max(map(rank, owed)) == next(rank(call) for call in owed if call.withheld is None)


@given(cases, staffs)
@settings(max_examples=60)
def test_every_step_goes_to_its_post_or_to_the_nearest_one_above_or_says_why_not(case: Case, staff: Staff) -> None:
    decision = case.decide(case.today)
    calls = address(decision, staff.posts, staff.held)
    named = [call for call in calls if call.instead_of is None]
    assert [call.occasion for call in named] == [taking.occasion for taking in decision.takings]
    for call, taking in zip(named, decision.takings, strict=True):
        assert taking.withheld in (None, call.withheld)
    for call in calls:
        rungs = case.ladder.steps[case.ladder.steps.index(call.occasion.step) + 1 :]
        above = [staff.posts[duty] for rung in rungs for duty in rung.duties if staff.posts[duty] in staff.held]
        if call.instead_of is not None:
            assert (call.instead_of, call.post_id) == (staff.posts[call.occasion.duty], above[0])
        elif call.withheld is Withheld.VACANT:
            assert call.post_id not in staff.held
            stand_ins = [other for other in calls if other.occasion is call.occasion and other.instead_of]
            assert bool(stand_ins) is bool(above)
        elif call.withheld is Withheld.FOLDED and not case.blocked:
            later = [other for other in calls if other.occasion.duty is call.occasion.duty and other is not call]
            assert later or call.post_id in told(calls)


@given(cases, st.integers(1, 60))
@settings(max_examples=40)
def test_a_blocked_measure_says_nothing_and_records_each_step_once(case: Case, free_after: int) -> None:
    nights = nights_of(case)
    blocked = follow(replace(case, blocked=True), nights[:free_after])
    free = follow(replace(case, blocked=False), nights[free_after:], looked_on=nights[free_after - 1])
    assert said(*blocked) == []
    assert taken(blocked) + taken(free) == taken(follow(case, nights))


@given(cases.map(lambda case: replace(case, blocked=True)), staffs)
@settings(max_examples=40)
def test_what_is_blocked_reaches_nobody_whatever_is_vacant(case: Case, staff: Staff) -> None:
    calls = address(case.decide(case.today), staff.posts, staff.held)
    assert {call.withheld for call in calls} <= {Withheld.BLOCKED}


@given(cases)
@settings(max_examples=40)
def test_postponing_arms_the_ladder_again(case: Case) -> None:
    postponed = replace(case, anchor=case.today + 60 * DAY)
    first = min(next(occasions(case.ladder, duty, postponed.anchor, case.calendar)).on for duty in case.ladder.duties)
    assert postponed.decide(case.today) == Decision(case.ladder, (), first)
    assert postponed.decide(first).takings


@given(cases)
@settings(max_examples=40)
def test_the_occasions_of_a_duty_come_in_the_order_of_days_and_of_rungs(case: Case) -> None:
    for duty in case.ladder.duties:
        first = list(islice(occasions(case.ladder, duty, case.anchor, case.calendar), 20))
        assert first == sorted(first, key=lambda occasion: occasion.on)
        assert first == sorted(first, key=lambda occasion: case.ladder.steps.index(occasion.step))


def ladder_of(*rungs: tuple[str, str, Duty, str | None]) -> Ladder:
    """A ladder written as (name, offset, duty, repeat)."""
    return Ladder(
        tuple(
            Step(name, Span.parse(after), Slip.REMIND, (duty,), Span.parse(repeat) if repeat else None)
            for name, after, duty, repeat in rungs
        )
    )


def lines(decision: Decision) -> list[str]:
    return [
        " ".join(
            (
                f"{taking.occasion.on:%m-%d}",
                f"{taking.occasion.step.name}+{taking.occasion.repetition}",
                taking.occasion.duty,
                taking.withheld or "said",
            )
        )
        for taking in decision.takings
    ]


def on(day: date, looked_on: date = NEVER) -> Decision:
    """What the shipped policy owes a delivery that is due on DUE."""
    return decide(situation_of(DUE, looked_on), SHIPPED, CN, day)


def test_a_holiday_cannot_bring_a_rung_before_the_one_below_it() -> None:
    # Nine working days before 13 October 2023 is 26 September: the National Day week lies in between.
    ladder = ladder_of(("far", "-14 calendar", Duty.HEAD, None), ("near", "-9 working", Duty.HEAD, "5 working"))
    first, second = islice(occasions(ladder, Duty.HEAD, date(2023, 10, 13), CN), 2)
    assert (first.step.name, first.on) == ("far", date(2023, 9, 29))
    assert (second.step.name, second.on) == ("near", date(2023, 9, 29))


def test_a_repetition_ends_where_a_later_step_names_the_same_duty() -> None:
    ladder = ladder_of(("one", "1 calendar", Duty.HEAD, "2 calendar"), ("two", "5 calendar", Duty.HEAD, "9 calendar"))
    first = islice(occasions(ladder, Duty.HEAD, DUE, CN), 4)
    days = [(occasion.step.name, occasion.repetition, (occasion.on - DUE).days) for occasion in first]
    assert days == [("one", 0, 1), ("one", 1, 3), ("two", 0, 5), ("two", 1, 14)]


def test_a_ladder_without_repetition_comes_to_an_end() -> None:
    ladder = ladder_of(("once", "1 calendar", Duty.HEAD, None))
    assert [occasion.on for occasion in occasions(ladder, Duty.HEAD, DUE, CN)] == [DUE + DAY]
    decision = decide(situation_of(DUE), policy_of(ladder), CN, DUE + DAY)
    assert (lines(decision), decision.look_on) == (["11-16 once+0 head said"], date.max)


def test_a_step_that_rests_on_a_year_not_decreed_is_provisional() -> None:
    ladder = ladder_of(("late", "1 working", Duty.HEAD, "9 working"))
    first, second = islice(occasions(ladder, Duty.HEAD, CN.horizon - 9 * DAY, CN), 2)
    assert (first.provisional, second.provisional) == (False, True)


def test_a_measure_imported_forty_days_late_makes_one_message_a_post() -> None:
    decision = on(DUE + 40 * DAY)
    calls = address(decision, POSTS, EVERYBODY)
    assert sorted(told(calls)) == [1, 2, 3, 4]
    assert [line for line in lines(decision) if line.endswith("said")] == [
        "12-14 overdue-head+1 head said",
        "12-14 overdue-head+1 supervisor said",
        "12-21 overdue-deputy+4 responsible said",
        "12-21 overdue-deputy+4 deputy said",
    ]
    assert len(calls) == len(decision.takings) == 17
    assert decision.look_on == date(2023, 12, 28)


@pytest.mark.parametrize("kind", WatchKind)
def test_the_shipped_policy_tells_each_post_once_whenever_it_first_looks(kind: WatchKind) -> None:
    for late in range(-20, 60):
        situation = Situation(kind, (), DUE, NEVER, blocked=False)
        decision = decide(situation, SHIPPED, CN, DUE + late * DAY)
        posts = told(address(decision, POSTS, EVERYBODY))
        assert len(posts) == len(set(posts))


def test_a_delivery_climbs_the_shipped_ladder_by_working_days() -> None:
    story = []
    looked_on = look_on = NEVER
    for night in (DUE + ahead * DAY for ahead in range(-30, 20)):
        if look_on <= night:
            decision = on(night, looked_on)
            story += lines(decision)
            looked_on, look_on = night, decision.look_on
    assert story == [
        "11-06 due-soon+0 responsible said",
        "11-14 due-next+0 responsible said",
        "11-16 overdue+0 responsible said",
        "11-23 overdue-deputy+0 responsible said",
        "11-23 overdue-deputy+0 deputy said",
        "11-30 overdue-deputy+1 responsible said",
        "11-30 overdue-deputy+1 deputy said",
        "11-30 overdue-head+0 head said",
        "11-30 overdue-head+0 supervisor said",
    ]


def test_the_step_for_a_vacant_post_goes_to_the_nearest_held_one_above() -> None:
    day = date(2023, 11, 23)
    decision = on(day, day - DAY)
    calls = address(decision, POSTS, frozenset({1, 4, 5}))
    assert [(call.post_id, call.instead_of, call.withheld) for call in calls] == [
        (1, None, None),
        (2, None, Withheld.VACANT),
        (4, 2, None),  # the head's post is vacant too
    ]


def test_where_nobody_is_there_above_the_step_is_only_withheld() -> None:
    day = date(2023, 12, 28)
    calls = address(on(day, day - DAY), POSTS, frozenset({1, 2, 3, 4}))
    assert [(call.post_id, call.instead_of, call.withheld) for call in calls if call.post_id == 5] == [
        (5, None, Withheld.VACANT)
    ]
    assert sorted(told(calls)) == [1, 2, 3, 4]


def test_a_post_that_stands_in_and_is_named_itself_hears_its_own_step() -> None:
    day = date(2023, 11, 30)
    calls = address(on(day, day - DAY), POSTS, frozenset({1, 3, 4, 5}))
    assert [(call.occasion.step.name, call.instead_of, call.withheld) for call in calls if call.post_id == 3] == [
        ("overdue-deputy", 2, Withheld.FOLDED),
        ("overdue-head", None, None),
    ]


def test_of_two_topics_the_one_that_the_policy_names_first_decides() -> None:
    general, bond, road = (ladder_of((name, "1 working", Duty.HEAD, "1 working")) for name in ("all", "bond", "road"))
    policy = EscalationPolicy(
        version="0",
        ladders={WatchKind.DELIVERY: general, WatchKind.PERMIT: general},
        topics={"bond": {WatchKind.PERMIT: bond}, "road": {WatchKind.PERMIT: road, WatchKind.DELIVERY: road}},
        lights=LIGHTS,
        closeout=CLOSEOUT,
        topic_closeouts={},
        extensions=1,
        acknowledging=SHIPPED.acknowledging,
    )
    assert policy.ladder(WatchKind.PERMIT, ("road", "bond")) == bond
    assert policy.ladder(WatchKind.PERMIT, ("road",)) == road
    assert policy.ladder(WatchKind.DELIVERY, ("bond", "road")) == road
    assert policy.ladder(WatchKind.DELIVERY, ("bond",)) == general
    assert policy.ladder(WatchKind.PERMIT, ()) == general


@pytest.mark.parametrize(
    ("days_left", "light"),
    [
        *((8, Light.GREEN), (7, Light.BLUE), (0, Light.BLUE)),
        *((-1, Light.YELLOW), (-15, Light.YELLOW), (-16, Light.RED)),
    ],
)
def test_a_light_changes_on_the_day_that_the_policy_names(days_left: int, light: Light) -> None:
    assert LIGHTS.of(DUE + days_left * DAY, DUE) is light


def test_without_a_due_date_the_light_is_blue() -> None:
    assert LIGHTS.of(None, DUE) is Light.BLUE


@given(
    st.builds(Lights, st.integers(0, 30), st.integers(0, 30)),
    st.sampled_from(Light),
    st.dates(date(2023, 1, 1), date(2023, 3, 31)),
)
def test_due_dates_between_are_those_that_show_the_light(lights: Lights, light: Light, due_on: date) -> None:
    first, last = lights.due_between(light, date(2023, 2, 15))
    assert (first <= due_on <= last) is (lights.of(due_on, date(2023, 2, 15)) is light)
