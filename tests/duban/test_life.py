from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.duban.program import CHRISTMAS, Program

if TYPE_CHECKING:
    from pathlib import Path

UNIT = ("--by", "general-office-head", *CHRISTMAS)
SUPERVISOR = ("--by", "supervision", *CHRISTMAS)


@pytest.fixture
def proof(tmp_path: Path) -> str:
    file = tmp_path / "竣工照片.jpg"
    file.write_bytes(b"a road")
    return str(file)


def test_a_measure_lives_from_its_start_to_its_end_and_once_more(duban: Program, proof: str) -> None:
    steps = [
        ("start", "1.5-2b", *UNIT),
        ("evidence", "add", "1.5-2b", proof, *UNIT),
        ("submit", "1.5-2b", *UNIT),
        ("approve", "1.5-2b", *SUPERVISOR),
        ("reopen", "1.5-2b", "--reason", "回头看发现反弹", "--due", "2024-03-01", *SUPERVISOR),
    ]
    seen = []
    for step in steps:
        ended = duban(*step)
        assert (ended.code, ended.err) == (0, "")
        now = duban.measure("1.5-2b")
        seen.append((now["state"], now["approval"], now["resolution"], now["due_on"]))
    assert seen == [
        ("in_progress", None, None, None),
        ("in_progress", None, None, None),
        ("awaiting_approval", "closeout", None, None),
        ("done", None, "completed", None),
        ("in_progress", None, None, "2024-03-01"),
    ]
    history = duban.measure("1.5-2b")["history"]
    assert [fact["kind"] for fact in history] == [
        "register",
        "start",
        "evidence",
        "submit",
        "sign",
        "approve",
        "reopen",
    ]
    assert [fact["person"] for fact in history[1:]] == ["局办公室负责人"] * 3 + ["局巡察整改办（督查）"] * 3


def test_an_action_tells_where_the_measure_now_stands(duban: Program, proof: str) -> None:
    assert duban("start", "1.5-2b", *UNIT).out == "1.5-2b 入库农村公路逐年实施 is now in_progress.\n"
    duban("evidence", "add", "1.5-2b", proof, *UNIT)
    submitted = duban("submit", "1.5-2b", *UNIT).out
    assert re.search(r"is now awaiting_approval \(closeout\), handed in as [0-9a-f]{12}\.\n$", submitted)


def test_a_permit_is_applied_for_and_granted(duban: Program, proof: str) -> None:
    applied = duban("apply", "1.5-2b", "--outside-body", "发改局", "--document", "祁交〔2023〕1号", *UNIT)
    assert applied.code == 0
    shown = duban.measure("1.5-2b")
    assert (shown["approval"], shown["outside_body"], shown["document"]) == ("permit", "发改局", "祁交〔2023〕1号")
    assert shown["applied_on"] == "2023-12-25"
    assert "('duban evidence add --permit')" in duban.refuses("grant", "1.5-2b", *UNIT)
    duban("evidence", "add", "1.5-2b", proof, "--permit", *UNIT)
    assert duban("grant", "1.5-2b", *UNIT).code == 0
    assert duban.measure("1.5-2b")["state"] == "in_progress"


def test_a_permit_is_refused_or_the_application_withdrawn(duban: Program) -> None:
    apply = ("apply", "1.5-2b", "--outside-body", "发改局", "--document", "无文号", *UNIT)
    for end in ("refuse", "withdraw"):
        assert duban(*apply).code == 0
        assert duban(end, "1.5-2b", "--reason", "材料不齐", *UNIT).code == 0
    facts = duban.measure("1.5-2b")["history"]
    assert [fact["payload"].get("reason") for fact in facts[1:]] == [None, "材料不齐", None, "材料不齐"]


def test_a_review_sends_back_what_is_not_good_enough(duban: Program, proof: str) -> None:
    duban("evidence", "add", "1.5-1d", proof, *UNIT)
    duban("submit", "1.5-1d", *UNIT)
    assert duban.measure("1.5-1d")["hangs_on"] == "局巡察整改办（督查）"
    assert duban("return", "1.5-1d", "--reason", "缺验收报告", *SUPERVISOR).code == 0
    assert duban.measure("1.5-1d")["state"] == "in_progress"
    assert "returned    1 times" in duban("show", "1.5-1d").out


def test_what_no_longer_applies_is_closed_through_the_same_review(duban: Program, proof: str) -> None:
    duban("evidence", "add", "1.5-1d", proof, *UNIT)
    duban("submit", "1.5-1d", *UNIT)
    duban("approve", "1.5-1d", "--resolution", "not_applicable", *SUPERVISOR)
    assert duban.measure("1.5-1d")["resolution"] == "not_applicable"


def test_a_supervisor_sets_a_due_date_and_the_watch_starts_anew(duban: Program) -> None:
    told = duban("due", "1.5-1a", "2024-01-15", "--reason", "十四五规划", *SUPERVISOR)
    assert told.out == "1.5-1a 五大工程统筹推进 is now due on 2024-01-15.\n"
    shown = duban.measure("1.5-1a")
    assert (shown["due_on"], shown["due_basis"], shown["due_note"]) == ("2024-01-15", "decided", "十四五规划")
    assert [(one["watch"], one["anchor"]) for one in shown["watch"]] == [("delivery", "2024-01-15")]


