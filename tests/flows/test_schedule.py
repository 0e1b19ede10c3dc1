"""As of when a run by schedule looks, and when deliveries come."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import load_settings
from flows import launch, slot
from flows.environment import prepare
from flows.server import NoServer, api_url, prefect_server
from models.hours import Hours
from models.queries.scope import Scope
from tests.servers.prefect import free_port, lay_out, own_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "UTC", "America/New_York", "Australia/Lord_Howe")]
zones = st.sampled_from(ZONES)
moments = st.datetimes(datetime(2018, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given below
spans = st.timedeltas(timedelta(0), timedelta(30))


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2023, 12, day, hour, minute, tzinfo=SHANGHAI)


@given(now=moments, zone=zones)
def test_the_latest_slot_is_the_last_half_past_midnight(now: datetime, zone: ZoneInfo) -> None:
    latest = slot.latest(now, zone)
    assert timedelta(0) <= now - latest < timedelta(hours=25)
    assert latest.astimezone(zone).time() == time(0, 30)
    assert slot.latest(latest.astimezone(UTC), zone) == latest


def test_a_zone_without_a_yesterday_has_a_slot_before() -> None:
    now = datetime(2011, 12, 30, 10, 10, tzinfo=UTC)  # ten past midnight in Samoa, on the day after the 29th
    apia = ZoneInfo("Pacific/Apia")
    assert slot.latest(now, apia) == datetime(2011, 12, 29, 0, 30, tzinfo=apia)


@given(now=moments, zone=zones, late=st.lists(spans, min_size=2))
def test_all_the_nights_missed_stand_for_one(now: datetime, zone: ZoneInfo, late: list[timedelta]) -> None:
    latest = slot.latest(now, zone).astimezone(UTC)
    assert {slot.due(latest - span, now, zone).timestamp() for span in late} == {latest.timestamp()}


@given(now=moments, zone=zones, delay=spans)
def test_a_run_stands_for_no_moment_before_its_own_and_none_ahead(
    now: datetime, zone: ZoneInfo, delay: timedelta
) -> None:
    due = slot.due(now - delay, now, zone).astimezone(UTC)
    assert now - delay <= due <= now


@given(now=moments, back=spans, look=st.timedeltas(timedelta(-30), timedelta(30)))
def test_a_late_run_looks_no_further_back_than_the_last_look(now: datetime, back: timedelta, look: timedelta) -> None:
    due, last = now - back, now + look
    looked = slot.as_of(due, now, last)
    assert looked in (due, last)
    assert looked <= now
    assert looked >= last or last > now


def test_the_first_run_looks_as_of_its_slot() -> None:
    assert slot.as_of(shanghai(25, 0, 30), shanghai(25, 9), None) == shanghai(25, 0, 30)


def test_the_night_comes_half_an_hour_into_the_day() -> None:
    assert slot.nightly_cron() == "30 0 * * *"


def test_deliveries_come_in_office_hours_off_the_beaten_minutes() -> None:
    assert slot.delivery_cron(Hours(time(8, 40), time(17, 30))) == "7-59/10 8-17 * * *"


def test_prefect_finds_its_home_below_ours_and_tells_nobody(tmp_path: Path) -> None:
    with own_environment(DUBAN_HOME=str(tmp_path), PREFECT_SERVER_ANALYTICS_ENABLED="true"):
        os.environ.pop("DO_NOT_TRACK", None)
        prepare(load_settings())
        assert os.environ["PREFECT_HOME"] == str(tmp_path / "prefect")
        assert os.environ["DO_NOT_TRACK"] == "1"
        assert os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] == "true"  # the operator's word


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:4200/api"),
        ("0.0.0.0", "http://127.0.0.1:4200/api"),  # noqa: S104
        ("::", "http://[::1]:4200/api"),
        ("duban.office.example", "http://duban.office.example:4200/api"),
    ],
)
def test_a_server_is_reached_from_where_it_runs(host: str, url: str) -> None:
    assert api_url(host, 4200) == url


def test_a_port_that_is_taken_is_named_before_a_server_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sentence = f"cannot listen on 127.0.0.1:{port} .*DUBAN_PORT"
        with pytest.raises(NoServer, match=sentence), prefect_server("127.0.0.1", port):
            pass


@pytest.fixture
def nowhere(tmp_path: Path) -> Iterator[None]:
    """An office whose Prefect server does not answer."""
    lay_out(tmp_path)
    with own_environment(DUBAN_HOME=str(tmp_path), PREFECT_API_URL=f"http://127.0.0.1:{free_port()}/api"):
        yield


@pytest.mark.usefixtures("nowhere")
def test_a_server_that_does_not_answer_is_named_at_once() -> None:
    settings = load_settings()
    with pytest.raises(NoServer, match="does not answer"):
        launch.run_nightly(settings, None, "somebody")
    with pytest.raises(NoServer, match="does not answer"):
        launch.trigger(settings, Scope(), as_of=None, dry_run=True, by=None)


def test_a_sweep_through_prefect_needs_a_server(tmp_path: Path) -> None:
    with own_environment(DUBAN_HOME=str(tmp_path)), pytest.raises(NoServer, match="PREFECT_API_URL names no server"):
        launch.trigger(load_settings(), Scope(), as_of=None, dry_run=True, by=None)
