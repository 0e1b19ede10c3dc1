from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.calendar import load_calendar
from models.hours import Hours
from models.workdays import Calendar

CN = load_calendar("cn")
SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = Hours(opens=time(8, 40), closes=time(17, 30))
DAY = timedelta(days=1)

hours = st.builds(
    Hours,
    st.times(time(6), time(11, 59)).map(lambda opens: opens.replace(second=0, microsecond=0)),
    st.times(time(12), time(23, 59)),
)
moments = st.datetimes(datetime(2023, 1, 1), datetime(2024, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from(["Asia/Shanghai", "America/New_York", "Pacific/Auckland"]).map(ZoneInfo)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "released"),
    [
        pytest.param("2023-11-15 09:00", "2023-11-15 09:00", id="within hours: at once"),
        pytest.param("2023-11-15 08:40", "2023-11-15 08:40", id="on the stroke of opening: at once"),
        pytest.param("2023-11-15 17:29:59", "2023-11-15 17:29:59", id="a second before closing: at once"),
        pytest.param("2023-11-15 00:30", "2023-11-15 08:40", id="at night: when the office opens"),
        pytest.param("2023-11-15 17:30", "2023-11-16 08:40", id="on the stroke of closing: next morning"),
        pytest.param("2023-11-17 18:00", "2023-11-20 08:40", id="Friday evening: Monday"),
        pytest.param("2023-11-18 10:00", "2023-11-20 08:40", id="Saturday: Monday"),
        pytest.param("2023-06-21 18:00", "2023-06-25 08:40", id="before the holiday: the make-up Sunday"),
        pytest.param("2023-06-25 10:00", "2023-06-25 10:00", id="on a make-up Sunday: at once"),
        pytest.param("2023-10-01 10:00", "2023-10-07 08:40", id="National Day: the make-up Saturday after it"),
        pytest.param("2023-12-29 17:30", "2024-01-02 08:40", id="New Year: the second of January"),
    ],
)
def test_a_message_leaves_in_office_hours_of_a_working_day(moment: str, released: str) -> None:
    assert OFFICE.release(shanghai(moment), CN, SHANGHAI) == shanghai(released)


def test_the_hours_are_the_offices_whatever_the_zone_of_the_moment() -> None:
    night_there = datetime(2023, 11, 15, 21, 30, tzinfo=timezone(timedelta(hours=-3)))  # 08:30 in Shanghai
    assert OFFICE.release(night_there, CN, SHANGHAI) == shanghai("2023-11-16 08:40")
    assert OFFICE.release(datetime(2023, 11, 15, 0, 40, tzinfo=UTC), CN, SHANGHAI) == shanghai("2023-11-15 08:40")


@given(hours, moments, zones)
@settings(max_examples=60)
def test_a_release_is_the_first_moment_not_before_in_hours_of_a_working_day(
    hours: Hours, moment: datetime, zone: ZoneInfo
) -> None:
    released = hours.release(moment, CN, zone)
    local = released.astimezone(zone)
    assert released >= moment
    assert CN.is_working(local.date()).value
    assert hours.opens <= local.time() < hours.closes
    for opening, closing in openings(hours, CN, zone, moment.astimezone(zone).date(), local.date()):
        assert closing <= moment or opening >= released or released == moment


@given(hours, moments, zones)
@settings(max_examples=30)
def test_what_is_released_may_leave_then(hours: Hours, moment: datetime, zone: ZoneInfo) -> None:
    released = hours.release(moment, CN, zone)
    assert hours.release(released, CN, zone) == released


def openings(
    hours: Hours, calendar: Calendar, zone: ZoneInfo, first: date, last: date
) -> list[tuple[datetime, datetime]]:
    """When the office opens and closes on each working day from first to last."""
    days = [first + ahead * DAY for ahead in range((last - first).days + 1)]
    return [
        (datetime.combine(day, hours.opens, zone), datetime.combine(day, hours.closes, zone))
        for day in days
        if calendar.is_working(day).value
    ]
