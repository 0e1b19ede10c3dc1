from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

import config
from tests.duban.program import CHRISTMAS, Program

SHIPPED = Path(config.__file__).parent
SWEEPS = (("sweep",), ("nightly",), ("deliver",))


def policy_with(tmp_path: Path, *changes: tuple[str, str]) -> str:
    text = (SHIPPED / "policy" / "default.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = tmp_path / "own.toml"
    file.write_text(text)
    return str(file)


@pytest.mark.parametrize("command", [("sweep",), ("status",), ("policy", "check"), ("policy", "show")])
def test_a_malformed_policy_is_told_problem_by_problem(
    duban: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    changes = (('slip = "remind"', 'slip = "nag"'), ("blue_before = 7", "blue_before = -7"))
    monkeypatch.setenv("DUBAN_POLICY", policy_with(tmp_path, *changes))
    lines = duban.refuses(*command).splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        ["own.toml", "lights.blue_before"],
        ["own.toml", "ladder.delivery[due-soon].slip"],
    ]


def test_a_malformed_calendar_is_told_problem_by_problem(
    duban: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "local.toml"
    file.write_text('[[off]]\nday = 2023-12-26\n\n[[working]]\nday = "Sunday"\nreason = "大检查"\n')
    monkeypatch.setenv("DUBAN_LOCAL_CALENDAR", str(file))
    lines = duban.refuses("sweep", *CHRISTMAS).splitlines()
    assert lines == [
        "local.toml: off[2023-12-26].reason: is missing; add a text that is not empty",
        "local.toml: working[Sunday].day: has to be a date like 2023-01-31",
    ]


def test_a_malformed_office_is_told_problem_by_problem_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copytree(SHIPPED / "offices" / "qiyang", tmp_path / "office")
    register = tmp_path / "office" / "register.toml"
    register.write_text(register.read_text().replace('unit = "bus-company"', 'unit = "bus"', 1))
    office = tmp_path / "office" / "office.toml"
    office.write_text(office.read_text().replace('timezone = "Asia/Shanghai"', 'timezone = "Asia/Qiyang"', 1))
    monkeypatch.setenv("DUBAN_HOME", str(tmp_path / "home"))
    ended = Program(tmp_path / "home", capsys.readouterr)("init", "--office", str(tmp_path / "office"))
    assert ended.code == 1
    assert [line.split(": ")[0] for line in ended.err.splitlines()] == ["office.toml", "register.toml"]
    assert not (tmp_path / "home").exists()


def test_init_makes_nothing_of_an_office_whose_calendar_does_not_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copytree(SHIPPED / "offices" / "qiyang", tmp_path / "office")
    office = tmp_path / "office" / "office.toml"
    office.write_text(office.read_text().replace('calendar = "cn"', 'calendar = "mars"', 1))
    monkeypatch.setenv("DUBAN_HOME", str(tmp_path / "home"))
    ended = Program(tmp_path / "home", capsys.readouterr)("init", "--office", str(tmp_path / "office"))
    assert (ended.code, ended.err.partition(":")[0]) == (1, "mars")
    assert not (tmp_path / "home").exists()


def test_an_office_is_registered_once(duban: Program) -> None:
    assert duban.refuses("init") == (
        "The database holds the office 'qiyang' already; give another a DUBAN_HOME of its own."
    )


@pytest.mark.parametrize("command", SWEEPS)
def test_a_channel_of_an_unknown_kind_is_refused_before_anything_is_done(
    duban: Program, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DUBAN_CHANNELS", '{"fax": "fax://user:secret@office", "mail": "mailto://?cto=1"}')
    lines = duban.refuses(*command, *CHRISTMAS).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["DUBAN_CHANNELS, fax", "DUBAN_CHANNELS, mail"]
    assert "write one of those in docs/channels.md" in lines[0]
    assert "secret" not in lines[0]


@pytest.mark.parametrize(
    "command", [("status",), ("show", "1.5-1"), ("sweep",), ("nightly",), ("init",), ("db", "upgrade"), ("outbox",)]
)
def test_an_unreachable_database_is_told_without_its_password(
    duban: Program, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DUBAN_DATABASE_URL", "postgresql://duban:secret@127.0.0.1:1/duban")
    sentence = duban.refuses(*command)
    assert sentence.startswith("The database postgresql+psycopg://duban:***@127.0.0.1:1/duban does not answer")
    assert sentence.endswith("check DUBAN_DATABASE_URL and the server or disk.")
    assert "\n" not in sentence


def test_a_home_without_a_register_is_told_how_to_get_one(duban: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_HOME", str(duban.home / "elsewhere"))
    assert duban.refuses("status").endswith("holds no duban register yet; run 'duban init'.")


def test_a_home_that_cannot_be_made_is_named(duban: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_HOME", str(duban.home / "duban.db" / "home"))
    assert duban.refuses("init") == (
        f"{duban.home}/duban.db/home cannot be made (Not a directory); name a folder of your own in DUBAN_HOME."
    )


@pytest.mark.parametrize("command", [("status",), ("sweep",), ("nightly",), ("init",), ("db", "upgrade")])
def test_a_database_newer_than_the_program_is_left_alone(duban: Program, command: tuple[str, ...]) -> None:
    duban.write("UPDATE alembic_version SET version_num = '9999'")
    assert duban.refuses(*command).startswith("The database is at schema 9999, newer than this program's ")


@pytest.mark.parametrize("command", [*SWEEPS, ("sweep", "--dry-run"), ("nightly", "--dry-run")])
def test_a_look_back_behind_the_last_run_is_refused(duban: Program, command: tuple[str, ...]) -> None:
    duban("sweep", *CHRISTMAS)
    sentence = duban.refuses(*command, "--as-of", "2023-12-24")
    assert sentence.startswith("--as-of 2023-12-24T08:40:00+08:00 lies before the last run")


@pytest.mark.parametrize("command", [*SWEEPS, ("sweep", "--dry-run")])
def test_a_clock_that_went_backwards_is_told(duban: Program, command: tuple[str, ...]) -> None:
    duban("sweep", *CHRISTMAS)
    duban.write("UPDATE run SET started_at = '9998-01-01 00:00:00.000000'")
    assert duban.refuses(*command, *CHRISTMAS).endswith("set this machine's clock right.")


@pytest.mark.parametrize(
    ("scope", "sentence"),
    [
        (("--unit", "nowhere"), "No unit is called 'nowhere'; 'duban office show' lists them."),
        (("--finding", "9.9"), "No finding has the number '9.9'; 'duban status --all' lists them."),
    ],
)
def test_a_scope_that_the_register_does_not_have_is_refused(
    duban: Program, scope: tuple[str, str], sentence: str
) -> None:
    for dry in ((), ("--dry-run",)):
        assert duban.refuses("sweep", *scope, *dry, *CHRISTMAS) == sentence


def test_an_unknown_topic_is_refused_with_those_known(duban: Program) -> None:
    sentence = duban.refuses("sweep", "--topic", "space-travel", *CHRISTMAS)
    assert sentence.startswith("No measure carries the topic 'space-travel'; known: accounts, branch-election, ")


@pytest.mark.parametrize(
    ("moment", "remedy"),
    [
        ("", "is no moment; write a date like 2023-12-25, or 2023-12-25T00:30."),
        ("2023-02-30", "is no moment; write a date like 2023-12-25, or 2023-12-25T00:30."),
        ("9999-12-31", "is too far away; write a date of the years 1900 to 2999."),
        ("9999-12-31T23:59Z", "is too far away; write a date of the years 1900 to 2999."),
        ("0001-01-01T00:00+08:00", "is too far away; write a date of the years 1900 to 2999."),
    ],
)
@pytest.mark.parametrize("command", [("status",), ("sweep",), ("nightly",), ("office", "show", "qiyang")])
def test_a_moment_that_cannot_be_meant_is_refused(
    duban: Program, command: tuple[str, ...], moment: str, remedy: str
) -> None:
    assert duban.refuses(*command, "--as-of", moment) == f"'{moment}' {remedy}"


def test_a_sweep_via_prefect_needs_to_know_where_it_is(duban: Program) -> None:
    assert duban.refuses("sweep", "--via-prefect").startswith("PREFECT_API_URL names no server")


def test_settings_that_others_can_read_are_refused(duban: Program) -> None:
    file = duban.home / "duban.toml"
    file.write_text('by = "supervision"\n')
    file.chmod(0o644)
    assert duban.refuses("status") == f"{file}: can be read by others, and may hold secrets; run 'chmod 600' on it"


def test_a_person_who_asks_has_to_be_of_the_office(duban: Program) -> None:
    sentence = "No person is called 'somebody'; 'duban office show' lists them."
    for command in ("sweep", "nightly"):
        assert duban.refuses(command, "--by", "somebody", *CHRISTMAS) == sentence


def test_an_unknown_message_is_refused(duban: Program) -> None:
    assert duban.refuses("outbox", "--show", "7") == "No message has the number 7; 'duban outbox' lists them."


@pytest.mark.parametrize(
    "arguments",
    [
        ("sweep", "--light", "purple"),
        ("sweep", "--state", "late"),
        ("start",),
        ("due", "1.5-1a", "someday", "--reason", "x"),
        ("due", "1.5-1a", "9999-12-31", "--reason", "x"),
        ("due", "1.5-1a", "2024-01-15"),
        ("celebrate",),
        ("status", "--verbose"),
        ("ledger", "show", "--last", "0"),
        ("outbox", "--show", "9" * 20),
    ],
)
def test_a_command_that_is_not_understood_ends_with_2(duban: Program, arguments: tuple[str, ...]) -> None:
    before = duban.content()
    ended = duban(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "Usage: duban" in ended.err
    assert duban.content() == before
