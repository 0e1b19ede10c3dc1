from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.escalation import Call, Decision, address, decide
from models.ladder import NEVER, Ladder, Step
from models.quiet import Quiet, latest, read, write
from models.vocabulary import DayKind, Duty, Reply, Slip, Withheld
from models.workdays import Span
from tests.ladders import (
    CN,
    DAY,
    DUE,
    EVERYBODY,
    POSTS,
    Case,
    Staff,
    follow,
    nights_of,
    outages,
    policy_of,
    situation_of,
    staffs,
    urging,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

OWN_POSTS = Staff(POSTS, EVERYBODY)
names = st.integers(0, 4).map("step-{}".format)
quiets = st.builds(
    Quiet,
    names,
    st.sampled_from(Duty),
    st.dates(date(2023, 9, 1), date(2024, 2, 28)),
    st.sampled_from(Reply),
)
sets_of_quiets = st.lists(quiets, max_size=8).map(latest)


@dataclass(frozen=True)
class Told:
    """One night on which a post was told, or not, one step for one time."""

    night: date
    step: str
    repetition: int
    post: int


def story(case: Case, staff: Staff, nights: Iterable[date], quiet: tuple[Quiet, ...]) -> list[tuple[Told, Call]]:
    """What every night said and withheld."""
    told: list[tuple[Told, Call]] = []
    looked_on = look_on = NEVER
    for night in nights:
        if look_on > night:
            continue
        decision = case.decide(night, looked_on, quiet)
        looked_on, look_on = night, decision.look_on
        told += [
            (Told(night, call.occasion.step.name, call.occasion.repetition, call.post_id), call)
            for call in address(decision, staff.posts, staff.held)
        ]
    return told


def said(told: list[tuple[Told, Call]]) -> set[Told]:
    return {one for one, call in told if call.withheld is None}


@given(sets_of_quiets)
def test_what_is_written_reads_the_same(some: tuple[Quiet, ...]) -> None:
    assert read(write(some)) == some
    assert write(read(write(some))) == write(some)


@given(st.lists(quiets, max_size=8))
def test_of_each_step_for_each_duty_the_longest_quiet_stands(some: list[Quiet]) -> None:
    kept = latest(some)
    assert len({(one.step, one.duty) for one in kept}) == len(kept) == len({(one.step, one.duty) for one in some})
    for one in some:
        (stands,) = [other for other in kept if (other.step, other.duty) == (one.step, one.duty)]
        assert stands.until >= one.until
    assert latest([*some, *some]) == latest(kept) == kept


@given(urging, outages, staffs, sets_of_quiets)
@settings(max_examples=80)
def test_the_first_time_of_a_step_is_said_on_the_same_night_to_the_same_posts(
    case: Case, down: set[int], staff: Staff, quiet: tuple[Quiet, ...]
) -> None:
    nights = [night for number, night in enumerate(nights_of(case)) if number not in down]
    before, after = (said(story(case, staff, nights, some)) for some in ((), quiet))
    assert {one for one in before if one.repetition == 0} <= after


@given(urging, outages, sets_of_quiets, st.sampled_from(Duty))
@settings(max_examples=80)
def test_no_other_post_hears_anything_else(case: Case, down: set[int], quiet: tuple[Quiet, ...], duty: Duty) -> None:
    nights = [night for number, night in enumerate(nights_of(case)) if number not in down]
    own = tuple(one for one in quiet if one.duty is duty)
    before, after = (said(story(case, OWN_POSTS, nights, some)) for some in ((), own))
    assert {one for one in before if one.post != POSTS[duty]} == {one for one in after if one.post != POSTS[duty]}


@given(urging, staffs, sets_of_quiets, st.sampled_from(Duty))
@settings(max_examples=80)
def test_whatever_is_vacant_only_the_post_that_replied_hears_less(
    case: Case, staff: Staff, quiet: tuple[Quiet, ...], duty: Duty
) -> None:
    own = tuple(one for one in quiet if one.duty is duty)
    before, after = (said(story(case, staff, nights_of(case), some)) for some in ((), own))
    assert {one.post for one in before - after} <= {staff.posts[duty]}


@given(urging, outages, staffs, sets_of_quiets)
@settings(max_examples=80)
def test_every_step_that_is_not_said_is_recorded_with_its_reason_and_none_is_lost(
    case: Case, down: set[int], staff: Staff, quiet: tuple[Quiet, ...]
) -> None:
    nights = [night for number, night in enumerate(nights_of(case)) if number not in down]
    before, after = (story(case, staff, nights, some) for some in ((), quiet))
    assert [one for one, _ in after] == [one for one, _ in before]
    for _, call in after:
        if call.withheld in {Withheld.ACKNOWLEDGED, Withheld.SNOOZED}:
            (reason,) = {
                one.reason
                for one in quiet
                if staff.posts[one.duty] == call.post_id
                and one.step == call.occasion.step.name
                and call.occasion.on < one.until
            } & {call.withheld}
            assert (reason, call.occasion.repetition > 0) == (call.withheld, True)


@given(urging, sets_of_quiets)
@settings(max_examples=40)
def test_when_its_quiet_has_ended_a_post_hears_again(case: Case, quiet: tuple[Quiet, ...]) -> None:
    end = max((one.until for one in quiet), default=NEVER)
    before, after = (story(case, OWN_POSTS, nights_of(case), some) for some in ((), quiet))
    assert {one for one in said(before) if one.night >= end + 30 * DAY} <= said(after)
    for (_, plain), (_, kept) in zip(before, after, strict=True):
        if plain.occasion.on >= end:
            assert plain.withheld == kept.withheld


@given(urging, sets_of_quiets)
@settings(max_examples=40)
def test_what_is_over_makes_no_difference(case: Case, quiet: tuple[Quiet, ...]) -> None:
    looked_on = case.today
    still = tuple(one for one in quiet if one.until > looked_on)
    later = looked_on + 20 * DAY
    assert case.decide(later, looked_on, quiet) == case.decide(later, looked_on, still)


@given(urging, sets_of_quiets)
@settings(max_examples=40)
def test_a_look_is_due_on_the_same_day_whatever_is_quiet(case: Case, quiet: tuple[Quiet, ...]) -> None:
    decisions = follow(case, nights_of(case))
    assume(decisions)
    assert case.decide(case.today, quiet=quiet).look_on == case.decide(case.today).look_on


LADDER = Ladder(
    (
        Step("late", Span(1, DayKind.CALENDAR), Slip.URGE, (Duty.RESPONSIBLE,), Span(2, DayKind.CALENDAR)),
        Step("later", Span(6, DayKind.CALENDAR), Slip.URGE, (Duty.DEPUTY,), Span(2, DayKind.CALENDAR)),
    )
)


def on(days: int, held: frozenset[int] = EVERYBODY, *quiet: Quiet) -> list[str]:
    """What becomes of the steps of one day so many days after DUE, in words."""
    day = DUE + timedelta(days=days)
    decision: Decision = decide(situation_of(DUE, day - DAY, quiet=quiet), policy_of(LADDER), CN, day)
    return [
        f"{call.occasion.step.name}+{call.occasion.repetition} {call.post_id} {call.withheld or 'said'}"
        for call in address(decision, POSTS, held)
    ]


def test_a_repetition_is_withheld_until_the_day_on_which_the_quiet_ends() -> None:
    quiet = Quiet("late", Duty.RESPONSIBLE, DUE + 7 * DAY, Reply.ACKNOWLEDGED)
    assert on(1, EVERYBODY, quiet) == ["late+0 1 said"]
    assert on(5, EVERYBODY, quiet) == ["late+2 1 acknowledged"]
    assert on(7, EVERYBODY, quiet) == ["late+3 1 said"]


def test_who_stands_in_for_a_post_that_acknowledged_hears_the_repetition() -> None:
    quiet = Quiet("late", Duty.RESPONSIBLE, DUE + 9 * DAY, Reply.ACKNOWLEDGED)
    assert on(3, EVERYBODY - {1}, quiet) == ["late+1 1 vacant", "late+1 2 said"]


def test_what_a_stand_in_puts_off_the_next_holder_of_the_post_hears() -> None:
    quiet = Quiet("late", Duty.DEPUTY, DUE + 9 * DAY, Reply.SNOOZED)
    assert on(3, EVERYBODY - {1}, quiet) == ["late+1 1 vacant", "late+1 2 snoozed"]
    assert on(3, EVERYBODY, quiet) == ["late+1 1 said"]
