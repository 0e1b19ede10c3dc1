from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.duban.program import CHRISTMAS, Program

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def swept(duban: Program) -> Program:
    """The office after a sweep, with its seal."""
    duban.does("sweep", *CHRISTMAS)
    return duban


def tamper(duban: Program, *statements: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        duban.write(f"DROP TRIGGER ledger_is_append_only_{verb}")
    for statement in statements:
        duban.write(statement)


def test_every_run_seals_the_ledger_with_what_it_said_and_heard(swept: Program) -> None:
    (seal,) = swept.json("ledger", "seals")
    verified = swept.json("ledger", "verify")
    assert (verified["seals"], verified["facts"], verified["unsealed"]) == (1, seal["size"], 0)
    assert f"Seal 1 over {seal['size']} facts, head {seal['head'][:16]}" in swept.does("ledger", "show")
    assert swept.json("ledger", "show", "--last", "1")[0]["kind"] == "receipt"
    assert seal["head"] in swept.does("ledger", "seals")


def test_a_dry_run_seals_nothing(duban: Program) -> None:
    duban.does("sweep", "--dry-run", *CHRISTMAS)
    assert duban.does("ledger", "seals") == "No seals yet; each run makes one.\n"
    assert "0 facts under 0 seals" in duban.does("ledger", "verify")


def test_the_supervisor_s_digest_prints_the_last_seal_and_nobody_else_s_does(swept: Program) -> None:
    head = swept.json("ledger", "seals")[0]["head"]
    swept.does("sweep", "--as-of", "2024-01-05")
    printed = f"留痕封存：№1，共{swept.json('ledger', 'seals')[0]['size']}条，{head[:16]}（请留存备查）"
    bodies = {one["person"]: one["body"] for one in reversed(swept.json("outbox")) if one["id"] > 11}
    assert [person for person, body in bodies.items() if printed in body] == ["局巡察整改办（督查）"]
    assert len(bodies) > 1
    assert (
        swept.does("ledger", "verify", "--head", f"№1:{head[:16]}")
        .splitlines()[0]
        .endswith("by the head that was kept.")
    )


def test_verify_names_what_differs_and_ends_with_1(swept: Program) -> None:
    tamper(swept, "UPDATE ledger SET payload = '{}' WHERE id = 200", "DELETE FROM ledger WHERE id BETWEEN 20 AND 30")
    ended = swept("ledger", "verify", "--head", "0" * 16)
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.splitlines()[:3] == [
        "Seal 1: facts 20 to 30 are gone.",
        "Seal 1: fact 200 is not what was sealed.",
        "No such seal has the head that was kept: the ledger was forged since, or is another one.",
    ]
    differences = swept("ledger", "verify", "--json").document["differences"]
    assert [(one["kind"], one["seal"], one["first"], one["last"]) for one in differences] == [
        ("removed", 1, 20, 30),
        ("changed", 1, 200, 200),
    ]


@pytest.mark.parametrize("head", ["zzz", "1:ab", "1:", "x:0123456789abcdef", "0" * 65])
def test_what_is_no_head_is_not_understood(duban: Program, head: str) -> None:
    ended = duban("ledger", "verify", "--head", head)
    assert (ended.code, ended.out) == (2, "")
    assert "is no head; write NUMBER:HEX" in " ".join(ended.err.replace("│", " ").split())


def test_the_chronology_tells_who_was_told_what_under_which_rules_and_what_came_back(swept: Program) -> None:
    text = swept.does("report", "chronology", "1.3-2")
    policy = swept.json("policy", "show")["version"]
    (owed,) = [line for line in text.splitlines() if "步骤 permit-late-head" in line and "应催办" in line]
    assert "局长" in owed
    assert f"（规则{policy}，历法" in owed
    for said in (
        "- 1.3-2c 原定时限 2023-11-30（示例假定）。",
        "未催办：批复协调",
        "发往 local director：【督办】3项整改事项",
        "第1次投递：已接收",
        "封存：№1",
    ):
        assert said in text
    told = swept.json("report", "chronology", "1.3-2")
    facts = [fact for entry in told["entries"] for fact in entry["facts"]]
    assert facts == sorted(set(facts))
    assert (told["of"], told["sealed"]) == (len(facts), len(facts))


def test_the_chronology_speaks_the_office_s_language(swept: Program) -> None:
    swept.write("UPDATE office SET locale = 'en'")
    text = swept.does("report", "chronology", "1.3-2")
    for said in (
        "- 1.3-2c was first due on 2023-11-30 (assumed).",
        "owed: permit from 2023-10-10, step coordinate, time 10",
        "not said: permit, step coordinate, folded into a later step for the same post (9 times)",
        "left for local director",
        "attempt 1: accepted, the receiver said: written to director",
        "Seal: №1 over",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        (
            "zh_CN",
            (
                "启动：未启动 → 办理中 |",
                "佐证材料：photo.jpg（1字节，SHA-256 ",
                "申请销号：办理中 → 待销号核查 |",
                "督查签批（提交内容 SHA-256 ",
                "批准销号：待销号核查 → 已销号；完成 |",
                "重新启动：已销号 → 办理中；原于2023-12-25销号；新时限2024-03-01；反弹 |",
                "等待 1.5-1d 办结：路未通 |",
            ),
        ),
        (
            "en",
            ("closed: awaiting the close-out review → done; completed |", "waits for 1.5-1d to be done: 路未通 |"),
        ),
    ],
)
def test_the_life_of_a_measure_reads_in_words(
    duban: Program, tmp_path: Path, locale: str, said: tuple[str, ...]
) -> None:
    duban.write("UPDATE office SET locale = ?", locale)
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"1")
    unit = ("--by", "general-office-head", *CHRISTMAS)
    supervisor = ("--by", "supervision", *CHRISTMAS)
    for step in (
        ("start", "1.5-2b", *unit),
        ("evidence", "add", "1.5-2b", str(photo), *unit),
        ("submit", "1.5-2b", *unit),
        ("approve", "1.5-2b", *supervisor),
        ("reopen", "1.5-2b", "--reason", "反弹", "--due", "2024-03-01", *supervisor),
        ("depend", "1.5-2b", "--on", "1.5-1d", "--reason", "路未通", *supervisor),
    ):
        assert duban(*step).code == 0, step
    text = duban.does("report", "chronology", "1.5-2b")
    for sentence in said:
        assert sentence in text


