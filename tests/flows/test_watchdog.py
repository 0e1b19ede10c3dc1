"""The dead-man's switch: alarms that are told once, the heartbeat, and the units that run them."""

from __future__ import annotations

import shlex
from configparser import RawConfigParser
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr
from typer.main import get_command

import config
from config.settings import Settings
from duban.cli.app import assemble
from flows.heartbeat import beat
from flows.watchdog import alert, overdue
from models.queries.runs import STALE
from tests.servers.listener import Listener
from tests.servers.prefect import mails
from tests.servers.scripted import refused_address

if TYPE_CHECKING:
    from collections.abc import Iterator

TODAY = date(2023, 12, 25)
NOW = datetime(2023, 12, 25, 1, tzinfo=UTC)
UNITS = Path(config.__file__).with_name("systemd")
DEAD = ["database: it does not answer; start it"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, alarm=SecretStr(f"maildir://{tmp_path / 'alarm'}"))


def told(settings: Settings) -> list[str]:
    return sorted(str(mail.get_content()) for mail in mails(settings.home / "alarm" / "operator"))


def test_the_same_trouble_is_told_once_a_day(settings: Settings) -> None:
    for today in (TODAY, TODAY, TODAY + timedelta(days=1)):
        assert alert(settings, DEAD, today) is None
    assert told(settings) == ["database: it does not answer; start it\n"] * 2


def test_the_same_trouble_with_other_figures_is_told_once_a_day(settings: Settings) -> None:
    for hours in (37, 38, 61):
        assert alert(settings, [f"nightly run: the last one ended {hours} hours ago"], TODAY) is None
    assert told(settings) == ["nightly run: the last one ended 37 hours ago\n"]


def test_another_trouble_is_told_at_once(settings: Settings) -> None:
    alert(settings, DEAD, TODAY)
    alert(settings, [*DEAD, "disk: 1 MB are free; make room"], TODAY)
    assert len(told(settings)) == 2


def test_nothing_is_told_where_all_is_well(settings: Settings) -> None:
    assert alert(settings, [], TODAY) is None
    assert told(settings) == []


def test_an_alarm_that_nobody_heard_is_tried_again(tmp_path: Path, settings: Settings) -> None:
    nobody = Settings(home=tmp_path)
    sentence = "doctor: 1 to look at; nobody was told, for DUBAN_ALARM names no channel"
    assert [alert(nobody, DEAD, TODAY) for _ in range(2)] == [sentence, sentence]
    assert alert(settings, DEAD, TODAY) is None
    assert len(told(settings)) == 1


def test_an_alarm_sounds_where_the_home_cannot_be_written(tmp_path: Path) -> None:
    home = tmp_path / "gone"
    settings = Settings(home=home, alarm=SecretStr(f"maildir://{tmp_path / 'alarm'}"))
    assert alert(settings, DEAD, TODAY) is None
    assert len(mails(tmp_path / "alarm" / "operator")) == 1


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        (None, "The nightly run has never come to its end; see whether 'duban serve' runs, or run 'duban nightly'."),
        (
            NOW - STALE - timedelta(seconds=1),
            (
                "The last nightly run that came to its end did so at 2023-12-23 12:59 UTC; "
                "see whether 'duban serve' runs, or run 'duban nightly'."
            ),
        ),
        (NOW - STALE, None),
    ],
)
def test_a_night_is_missed_after_a_day_and_a_half(last: datetime | None, sentence: str | None) -> None:
    assert overdue(last, NOW) == sentence


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as listener:
        yield listener


def test_a_heartbeat_is_heard(listener: Listener) -> None:
    assert beat(f"http://{listener.address}/ping/7b0a4a6e") is None


def test_a_heartbeat_may_lead_to_a_private_net_where_a_channel_may_not(listener: Listener, tmp_path: Path) -> None:
    home = Settings(home=tmp_path, private_nets="forbid", alarm=SecretStr(f"json://{listener.address}/ping/alarm"))
    assert "which is no public address" in (alert(home, DEAD, TODAY) or "")
    assert beat(f"http://{listener.address}/ping/7b0a4a6e") is None
    assert listener.heard == ["/ping/7b0a4a6e"]


def test_a_heartbeat_that_is_not_heard_says_why_and_no_secret(listener: Listener) -> None:
    holder, nobody = refused_address()
    with holder:
        for address, why in ((f"{listener.address}/elsewhere", "status 404"), (nobody, "ConnectError")):
            assert beat(f"http://{address}/5ecret") == f"the heartbeat was not heard at http://*** ({why})"


@pytest.mark.parametrize("unit", sorted(path.name for path in UNITS.glob("*.service")))
def test_a_unit_runs_a_command_that_there_is(unit: str) -> None:
    service = _parsed(unit)["Service"]
    path, command, *options = shlex.split(service["ExecStart"])
    assert path.endswith("/duban")
    known = get_command(assemble()).commands[command]  # type: ignore[attr-defined] # a group
    assert set(options) <= {name for parameter in known.params for name in parameter.opts}


def test_the_doctor_has_a_timer_of_its_own() -> None:
    assert _parsed("duban-doctor.timer")["Install"]["WantedBy"] == "timers.target"
    assert {path.name for path in UNITS.iterdir()} == {"duban.service", "duban-doctor.service", "duban-doctor.timer"}


def _parsed(unit: str) -> RawConfigParser:
    parser = RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign] # its names are case sensitive
    parser.read_string((UNITS / unit).read_text())
    return parser
