from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.duban.program import CHRISTMAS, Program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.postgres import PostgresServer

UNIT = ("--by", "general-office-head", *CHRISTMAS)
SUPERVISOR = ("--by", "supervision", *CHRISTMAS)
SUSPEND = ("suspend", "--reason", "冰冻", "--until", "2024-02-20", *SUPERVISOR)
BLUE = ["1.5-1a", "1.5-1e", "1.5-2b", "2.2-2c", "3.3-2b", "3.3-3"]  # of the party group


def suspended(duban: Program) -> list[str]:
    facts = duban.json("ledger", "show", "--last", "1000")
    return [fact["measure"] for fact in facts if fact["kind"] == "suspend"]


def test_several_measures_are_acted_on_at_once_each_with_its_fact(duban: Program) -> None:
    told = duban.does(*SUSPEND, "1.5-1a", "1.5-1d", "1.5-1a")
    assert told.splitlines() == [
        "1.5-1a 五大工程统筹推进 is suspended until 2024-02-20.",
        "1.5-1d 黄泥塘镇公路开工建设 is suspended until 2024-02-20.",
    ]
    assert suspended(duban) == ["1.5-1a", "1.5-1d"]


def test_all_is_done_or_nothing_and_every_problem_told_with_its_measure(duban: Program) -> None:
    lines = duban.refuses(*SUSPEND, "1.5-1a", "9.9-9", "1.5-1b", "1.5-1d", "1.5-1").splitlines()
    assert lines == [
        "No measure has the number '9.9-9'; 'duban status --all' lists them.",
        "1.5-1b is done; reopen it first.",
        "1.5-1 is divided; act on its parts: 1.5-1a, 1.5-1b, 1.5-1c, 1.5-1d, 1.5-1e, 1.5-1f.",
    ]


def test_a_problem_that_does_not_name_its_measure_is_told_with_it(duban: Program) -> None:
    lines = duban.refuses("start", "1.5-2b", "1.5-1a", "1.5-1d", *UNIT).splitlines()
    assert [line.split(":")[0] for line in lines] == ["1.5-1a", "1.5-1d"]


def test_a_part_of_the_register_is_shown_first_and_acted_on_with_yes(duban: Program) -> None:
    part = ("--unit", "局党组", "--light", "blue")
    lines = duban.previews(*SUSPEND, *part).splitlines()
    assert lines[0] == "As of 2023-12-25, 6 measures:"
    assert [line.split()[0] for line in lines[2:]] == BLUE
    assert lines[2].split()[2:] == ["is", "suspended", "until", "2024-02-20"]
    assert len(duban.does(*SUSPEND, *part, "--yes").splitlines()) == 6
    assert suspended(duban) == BLUE


@pytest.mark.parametrize(
    ("part", "numbers"),
    [
        (("--finding", "3.2"), ["3.2-4a", "3.2-4b"]),
        (("--topic", "special-bond"), ["1.3-2c", "2.2-3a", "3.5-1b"]),
        (("--state", "planned", "--unit", "bus-company"), ["1.3-2d", "3.5-1d"]),
        (("--light", "red"), ["1.3-2c", "1.5-3a", "2.2-1b"]),
        (("--light", "yellow", "--unit", "财务股"), ["3.5-3b"]),
    ],
)
def test_a_part_is_chosen_as_a_sweep_chooses_it(duban: Program, part: tuple[str, ...], numbers: list[str]) -> None:
    lines = duban.previews(*SUSPEND, *part).splitlines()
    assert [line.split()[0] for line in lines[2:]] == numbers


def test_what_is_done_is_meant_only_when_asked_for(duban: Program) -> None:
    reopen = ("reopen", "--unit", "bus-company", "--reason", "回头看", "--due", "2024-03-01", *SUPERVISOR)
    lines = duban.previews(*reopen, "--state", "done").splitlines()
    assert lines[0] == "As of 2023-12-25, 4 measures:"
    assert "'reopen' is not possible while it is planned" in duban.refuses(*reopen, "--state", "planned")


def test_a_part_with_a_problem_is_refused_as_a_whole(duban: Program) -> None:
    duban.does(*SUSPEND, "1.5-1a")
    refused = duban.refuses(*SUSPEND, "--finding", "1.5", "--yes")
    assert refused == "1.5-1a is suspended until 2024-02-20; resume it first."


def test_a_suspended_measure_shows_no_grave_light_to_a_choice(duban: Program) -> None:
    duban.does(*SUSPEND, "1.5-3a")
    resume = ("resume", "--reason", "x", *SUPERVISOR)
    assert duban.refuses(*resume, "--light", "red", "--finding", "1.5") == (
        "There is no measure to act on in finding=1.5 light=red; 'duban status' shows them."
    )
    assert "1.5-3a 交通项目债务清查" not in duban.refuses(*resume, "--light", "green", "--finding", "1.5")


def test_a_date_stands_behind_several_numbers_or_beside_a_part(duban: Program) -> None:
    due = ("due", "--reason", "统一", *SUPERVISOR)
    assert duban.does(*due, "1.5-1a", "1.5-2b", "2024-03-29").count("is now due on 2024-03-29") == 2
    assert "2.2-3b" in duban.previews(*due, "2024-03-29", "--unit", "bus-company", "--light", "blue")


def test_one_of_many_that_was_named_twice_counts_once(duban: Program) -> None:
    assert len(duban.does("start", "1.5-2b", "1.5-2b", *UNIT).splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [("start", *UNIT), ("start", "1.5-2b", "--unit", "bus-company", *UNIT), ("start", "--light", "purple", *UNIT)],
)
def test_measures_are_named_or_chosen_and_never_both(duban: Program, arguments: tuple[str, ...]) -> None:
    before = duban.content()
    ended = duban(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert duban.content() == before


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (("--unit", "nowhere"), "No unit is called 'nowhere'; 'duban office show' lists them."),
        (("--finding", "9.9"), "No finding has the number '9.9'; 'duban status --all' lists them."),
        (
            ("--unit", "财务股", "--light", "blue"),
            "There is no measure to act on in unit=财务股 light=blue; 'duban status' shows them.",
        ),
    ],
)
def test_a_part_that_is_not_there_is_refused(duban: Program, part: tuple[str, ...], sentence: str) -> None:
    assert duban.refuses(*SUSPEND, *part, "--yes") == sentence


def test_all_is_done_or_nothing_on_postgresql_too(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with postgres.database() as url:
        monkeypatch.setenv("DUBAN_HOME", str(tmp_path))
        monkeypatch.setenv("DUBAN_DATABASE_URL", url)
        duban = Program(tmp_path, capsys.readouterr)
        duban.does("init")
        refused = duban(*SUSPEND, "1.5-1a", "1.5-1b", "1.5-1d")
        assert (refused.code, refused.err) == (1, "1.5-1b is done; reopen it first.\n")
        assert duban(*SUSPEND, "--finding", "3.2").code == 1
        assert suspended(duban) == []
        duban.does(*SUSPEND, "--finding", "3.2", "--yes")
        assert suspended(duban) == ["3.2-4a", "3.2-4b"]
