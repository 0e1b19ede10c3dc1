from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.vocabulary import DayKind
from models.workdays import Calendar, Projected, Span

FIRST, LAST = date(2022, 1, 1), date(2023, 12, 31)
DAY = timedelta(days=1)

# The summer of 2023, as decreed: Dragon Boat from Thursday to Saturday, the Sunday after is worked.
SUMMER = Calendar(
    name="summer",
    version="0",
    decreed=frozenset({2022, 2023}),
    days_off=frozenset({date(2023, 6, 22), date(2023, 6, 23), date(2023, 6, 24)}),
    make_up_days=frozenset({date(2023, 6, 25)}),
)

near = st.dates(FIRST - 40 * DAY, LAST + 40 * DAY)
counts = st.integers(-80, 80)
scattered = st.sets(st.dates(FIRST, LAST), max_size=10)
stretches = st.builds(
    lambda first, length: {first + ahead * DAY for ahead in range(length)},
    st.dates(FIRST, LAST - 40 * DAY),
    st.integers(0, 40),
)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    off, make_up, local, working = draw(stretches), draw(stretches), draw(scattered), draw(scattered)
    return Calendar(
        name="any",
        version="0",
        decreed=frozenset({2022, 2023}),
        days_off=frozenset(off),
        make_up_days=frozenset(make_up - off),
        days_off_local=frozenset(local),
        working_local=frozenset(working - local),
    )


def works(calendar: Calendar, day: date) -> bool:
    """The plain reading of a calendar that the counting one has to agree with."""
    if day in calendar.days_off_local or day in calendar.working_local:
        return day in calendar.working_local
    if day in calendar.days_off or day in calendar.make_up_days:
        return day in calendar.make_up_days
    return day.weekday() < 5


def walk(calendar: Calendar, day: date, steps: int) -> tuple[date, list[date]]:
    """The day that many working days away, found day by day, and every day that was looked at."""
    seen: list[date] = []
    for _ in range(abs(steps)):
        for ahead in count(1):
            looked = day + ahead * (DAY if steps > 0 else -DAY)
            seen.append(looked)
            if works(calendar, looked):
                day = looked
                break
    return day, seen


def undecreed(days: list[date]) -> bool:
    return any(not FIRST <= day <= LAST for day in days)


def working(steps: int) -> Span:
    return Span(steps, DayKind.WORKING)


def test_a_make_up_sunday_is_a_working_day() -> None:
    assert SUMMER.is_working(date(2023, 6, 25)) == Projected(value=True, provisional=False)


def test_a_decreed_thursday_off_is_not_a_working_day() -> None:
    assert SUMMER.is_working(date(2023, 6, 22)) == Projected(value=False, provisional=False)


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        (date(2023, 6, 21), "1 working", date(2023, 6, 25)),
        (date(2023, 6, 25), "-1 working", date(2023, 6, 21)),
        (date(2023, 6, 23), "1 working", date(2023, 6, 25)),
        (date(2023, 6, 23), "-1 working", date(2023, 6, 21)),
        (date(2023, 6, 23), "0 working", date(2023, 6, 23)),
        (date(2023, 6, 21), "7 working", date(2023, 7, 3)),
        (date(2023, 6, 21), "3 calendar", date(2023, 6, 24)),
        (date(2023, 6, 21), "-21 calendar", date(2023, 5, 31)),
    ],
)
def test_a_limit_ends_on_the_day_that_one_counts_on_the_wall_calendar(start: date, span: str, end: date) -> None:
    assert SUMMER.shift(start, Span.parse(span)) == Projected(end, provisional=False)


@pytest.mark.parametrize(
    ("a", "b", "days"),
    [
        (date(2023, 6, 21), date(2023, 6, 26), 2),
        (date(2023, 6, 26), date(2023, 6, 21), -2),
        (date(2023, 6, 21), date(2023, 6, 24), 0),
        (date(2023, 6, 24), date(2023, 6, 21), -1),
        (date(2023, 6, 25), date(2023, 6, 25), 0),
    ],
)
def test_the_day_one_counts_from_never_counts(a: date, b: date, days: int) -> None:
    assert SUMMER.working_days_between(a, b) == Projected(days, provisional=False)


def test_what_falls_due_on_a_holiday_moves_to_the_first_working_day_after() -> None:
    assert SUMMER.on_or_after(date(2023, 6, 22)).value == date(2023, 6, 25)
    assert SUMMER.on_or_after(date(2023, 6, 25)).value == date(2023, 6, 25)


def test_beyond_the_horizon_weekdays_are_taken_as_working_and_the_answer_says_so() -> None:
    assert SUMMER.horizon == date(2023, 12, 31)
    assert SUMMER.is_working(date(2024, 1, 1)) == Projected(value=True, provisional=True)
    assert SUMMER.is_working(date(2024, 1, 6)) == Projected(value=False, provisional=True)
    assert SUMMER.shift(date(2023, 12, 29), working(1)) == Projected(date(2024, 1, 1), provisional=True)


def test_before_the_first_decreed_year_answers_are_provisional_too() -> None:
    assert SUMMER.beginning == date(2022, 1, 1)
    assert SUMMER.is_working(date(2021, 12, 31)).provisional
    assert SUMMER.shift(date(2022, 1, 3), working(-1)) == Projected(date(2021, 12, 31), provisional=True)


