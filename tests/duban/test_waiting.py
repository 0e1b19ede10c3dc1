from __future__ import annotations

import pytest

from tests.duban.program import CHRISTMAS, Program

UNIT = ("--by", "general-office-head", *CHRISTMAS)
BUS_COMPANY = ("--by", "bus-company-head", *CHRISTMAS)
SUPERVISOR = ("--by", "supervision", *CHRISTMAS)


def test_what_a_measure_waits_for_is_drawn_to_its_root(duban: Program) -> None:
    links = duban.measure("1.3-2d")["chain"]
    assert [(link["depth"], link["number"]) for link in links] == [
        (0, "1.3-2d"),
        (1, "3.5-1d"),
        (2, "1.3-2c"),
        (2, "3.5-1c"),
    ]
    lines = duban.does("show", "1.3-2d", *CHRISTMAS).splitlines()
    drawn = lines[lines.index("Waits for") + 2 :][:4]
    assert [line.split("  ")[0].rstrip() for line in drawn[:2]] == ["1.3-2d", "└─ 3.5-1d"]
    assert drawn[2].startswith("   └─ 1.3-2c")
    assert "permit from 发改局" in drawn[2]


def test_a_divided_measure_shows_the_chains_of_its_parts(duban: Program) -> None:
    assert {link["number"] for link in duban.measure("1.3-2")["chain"] if link["depth"] == 0} == {"1.3-2d"}


def test_the_open_gates_are_listed_by_what_they_hold_up(duban: Program) -> None:
    found = duban.json("status", "--blockers", *CHRISTMAS)
    assert list(found) == ["as_of", "blockers"]
    assert found["blockers"][0] == {
        "number": "1.3-2c",
        "title": "智慧公交专项债立项批复",
        "gate": "done or granted",
        "hangs_on": "公交公司负责人",
        "holds": ["1.3-2d", "2.2-3a", "3.5-1b", "3.5-1d"],
        "since": "2023-12-18",
        "days": 7,
    }
    first = duban.does("status", "--blockers", *CHRISTMAS).splitlines()[1].split()
    assert first[:7] == ["4", "7", "2023-12-18", "end", "or", "permit", "1.3-2c"]


def test_of_one_unit_the_gates_are_listed_that_hold_up_its_own(duban: Program) -> None:
    found = duban.json("status", "--blockers", "--unit", "机关党委", *CHRISTMAS)["blockers"]
    assert [(one["number"], one["holds"]) for one in found] == [("3.2-4a", ["3.2-4b"])]
    nothing = duban.does("status", "--blockers", "--unit", "财务股", *CHRISTMAS)
    assert nothing == "No measure waits for another one.\n"


def test_a_permit_is_waited_for_and_sets_free_what_waits(duban: Program) -> None:
    told = duban.does("depend", "1.5-1a", "2.2-3b", "--on", "1.3-2c", "--permit", "--reason", "债券", *SUPERVISOR)
    assert told.splitlines()[0] == "1.5-1a 五大工程统筹推进 now waits for the permit of 1.3-2c."
    assert duban.measure("1.5-1a")["blocked_by"] == ["1.3-2c"]
    duban.does("evidence", "add", "1.3-2c", __file__, "--permit", *BUS_COMPANY)
    duban.does("grant", "1.3-2c", *BUS_COMPANY)
    assert duban.measure("1.5-1a")["blocked_by"] == []
    assert duban.measure("2.2-3a")["blocked_by"] == ["1.3-2c"]  # this one waits for its end


def test_a_measure_no_longer_waits_once_a_supervisor_says_so(duban: Program) -> None:
    told = duban.does("undepend", "3.2-4b", "--on", "3.2-4a", "--reason", "可先筹备", *SUPERVISOR)
    assert told.endswith("no longer waits for 3.2-4a.\n")
    assert duban.measure("3.2-4b")["blocked_by"] == []
    assert "no longer waits for 3.2-4a: 可先筹备" in duban.does("show", "3.2-4b")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("depend", "1.3-2c", "--on", "1.3-2d", "--reason", "x", *SUPERVISOR),
            "That would go round in a circle: 1.3-2c → 1.3-2d → 3.5-1d → 1.3-2c; leave one of them out.",
        ),
        (
            ("depend", "1.3-2c", "--on", "1.3-2c", "--reason", "x", *SUPERVISOR),
            "That would go round in a circle: 1.3-2c → 1.3-2c; leave one of them out.",
        ),
        (
            ("depend", "1.5-1a", "--on", "1.5-1", "--reason", "x", *SUPERVISOR),
            "That would go round in a circle: 1.5-1a → 1.5-1 → 1.5-1a; leave one of them out.",
        ),
        (
            ("depend", "3.2-4b", "--on", "3.2-4a", "--reason", "x", *SUPERVISOR),
            "3.2-4b waits for 3.2-4a already.",
        ),
        (
            ("depend", "1.5-1a", "--on", "1.3-2c", "--reason", "x", *UNIT),
            "Only a supervisor of 1.5-1a says what it waits for; 局办公室负责人 is none on 2023-12-25.",
        ),
        (
            ("depend", "1.5-1b", "--on", "1.3-2c", "--reason", "x", *SUPERVISOR),
            "1.5-1b is done; reopen it first.",
        ),
        (
            ("depend", "1.5-1a", "--on", "1.1-1b", "--reason", "x", *SUPERVISOR),
            "1.5-1a: 1.1-1b is a standing duty and never done; nothing can wait for it.",
        ),
        (
            ("depend", "1.5-1a", "--on", "9.9-9", "--reason", "x", *SUPERVISOR),
            "1.5-1a: No measure has the number '9.9-9'; 'duban status --all' lists them.",
        ),
        (
            ("undepend", "1.5-1a", "--on", "1.3-2c", "--reason", "x", *SUPERVISOR),
            "1.5-1a does not wait for 1.3-2c; 'duban show 1.5-1a' tells what it waits for.",
        ),
    ],
)  # fmt: skip
def test_a_wait_that_cannot_be_is_refused_in_one_sentence(
    duban: Program, arguments: tuple[str, ...], sentence: str
) -> None:
    lines = duban.refuses(*arguments)
    assert lines == sentence
