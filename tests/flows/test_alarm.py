from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from config.settings import Settings
from flows.alarm import failed_now, presentable, sound, sound_failure, troubles
from flows.channels import open_channel
from flows.deliver import Delivered
from flows.standins.opening import stand_in_for
from flows.standins.standin import Told
from models.commands.pace import keep_away
from models.database import writing
from models.queries.addresses import Dead
from models.queries.outbox import Sent
from models.vocabulary import MessageState, Outcome
from tests.desk import MONDAY, at
from tests.flows.channels.vendors import VENDORS
from tests.servers.http import HttpServer
from tests.servers.prefect import mails
from tests.servers.scripted import refused_address
from tests.servers.smtp import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from flows.standins.standin import StandIn

PASSWORD = "Pa55wort"
NOW = at(MONDAY)


def settings(home: Path, alarm: str | None) -> Settings:
    return Settings(home=home, alarm=SecretStr(alarm) if alarm else None)


def sent(state: MessageState, tried_at: datetime = NOW) -> Sent:
    return Sent(
        id=7,
        person="李",
        channel="mail",
        target="li@office.example",
        subject="",
        body="",
        state=state,
        release_at=NOW,
        next_try_at=None,
        tries=1,
        outcome=Outcome(state),
        detail="550 no such user",
        tried_at=tried_at,
    )


def test_the_operator_finds_the_alarm_in_a_maildir(tmp_path: Path) -> None:
    assert (
        sound(settings(tmp_path, f"maildir://{tmp_path}"), "run-1", "nightly failed", ["Why.", "What then."]) is None
    )
    (mail,) = mails(tmp_path / "operator")
    assert mail["Subject"] == "duban: nightly failed"
    assert mail.get_content() == "Why.\nWhat then.\n"


def test_of_one_run_nobody_hears_twice(tmp_path: Path) -> None:
    for run in ("run-1", "run-1", "run-2"):
        sound(settings(tmp_path, f"maildir://{tmp_path}"), run, "nightly failed", ["Why."])
    assert len(mails(tmp_path / "operator")) == 2


def test_the_url_names_whom_to_tell(tmp_path: Path) -> None:
    with SmtpServer() as server:
        url = f"mailto://{server.address}?from=duban@office.example&to=ops%40office.example&rto=5"
        assert sound(settings(tmp_path, url), "run-1", "nightly failed", ["Why."]) is None
    (mail,) = server.mails
    assert mail.recipient == "ops@office.example"


def test_a_webhook_can_tell_one_alarm_from_another(tmp_path: Path) -> None:
    with HttpServer() as server:
        assert sound(settings(tmp_path, f"json://{server.address}/in"), "run-1", "nightly failed", ["Why."]) is None
        (post,) = server.posts
        assert post.key == "alarm-run-1"
        assert post.body["target"] == "operator"


@pytest.mark.parametrize(
    "alarm",
    [
        None,
        f"smoke://ops:{PASSWORD}@office.example",
        f"ops:{PASSWORD}",
        f"mailto://ops:{PASSWORD}@CLOSED?from=duban@office.example&to=ops@office.example",
        f"mailto://ops:{PASSWORD}@CLOSED?from=duban@office.example",
        f"json://ops:{PASSWORD}@CLOSED/{PASSWORD}",
        "maildir:///dev/null/nowhere",
    ],
)
def test_an_alarm_that_cannot_be_given_says_why_and_raises_nothing(tmp_path: Path, alarm: str | None) -> None:
    holder, closed = refused_address()
    with holder:
        url = alarm and alarm.replace("CLOSED", closed)
        problem = sound(settings(tmp_path, url), "run-1", "nightly failed", ["Why."])
    assert problem is not None
    assert problem.startswith("nightly failed; ")
    assert PASSWORD not in problem


def test_without_settings_nothing_is_raised_either(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DUBAN_HOME", str(tmp_path))
    monkeypatch.setenv("DUBAN_PORT", "everywhere")
    problem = sound_failure("nightly", "run-1", "busy-bee", "Failed", None)
    assert problem == "nightly failed; the operator could not be told, for the settings cannot be read"


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Flow run encountered an exception: UnknownScope: No unit is called 'x'.", "No unit is called 'x'."),
        ("Flow run encountered an exception: Malformed: a: is missing\nb: is empty", "a: is missing\nb: is empty"),
        (
            f"Flow run encountered an exception: OperationalError: postgresql://duban:{PASSWORD}@db",
            "OperationalError; Prefect's log of the run says more.",
        ),
        ("Process exited with status code: -9. It was killed.", "Process exited with status code: -9"),
        ("Execution was aborted by a termination signal.", "Execution was aborted by a termination signal."),
        (f"something with {PASSWORD}", "Prefect's log of the run says more."),
        ("", "Prefect's log of the run says more."),
    ],
)
def test_only_our_own_sentences_are_passed_on(message: str, shown: str) -> None:
    assert presentable(message) == shown


