from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len
from typer.main import get_command

from duban.__main__ import main
from duban.cli.app import assemble
from models.vocabulary import Action
from tests.duban.program import CHRISTMAS, Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOADED = """
import sys
from duban.__main__ import main
try:
    main({arguments})
except SystemExit as end:
    print(end.code, *{{name.partition(".")[0] for name in sys.modules}}, file=sys.stderr)
"""


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with its path, groups included."""
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, (*path, name))


COMMANDS = dict(walk(get_command(assemble())))


@pytest.mark.parametrize("path", list(COMMANDS), ids=lambda path: " ".join(path) or "duban")
def test_every_command_and_every_option_has_help(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*path, "--help"])
    assert end.value.code == 0
    assert f"Usage: {' '.join(['duban', *path])} " in capsys.readouterr().out
    assert COMMANDS[path].help
    assert all(parameter.help for parameter in COMMANDS[path].params)


def test_the_commands_are_those_that_were_asked_for() -> None:
    verbs = {action.value for action in Action}
    asked = (
        "init; status; show; due; evidence add; sweep; nightly; deliver; office show; office check; policy show;"
        " policy check; calendar show; calendar check; ledger show; outbox resolve; doctor; serve; db upgrade;"
        " suspend; resume; extend; extension grant; extension refuse; progress; reverify; depend; undepend;"
        " post hand-over; post vacate; post appoint; post leave;"
        " outbox load; policy project; policy adopt; calendar add-year;"
        " ledger seals; ledger verify; report chronology; address list; address add; address enable; address disable;"
        " channel list; channel test; audit; acknowledge; snooze; desk"
    )
    assert {" ".join(path) for path, command in COMMANDS.items() if not hasattr(command, "commands")} == {
        *verbs,
        *asked.split("; "),
    }


def test_a_verb_takes_what_its_action_can_use_and_nothing_else() -> None:
    common = {"numbers", "unit", "state", "finding", "light", "topic", "yes", "by", "as_of"}
    options = {
        action.value: {parameter.name for parameter in COMMANDS[action.value,].params} - common for action in Action
    }
    assert options == {
        "start": set(),
        "apply": {"outside_body", "document", "expected_on"},
        "grant": set(),
        "refuse": {"reason"},
        "submit": set(),
        "approve": {"resolution", "sha256", "reverify_on"},
        "return": {"reason"},
        "withdraw": {"reason"},
        "reopen": {"reason", "due_on"},
    }


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (["--help"], {"sqlmodel", "sqlalchemy", "prefect", "apprise", "alembic", "jinja2", "pendulum"}),
        (["status"], {"prefect", "apprise", "alembic", "jinja2", "pendulum", "fastapi", "psycopg"}),
        (["show", "1.5-1", "--json"], {"prefect", "apprise", "alembic", "jinja2", "pendulum", "fastapi"}),
        (["sweep", "--dry-run", *CHRISTMAS], {"prefect", "apprise", "alembic", "fastapi"}),
    ],
)
def test_a_command_imports_only_what_it_needs(duban: Program, arguments: list[str], spared: set[str]) -> None:
    del duban  # the home it works on
    command = [sys.executable, "-c", LOADED.format(arguments=arguments)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    code, *modules = ended.stderr.split()
    assert code == "0"
    assert spared & set(modules) == set()


def test_without_a_command_the_help_is_shown(duban: Program) -> None:
    ended = duban()
    assert (ended.code, "Usage: duban" in ended.out + ended.err) == (2, True)


def test_what_nobody_foresaw_is_called_a_mistake_and_keeps_its_secrets(
    duban: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    duban.write("INSERT INTO ledger (at, kind, payload) VALUES ('2023-12-25 00:00:00', 'run', 'secret')")
    ended = duban("ledger", "show")
    assert (ended.code, ended.out) == (1, "")
    assert (
        ended.err == "A mistake of duban's own (JSONDecodeError); please report it with what DUBAN_DEBUG=1 shows.\n"
    )
    monkeypatch.setenv("DUBAN_DEBUG", "1")
    assert "Traceback" in duban("ledger", "show").err


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_reader_that_has_gone_is_no_error(duban: Program, form: tuple[str, ...]) -> None:
    del duban
    command = [sys.executable, "-m", "duban", "status", "--all", *form]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout
        assert program.stderr
        program.stdout.close()
        assert program.stderr.read() == ""
    assert program.returncode == 1


def interrupted(program: subprocess.Popen[str]) -> tuple[str, str]:
    """Interrupt a program until it ends: Python misses a signal that comes just before it begins to wait."""
    for _ in range(3):
        program.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return program.communicate(timeout=30)
    pytest.fail("the program does not end")


def test_an_interrupt_ends_quietly_and_leaves_nothing_half_done(duban: Program, tmp_path: Path) -> None:
    before = duban.content()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored, by children too
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "duban", "evidence", "add", "1.5-1d", str(pipe), "--by", "general-office-head"]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with program, pipe.open("wb"):  # opens when the program does, which then waits for what is written
        out, err = interrupted(program)
    assert (program.returncode, out, err) == (130, "", "")
    assert duban.content() == before


def test_a_terminal_without_chinese_gets_escapes(duban: Program) -> None:
    ended = duban.spawn("show", "1.5-1d", "--json", PYTHONIOENCODING="ascii")
    assert ended.document["title"] == "黄泥塘镇公路开工建设"
    assert "\\u9ec4" in ended.out


def test_init_tells_what_it_registered_and_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "new" / "home"
    monkeypatch.setenv("DUBAN_HOME", str(home))
    ended = Program(home, capsys.readouterr)("init")
    assert (ended.code, ended.err) == (0, "")
    assert re.match(r"Registered 祁阳市交通运输局: 24 findings, \d+ measures with their parts\.\n", ended.out)
    assert str(home) in ended.out
    assert home.stat().st_mode & 0o077 == 0  # mails and evidence will lie there


def test_the_database_is_upgraded_where_it_is_and_twice_is_once(duban: Program) -> None:
    before = duban.content()
    ended = duban("db", "upgrade")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("The database is at schema ")
    assert duban.content() == before


def test_as_of_may_be_an_instant_in_any_zone(duban: Program) -> None:
    moments = {duban.json("status", "--as-of", text)["as_of"] for text in ("2023-12-25T00:30", "2023-12-24T16:30Z")}
    assert moments == {"2023-12-25T00:30:00+08:00"}
    assert duban.json("status", *CHRISTMAS)["as_of"] == "2023-12-25T08:40:00+08:00"


def on_a_terminal(*arguments: str, columns: int = 120) -> str:
    """Run a command with a terminal for its outputs, and return what appears there."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": str(columns)}
    command = [sys.executable, "-m", "duban", *arguments]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment) as program:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # a terminal ends so, when the program does
            while piece := os.read(ours, 65536):
                shown += piece
    os.close(ours)
    assert program.returncode == 0
    return shown.decode()


def test_on_a_terminal_lights_are_coloured_words_and_lines_fit(duban: Program) -> None:
    del duban
    shown = on_a_terminal("status", *CHRISTMAS, columns=100)
    assert "\x1b[1;31mred" in shown
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert max(cell_len(line) for line in lines) <= 100


def test_on_a_terminal_a_sweep_shows_how_far_it_is_and_clears_up_behind_it(duban: Program) -> None:
    shown = on_a_terminal("sweep", *CHRISTMAS)
    assert "sweeping" in shown
    assert shown.index("sweeping") < shown.index("27 new reminders")
    assert duban.json("sweep", *CHRISTMAS)["reminders"] == 0


def test_on_a_terminal_a_delivery_shows_how_far_it_is(duban: Program) -> None:
    duban("sweep", "--as-of", "2023-12-24")
    shown = on_a_terminal("deliver", *CHRISTMAS)
    assert shown.index("sending") < shown.index("11 accepted")