def test_evidence_is_kept_by_its_content(duban: Program, proof: str) -> None:
    told = duban("evidence", "add", "1.5-1d", proof, proof, *UNIT)
    (piece,) = duban.measure("1.5-1d")["evidence"]
    assert (piece["name"], piece["size"], piece["kind"]) == ("竣工照片.jpg", 6, "work")
    assert piece["sha256"] in told.out
    assert (duban.home / "evidence" / piece["sha256"][:2] / piece["sha256"]).read_bytes() == b"a road"


def test_who_acts_may_stand_in_the_environment_by_slug_or_name(
    duban: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBAN_BY", "局办公室负责人")
    assert duban("start", "1.5-2b", *CHRISTMAS).code == 0


def test_what_a_person_may_do_follows_from_the_posts_held_on_that_day(duban: Program) -> None:
    refused = duban.refuses("start", "1.5-2b", "--by", "general-office-head", "--as-of", "2022-07-21")
    assert refused == "1.5-2b: 'start' takes the role responsible; the person acting has none."


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("start", "9.9-9", *UNIT), "No measure has the number '9.9-9'; 'duban status --all' lists them."),
        (
            ("approve", "1.5-2b", *SUPERVISOR),
            "1.5-2b: 'approve' is not possible while it is planned; possible: start, apply.",
        ),
        (
            ("start", "1.5-2b", "--by", "bus-company-head", *CHRISTMAS),
            "1.5-2b: 'start' takes the role responsible; the person acting has none.",
        ),
        (("start", "1.5-2b", "--by", "somebody"), "No person is called 'somebody'; 'duban office show' lists them."),
        (("start", "1.5-2b"), "Say who acts, with --by or DUBAN_BY; 'duban office show' lists the persons."),
        (
            ("submit", "1.5-1d", *UNIT),
            "'submit' of 1.5-1d needs at least one piece of evidence ('duban evidence add').",
        ),
        (
            ("apply", "1.5-2b", *UNIT),
            "'apply' of 1.5-2b needs a document number or note (--document) and the outside body (--outside-body).",
        ),
        (
            ("start", "1.5-1", *UNIT),
            "1.5-1 is divided; act on its parts: 1.5-1a, 1.5-1b, 1.5-1c, 1.5-1d, 1.5-1e, 1.5-1f.",
        ),
        (
            ("start", "1.1-1b", *UNIT),
            "1.1-1b is a standing duty and never done; act on its occurrences.",
        ),
        (
            ("reopen", "1.5-1b", "--reason", "反弹", *SUPERVISOR),
            "'reopen' of 1.5-1b needs a new due date (--due).",
        ),
        (
            ("due", "1.5-1a", "2024-01-15", "--reason", "x", *UNIT),
            "Only a supervisor of 1.5-1a sets its due date; 局办公室负责人 is none on 2023-12-25.",
        ),
        (
            ("evidence", "add", "1.5-1d", "missing.pdf", *UNIT),
            "missing.pdf cannot be read (No such file or directory); give the path of a file.",
        ),
        (
            ("evidence", "add", "1.5-1d", __file__, "--by", "bus-company-head", *CHRISTMAS),
            "公交公司负责人 has no part in 1.5-1d on 2023-12-25; its unit or supervisor adds evidence.",
        ),
        (
            ("start", "1.5-2b", "--by", "general-office-head", "--as-of", "soon"),
            "'soon' is no moment; write a date like 2023-12-25, or 2023-12-25T00:30.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_in_one_sentence(
    duban: Program, arguments: tuple[str, ...], sentence: str
) -> None:
    assert duban.refuses(*arguments) == sentence


def test_nobody_approves_what_he_submitted_himself(duban: Program, proof: str) -> None:
    duban.write(
        "UPDATE unitduty SET post_id = (SELECT id FROM post WHERE slug = 'general-office-head')"
        " WHERE duty = 'supervisor'"
    )
    duban("evidence", "add", "1.5-1d", proof, *UNIT)
    duban("submit", "1.5-1d", *UNIT)
    refused = duban.refuses("approve", "1.5-1d", *UNIT)
    assert refused == "1.5-1d: 'approve' must be done by somebody other than the submitter."


def test_evidence_that_came_after_the_submission_voids_it(duban: Program, proof: str) -> None:
    duban("evidence", "add", "1.5-1d", proof, *UNIT)
    duban("submit", "1.5-1d", *UNIT)
    duban("evidence", "add", "1.5-1d", __file__, *UNIT)
    refused = duban.refuses("approve", "1.5-1d", *SUPERVISOR)
    assert refused.startswith("1.5-1d was changed since it was submitted (evidence added: test_life.py (work, ")
    assert refused.endswith(")); return it to be handed in anew.")