def test_an_answer_that_starts_beyond_the_horizon_but_rests_on_decreed_days_is_firm() -> None:
    assert SUMMER.shift(date(2024, 1, 1), working(-1)) == Projected(date(2023, 12, 29), provisional=False)
    assert not SUMMER.working_days_between(date(2024, 1, 1), date(2023, 12, 1)).provisional


def test_calendar_days_are_certain_in_any_year() -> None:
    assert SUMMER.shift(date(2023, 12, 30), Span.parse("5 calendar")) == Projected(
        date(2024, 1, 4), provisional=False
    )


def test_the_horizon_stops_at_the_first_year_left_out() -> None:
    gap = replace(SUMMER, decreed=frozenset({2020, 2021, 2023}))
    assert gap.horizon == date(2021, 12, 31)
    assert gap.is_working(date(2023, 6, 25)) == Projected(value=True, provisional=True)


def test_what_an_office_adds_wins_over_the_decree() -> None:
    local = replace(
        SUMMER,
        days_off_local=frozenset({date(2023, 6, 25)}),
        working_local=frozenset({date(2023, 6, 23)}),
    )
    assert not local.is_working(date(2023, 6, 25)).value
    assert local.is_working(date(2023, 6, 23)).value
    assert local.shift(date(2023, 6, 21), working(2)).value == date(2023, 6, 26)


def test_a_calendar_is_a_value() -> None:
    same = replace(SUMMER)
    assert same == SUMMER
    assert hash(same) == hash(SUMMER)
    assert replace(SUMMER, version="1") != SUMMER
    with pytest.raises(FrozenInstanceError):
        SUMMER.name = "other"  # type: ignore[misc]


def test_a_calendar_without_a_decreed_year_is_refused() -> None:
    with pytest.raises(ValueError, match="summer: at least one year has to be decreed"):
        replace(SUMMER, decreed=frozenset())


def test_a_day_both_off_and_working_is_refused() -> None:
    both = frozenset({date(2023, 6, 22)})
    with pytest.raises(ValueError, match="summer: both off and working: 2023-06-22"):
        replace(SUMMER, make_up_days=both)
    with pytest.raises(ValueError, match="summer: both off and working: 2023-06-22"):
        replace(SUMMER, days_off_local=both, working_local=both)


@pytest.mark.parametrize("span", ["3000000 working", "-3000000 working", "9999999999 calendar", "-800000 calendar"])
def test_a_limit_outside_the_years_that_dates_have_is_refused(span: str) -> None:
    with pytest.raises(ValueError, match="outside the years 1 to 9999; take a shorter span"):
        SUMMER.shift(date(2023, 6, 21), Span.parse(span))


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("-7 working", Span(-7, DayKind.WORKING)),
        ("0 working", Span(0, DayKind.WORKING)),
        ("3 calendar", Span(3, DayKind.CALENDAR)),
    ],
)
def test_a_span_is_read_as_it_is_written(text: str, span: Span) -> None:
    assert Span.parse(text) == span
    assert str(span) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "7", "working", "5 days", "5 workdays", "5 Working", "5working", "5  working", " 5 working"),
        *("5 working ", "5 working\n", "+5 working", "05 working", "-0 working", "1.5 working", "５ working"),
    ],
)
def test_a_span_has_one_spelling_only(text: str) -> None:
    with pytest.raises(ValueError, match="is no span of days: write it as '-7 working' or '3 calendar'"):
        Span.parse(text)


@given(st.integers(), st.sampled_from(DayKind))
def test_every_span_can_be_written_and_read_back(steps: int, kind: DayKind) -> None:
    assert Span.parse(str(Span(steps, kind))) == Span(steps, kind)


@given(calendars(), near)
def test_a_day_is_what_the_document_says_of_it(calendar: Calendar, day: date) -> None:
    assert calendar.is_working(day) == Projected(works(calendar, day), undecreed([day]))


@given(calendars(), near, counts)
def test_a_shift_lands_where_walking_day_by_day_does(calendar: Calendar, day: date, steps: int) -> None:
    end, seen = walk(calendar, day, steps)
    assert calendar.shift(day, working(steps)) == Projected(end, undecreed(seen))


@given(calendars(), near, counts)
def test_counting_undoes_shifting_in_both_directions(calendar: Calendar, day: date, steps: int) -> None:
    shifted = calendar.shift(day, working(steps))
    assert calendar.working_days_between(day, shifted.value) == Projected(steps, shifted.provisional)


@given(calendars(), near, near)
def test_a_count_is_the_number_of_working_days_on_the_way(calendar: Calendar, a: date, b: date) -> None:
    sign = 1 if a <= b else -1
    way = [a + sign * ahead * DAY for ahead in range(1, abs((b - a).days) + 1)]
    expected = sign * sum(works(calendar, day) for day in way)
    assert calendar.working_days_between(a, b) == Projected(expected, undecreed(way))


@given(calendars(), near)
def test_on_or_after_is_the_first_working_day_from_there(calendar: Calendar, day: date) -> None:
    found = calendar.on_or_after(day)
    way = [day + ahead * DAY for ahead in range((found.value - day).days + 1)]
    assert [works(calendar, each) for each in way] == [False] * (len(way) - 1) + [True]
    assert found.provisional is undecreed(way)


@given(near, counts)
def test_calendar_days_are_plain_addition(day: date, steps: int) -> None:
    shifted = SUMMER.shift(day, Span(steps, DayKind.CALENDAR))
    assert shifted == Projected(day + steps * DAY, provisional=False)
