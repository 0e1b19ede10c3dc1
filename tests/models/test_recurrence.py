from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.calendar import load_calendar
from models.recurrence import occurrences, settle
from models.vocabulary import NonWorking
from models.workdays import Calendar

DAY = timedelta(days=1)
CN = load_calendar("cn")

days = st.dates(date(2022, 1, 1), date(2027, 6, 30))
generated = st.builds(
    lambda off, working: Calendar("any", "0", frozenset({2022, 2023}), off, working - off),
    st.frozensets(st.dates(date(2022, 1, 1), date(2023, 12, 31)), max_size=40),
    st.frozensets(st.dates(date(2022, 1, 1), date(2023, 12, 31)), max_size=10),
)
calendars = st.one_of(st.just(CN), generated)
policies = st.sampled_from(NonWorking)


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        (
            date(2023, 1, 25),
            date(2023, 1, 20),
            date(2023, 1, 28),
        ),  # Spring Festival; Saturday the 28th is made up for
        (date(2023, 2, 25), date(2023, 2, 24), date(2023, 2, 27)),
        (date(2023, 3, 25), date(2023, 3, 24), date(2023, 3, 27)),
        (date(2023, 4, 25), date(2023, 4, 25), date(2023, 4, 25)),
        (date(2023, 5, 25), date(2023, 5, 25), date(2023, 5, 25)),
        (date(2023, 6, 25), date(2023, 6, 25), date(2023, 6, 25)),  # a Sunday, made up for
        (date(2023, 7, 25), date(2023, 7, 25), date(2023, 7, 25)),
        (date(2023, 8, 25), date(2023, 8, 25), date(2023, 8, 25)),
        (date(2023, 9, 25), date(2023, 9, 25), date(2023, 9, 25)),
        (date(2023, 10, 25), date(2023, 10, 25), date(2023, 10, 25)),
        (date(2023, 11, 25), date(2023, 11, 24), date(2023, 11, 27)),
        (date(2023, 12, 25), date(2023, 12, 25), date(2023, 12, 25)),
        (date(2024, 1, 25), date(2024, 1, 25), date(2024, 1, 25)),
        (date(2024, 2, 25), date(2024, 2, 23), date(2024, 2, 26)),
        (date(2024, 3, 25), date(2024, 3, 25), date(2024, 3, 25)),
        (date(2024, 4, 25), date(2024, 4, 25), date(2024, 4, 25)),
        (date(2024, 5, 25), date(2024, 5, 24), date(2024, 5, 27)),
        (date(2024, 6, 25), date(2024, 6, 25), date(2024, 6, 25)),
        (date(2024, 7, 25), date(2024, 7, 25), date(2024, 7, 25)),
        (date(2024, 8, 25), date(2024, 8, 23), date(2024, 8, 26)),
        (date(2024, 9, 25), date(2024, 9, 25), date(2024, 9, 25)),
        (date(2024, 10, 25), date(2024, 10, 25), date(2024, 10, 25)),
        (date(2024, 11, 25), date(2024, 11, 25), date(2024, 11, 25)),
        (date(2024, 12, 25), date(2024, 12, 25), date(2024, 12, 25)),
    ],
)
def test_the_25ths_of_two_years_settle_as_on_the_wall_calendar(day: date, before: date, after: date) -> None:
    assert settle(day, CN, NonWorking.BEFORE) == before
    assert settle(day, CN, NonWorking.AFTER) == after
    assert settle(day, CN, NonWorking.LEAVE) == day


@given(days, calendars, policies)
def test_a_working_day_stays_where_it_is(day: date, calendar: Calendar, policy: NonWorking) -> None:
    working = calendar.on_or_after(day).value
    assert settle(working, calendar, policy) == working


@given(days, calendars)
def test_leaving_leaves_every_day(day: date, calendar: Calendar) -> None:
    assert settle(day, calendar, NonWorking.LEAVE) == day


@given(days, calendars)
def test_a_day_off_goes_to_the_nearest_working_day_on_its_side(day: date, calendar: Calendar) -> None:
    before, after = settle(day, calendar, NonWorking.BEFORE), settle(day, calendar, NonWorking.AFTER)
    assert before <= day <= after
    assert calendar.is_working(before).value
    assert calendar.is_working(after).value
    between = [before + ahead * DAY for ahead in range(1, (after - before).days)]
    assert not any(calendar.is_working(each).value for each in between)


@given(days, days, calendars, policies)
def test_settling_keeps_the_order_of_occurrences(a: date, b: date, calendar: Calendar, policy: NonWorking) -> None:
    first, second = sorted((a, b))
    assert settle(first, calendar, policy) <= settle(second, calendar, policy)


@given(days, calendars, policies)
def test_what_is_settled_is_settled_for_good(day: date, calendar: Calendar, policy: NonWorking) -> None:
    settled = settle(day, calendar, policy)
    assert settle(settled, calendar, policy) == settled


MONTHLY = "FREQ=MONTHLY;BYMONTHDAY=25"


@pytest.mark.parametrize(
    ("rrule", "since", "until", "days"),
    [
        (MONTHLY, date(2023, 9, 25), date(2023, 11, 25), [date(2023, 9, 25), date(2023, 10, 25), date(2023, 11, 25)]),
        (MONTHLY, date(2023, 9, 26), date(2023, 11, 24), [date(2023, 10, 25)]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", date(2024, 2, 1), date(2024, 3, 31), [date(2024, 2, 29), date(2024, 3, 31)]),
        ("FREQ=WEEKLY;BYDAY=MO", date(2023, 12, 20), date(2024, 1, 2), [date(2023, 12, 25), date(2024, 1, 1)]),
        ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=31", date(2023, 2, 1), date(2024, 1, 30), []),
        ("FREQ=DAILY;COUNT=2", date(2023, 12, 20), date(2023, 12, 31), [date(2023, 12, 20), date(2023, 12, 21)]),
        ("FREQ=DAILY", date(2023, 12, 21), date(2023, 12, 20), []),
    ],
)
def test_occurrences_are_the_days_of_the_rule_both_ends_included(
    rrule: str, since: date, until: date, days: list[date]
) -> None:
    assert occurrences(rrule, since, until) == days


def test_a_rule_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="NONSENSE"):
        occurrences("FREQ=NONSENSE", date(2023, 9, 1), date(2023, 9, 1))