def test_a_chronology_is_proved_without_a_database(swept: Program, tmp_path: Path) -> None:
    paper, proof = tmp_path / "1.3-2.md", tmp_path / "1.3-2.json"
    assert swept.does("report", "chronology", "1.3-2", "--out", str(paper), "--proof", str(proof)) == ""
    assert paper.read_text("utf-8").startswith("# 督办留痕：1.3-2 公交新能源化与专项债\n")
    head = swept.json("ledger", "seals")[0]["head"]
    elsewhere = {"DUBAN_HOME": str(tmp_path / "nowhere"), "DUBAN_DATABASE_URL": "postgresql://127.0.0.1:1/none"}
    checked = swept.spawn("ledger", "verify", "--proof", str(proof), "--head", head, **elsewhere)
    assert (checked.code, checked.err) == (0, "")
    assert "26 facts of 1.3-2, as they were sealed, also by the head that was kept." in checked.out
    assert not (tmp_path / "nowhere").exists()


def test_what_was_recorded_since_the_seal_is_said_to_be_missing_in_the_proof(swept: Program, tmp_path: Path) -> None:
    swept.does("progress", "1.3-2c", "--text", "已催省厅", "--by", "bus-company-head", *CHRISTMAS)
    ended = swept("report", "chronology", "1.3-2", "--proof", str(tmp_path / "proof.json"))
    assert (ended.code, ended.err) == (0, "1 fact not yet sealed, and not in the proof; the next run seals.\n")
    assert "进展：已催省厅" in ended.out


def test_a_proof_that_was_changed_or_is_another_s_is_found_with_the_place(swept: Program, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    swept.does("report", "chronology", "1.3-2", "--out", str(tmp_path / "x"), "--proof", str(proof))
    document = json.loads(proof.read_text("utf-8"))
    document["facts"][3]["bytes"] = document["facts"][3]["bytes"].replace("18", "19")
    proof.write_text(json.dumps(document), "utf-8")
    ended = swept("ledger", "verify", "--proof", str(proof))
    assert (ended.code, ended.out) == (1, f"{proof}: facts[3] (fact 19): is not under seal 1\n")
    document = swept("ledger", "verify", "--proof", str(proof), "--head", "0" * 64, "--json").document
    assert len(document["problems"]) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"format": "duban', ":1:12: Unterminated string starting at; the file is cut off, or was changed."),
        (b"\xff\xfe", " is not UTF-8 at byte 0; it is no proof that duban wrote."),
        (b"[" * 100_000, " is nested beyond measure; it is no proof that duban wrote."),
    ],
)
def test_a_broken_proof_file_is_refused_with_the_place(
    duban: Program, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "proof.json"
    file.write_bytes(content)
    assert duban.refuses("ledger", "verify", "--proof", str(file)) == f"{file}{said}"


def test_an_unknown_measure_a_missing_file_and_a_place_that_cannot_be_written_are_refused(
    swept: Program, tmp_path: Path
) -> None:
    assert "9.9-9" in swept.refuses("report", "chronology", "9.9-9")
    gone = tmp_path / "gone.json"
    assert (
        swept.refuses("ledger", "verify", "--proof", str(gone))
        == f"{gone} cannot be read: No such file or directory."
    )
    nowhere = tmp_path / "no" / "file"
    refusal = f"{nowhere} cannot be written: No such file or directory; name another file."
    assert swept.refuses("report", "chronology", "1.3-2", "--out", str(nowhere)) == refusal
    assert swept.refuses("report", "chronology", "1.3-2", "--proof", str(nowhere)) == refusal


def test_nothing_is_proved_before_the_first_seal(duban: Program, tmp_path: Path) -> None:
    refusal = "Nothing about 1.3-2 is sealed yet; the next run does that."
    assert duban.refuses("report", "chronology", "1.3-2", "--proof", str(tmp_path / "proof.json")) == refusal
    assert "尚未封存" in duban.does("report", "chronology", "1.3-2")