def test_a_quiet_run_leaves_nothing_to_look_at() -> None:
    assert troubles([], []) == []
    assert not failed_now(Delivered(accepted=3, retry=1), [sent(MessageState.RETRY)], NOW)


def test_an_operator_reads_what_was_answered_and_which_post_is_vacant() -> None:
    assert troubles([sent(MessageState.REFUSED), sent(MessageState.IN_DOUBT)], ["局长"]) == [
        "The message 7 to 李, refused: 550 no such user",
        "The message 7 to 李, in doubt: 550 no such user",
        "The post 局长 is held by nobody, and something is owed to it.",
    ]


def test_an_operator_reads_which_address_died_and_whom_nothing_reaches() -> None:
    died = Dead("李", "mail", "li@office.example", NOW, "550 no such user")
    assert troubles([], dead=[died], out_of_reach=["王"]) == [
        "The address mail li@office.example of 李 is not used any more: 550 no such user",
        "王 has no address in use; 'duban address add' or 'duban address enable' gives one.",
    ]


@pytest.mark.parametrize("delivered", [Delivered(refused=1), Delivered(in_doubt=1)])
def test_a_message_refused_or_in_doubt_is_a_failure(delivered: Delivered) -> None:
    assert failed_now(delivered, [], NOW)


def test_a_message_given_up_is_a_failure_of_the_run_that_gave_it_up() -> None:
    given_up = [sent(MessageState.REFUSED)]
    assert failed_now(Delivered(retry=1), given_up, NOW)
    assert not failed_now(Delivered(), given_up, NOW + timedelta(minutes=10))


# at a robot


class Clock:
    """A clock that goes on only while somebody pauses."""

    def __init__(self) -> None:
        self.now = NOW
        self.pauses: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def robot() -> Iterator[StandIn]:
    with stand_in_for(VENDORS["wecomrobot"][0]) as server:
        yield server


def at_robot(server: StandIn, database: str, home: Path) -> Settings:
    return Settings(home=home, alarm=SecretStr(f"{server.url}&to=zhang.san"), database_url=database)


def test_an_alarm_at_a_robot_takes_its_turn(robot: StandIn, migrated_url: str, tmp_path: Path) -> None:
    settings, clock = at_robot(robot, migrated_url, tmp_path), Clock()
    for number in range(6):
        assert sound(settings, f"run-{number}", "nightly failed", ["Why."], clock, clock.pause) is None
    assert clock.pauses == [16.25]
    assert len(robot.shown) == 6


def test_an_alarm_that_has_no_turn_soon_says_so_and_has_it_later(
    robot: StandIn, engine: Engine, migrated_url: str, tmp_path: Path
) -> None:
    settings, clock = at_robot(robot, migrated_url, tmp_path), Clock()
    with writing(engine) as session, open_channel(robot.url) as channel:
        keep_away(session, channel.robot, NOW, timedelta(minutes=2))
    told = sound(settings, "run-1", "nightly failed", ["Why."], clock, clock.pause)
    assert told == (
        "nightly failed; the operator could not be told: nothing was sent: the robot has no turn within 60 seconds"
    )
    assert (robot.log, clock.pauses) == ([], [])
    clock.now += timedelta(minutes=1)
    assert sound(settings, "run-1", "nightly failed", ["Why."], clock, clock.pause) is None
    assert clock.pauses == [60]


def test_an_alarm_that_comes_too_often_keeps_everybody_away(
    robot: StandIn, migrated_url: str, tmp_path: Path
) -> None:
    settings, clock = at_robot(robot, migrated_url, tmp_path), Clock()
    robot.tell(Told.THROTTLE)
    told = sound(settings, "run-1", "nightly failed", ["Why."], clock, clock.pause)
    assert told is not None
    assert "45009" in told
    robot.tell(None)
    assert sound(settings, "run-2", "nightly failed", ["Why."], clock, clock.pause) is None
    assert clock.pauses == [60]


@pytest.mark.parametrize("database", ["postgresql://127.0.0.1:1/duban", "sqlite:////dev/null/duban.db", "pigeon://"])
def test_an_alarm_needs_no_database(robot: StandIn, tmp_path: Path, database: str) -> None:
    clock = Clock()
    settings = at_robot(robot, database, tmp_path)
    assert sound(settings, "run-1", "nightly failed", ["Why."], clock, clock.pause) is None
    assert len(robot.shown) == 1


def test_an_alarm_makes_no_database_where_there_is_none(robot: StandIn, tmp_path: Path) -> None:
    assert sound(at_robot(robot, "", tmp_path), "run-1", "nightly failed", ["Why."]) is None
    assert list(tmp_path.iterdir()) == []
