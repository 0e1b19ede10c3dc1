from __future__ import annotations

from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING

import pytest

from config import wording
from tests.duban.program import CHRISTMAS, Program
from tests.servers.prefect import mails

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTS = (
    "examined", "due", "situations", "reminders", "withheld", "messages", "accepted", "held", "retry", "refused",
    "in_doubt",
)  # fmt: skip
KEYS = ["run", "kind", "as_of", "scope", "dry_run", *COUNTS, "seconds", "differences", "unworded"]


def test_a_sweep_prints_one_object_with_the_keys_that_programs_rely_on(duban: Program) -> None:
    run = duban.json("sweep", *CHRISTMAS)
    assert list(run) == KEYS
    assert (run["kind"], run["scope"], run["dry_run"], run["run"]) == ("sweep", "everything", False, 1)
    assert (run["as_of"], run["reminders"], run["messages"]) == ("2023-12-25T08:40:00+08:00", 27, 11)
    assert (run["accepted"], run["held"], run["retry"], run["refused"], run["in_doubt"]) == (11, 0, 0, 0, 0)


@pytest.fixture
def unwordable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A measure that the templates fail for, as they might after an upgrade; its number."""
    number, templates = "1.3-2c", tmp_path / "wording"
    copytree(Path(wording.__file__).with_name("wording"), templates)
    row = templates / "zh_CN" / "row.j2"
    row.write_text('{% if line.number == "' + number + '" %}{{ line.title.nothing }}{% endif %}' + row.read_text())
    monkeypatch.setattr("config.wording._TEMPLATES", templates)
    wording._environment.cache_clear()  # noqa: SLF001 - it holds what was read before
    yield number
    wording._environment.cache_clear()  # noqa: SLF001


def test_a_line_that_cannot_be_worded_is_said_and_the_rest_is_done(duban: Program, unwordable: str) -> None:
    swept = duban("sweep", "--as-of", "2023-12-25T00:30")
    assert (swept.code, "0 accepted, 11 held" in swept.out) == (1, True)
    delivered = duban("deliver", *CHRISTMAS, "--json")
    assert (delivered.code, delivered.document["accepted"]) == (1, 11)
    assert {one["number"] for one in delivered.document["unworded"]} == {unwordable}
    for ended in (swept, delivered):
        lines = ended.err.splitlines()
        assert len(lines) == len(delivered.document["unworded"]) > 0
        assert all(line.startswith(f"{unwordable} could not be put into words (UndefinedError") for line in lines)
    again = duban.json("sweep", *CHRISTMAS)
    assert again["unworded"] == []  # what has left is not worded again


def test_a_second_sweep_says_nothing_new(duban: Program) -> None:
    duban("sweep", *CHRISTMAS)
    again = duban.json("sweep", *CHRISTMAS)
    assert {name: again[name] for name in COUNTS} == dict.fromkeys(COUNTS, 0)


def test_a_dry_run_says_what_and_why_and_leaves_no_trace(duban: Program) -> None:
    before = duban.content()
    run = duban.json("sweep", "--dry-run", *CHRISTMAS)
    assert duban.content() == before
    assert list(run) == [*KEYS, "would_say", "would_withhold"]
    assert (run["run"], run["dry_run"], len(run["would_say"]), len(run["would_withhold"])) == (None, True, 27, 69)
    assert run["would_say"][0] == {
        "measure": "1.3-2c",
        "post": "公交公司负责人",
        "person": "公交公司负责人",
        "step": "coordinate",
        "reason": "permit counted from 2023-10-10, 76 days past",
    }
    assert {line["reason"] for line in run["would_withhold"]} == {
        "folded into a later step for the same post",
        "the measure waits for another one",
    }


def test_a_nightly_dry_run_leaves_no_trace_either_and_needs_no_prefect(duban: Program) -> None:
    before = duban.content()
    run = duban.json("nightly", "--dry-run", *CHRISTMAS)
    assert (run["kind"], run["dry_run"], len(run["would_say"])) == ("nightly", True, 27)
    assert duban.content() == before


def test_a_dry_run_reads_in_one_line_what_repeats(duban: Program) -> None:
    lines = duban("sweep", "--dry-run", "--topic", "special-bond", *CHRISTMAS).out.splitlines()
    assert "Would say 3" in lines
    assert "Would withhold 30" in lines
    (line,) = [line for line in lines if line.startswith("1.3-2c") and "folded" in line and "coordinate" in line]
    assert line.rstrip().endswith("folded into a later step for the same post, 9 times")


@pytest.mark.parametrize(
    ("scope", "told", "examined"),
    [
        (("--unit", "客运办"), "unit=客运办", 0),
        (("--unit", "公交公司"), "unit=公交公司", 8),
        (("--finding", "1.5"), "finding=1.5", 8),
        (("--topic", "branch-election"), "topic=branch-election", 3),
        (("--state", "planned", "--light", "green"), "state=planned light=green", 3),
    ],
)
def test_a_sweep_looks_only_at_what_it_is_asked_for(
    duban: Program, scope: tuple[str, ...], told: str, examined: int
) -> None:
    run = duban.json("sweep", *scope, *CHRISTMAS)
    assert (run["scope"], run["examined"]) == (told, examined)


@pytest.mark.parametrize(
    ("arguments", "asker"), [((), "command line"), (("--by", "supervision"), "局巡察整改办（督查）")]
)
def test_a_run_is_on_record_with_who_asked(duban: Program, arguments: tuple[str, ...], asker: str) -> None:
    duban("sweep", *arguments, *CHRISTMAS)
    (fact,) = [fact for fact in duban.json("ledger", "show") if fact["kind"] == "run"]
    assert fact["payload"]["asked_by"] == asker


def test_what_is_owed_on_a_sunday_is_held_and_leaves_on_monday(duban: Program) -> None:
    run = duban.json("sweep", "--as-of", "2023-12-24")
    assert (run["messages"], run["accepted"], run["held"]) == (11, 0, 11)
    assert not (duban.home / "mail").exists()
    (state,) = {message["state"] for message in duban.json("outbox")}
    assert state == "held"
    delivered = duban.json("deliver", *CHRISTMAS)
    assert (delivered["messages"], delivered["accepted"], delivered["held"]) == (0, 11, 0)
    assert len(list((duban.home / "mail").glob("*/new/*"))) == 11


def test_delivery_tells_people_what_came_of_it(duban: Program) -> None:
    duban("sweep", "--as-of", "2023-12-24")
    lines = duban("deliver", *CHRISTMAS).out.splitlines()
    assert lines == [
        "0 new messages, 0 withdrawn.",
        "11 accepted, 0 held, 0 to retry, 0 refused, 0 in doubt.",
    ]


def test_a_sweep_tells_people_what_came_of_it(duban: Program) -> None:
    lines = duban("sweep", *CHRISTMAS).out.splitlines()
    assert lines[0].startswith("sweep, run 1  as of 2023-12-25 08:40, everything, ")
    assert lines[1:] == [
        "34 watches examined, 24 with something due, in 31 situations.",
        "27 new reminders, 69 steps withheld, 11 new messages.",
        "11 accepted, 0 held, 0 to retry, 0 refused, 0 in doubt.",
    ]


def test_the_outbox_lists_the_newest_messages_and_shows_one_whole(duban: Program) -> None:
    duban("sweep", *CHRISTMAS)
    newest, older = duban.json("outbox", "--last", "2")
    assert newest["id"] == older["id"] + 1
    whole = duban.json("outbox", "--show", str(newest["id"]))
    assert (whole["body"], whole["target"]) == (newest["body"], newest["target"])
    assert [attempt["outcome"] for attempt in whole["tries"]] == ["accepted"]
    read = duban("outbox", "--show", str(newest["id"])).out
    assert whole["body"].strip() in read
    assert whole["key"] in read


def test_the_outbox_shows_what_stands_as_asked(duban: Program) -> None:
    duban("sweep", *CHRISTMAS)
    assert duban.json("outbox", "--state", "held", "--state", "refused") == []
    assert len(duban.json("outbox", "--state", "accepted")) == 11
    assert duban("outbox", "--state", "in_doubt").out == "No messages.\n"


def test_the_outbox_shows_why_a_message_did_not_arrive(
    duban: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DUBAN_CHANNELS", f'{{"local": "maildir://{tmp_path}/file"}}')
    run = duban.json("sweep", "--unit", "bus-company", *CHRISTMAS)
    assert run["retry"] == 3
    lines = duban("outbox", "--state", "retry").out.splitlines()
    assert all("nothing was sent: " in line for line in lines[1:4])


def test_the_whole_night_runs_as_a_flow_of_prefect(duban: Program) -> None:
    # In a process of its own: Prefect reads its environment once, and keeps a server until the process ends.
    ended = duban.spawn("nightly", "--json", *CHRISTMAS)
    assert (ended.code, ended.err) == (0, "")
    report = ended.document
    assert list(report) == KEYS
    assert (report["kind"], report["reminders"], report["messages"], report["accepted"]) == ("nightly", 27, 11, 11)
    assert report["differences"] == 0
    again = duban.json("sweep", *CHRISTMAS)
    assert (again["reminders"], again["messages"]) == (0, 0)


def test_a_night_with_differences_does_its_work_and_fails(duban: Program, tmp_path: Path) -> None:
    duban("sweep", *CHRISTMAS)
    duban.write("DELETE FROM message WHERE target = 'inspection-office' OR id = 1")
    ended = duban.spawn("nightly", *CHRISTMAS, DUBAN_ALARM=f"maildir://{tmp_path}/alarm")
    assert ended.code == 1
    assert "nightly, run 2" in ended.out
    assert "differences." in ended.out
    assert ended.err.startswith("The audit found ")
    (mail,) = mails(tmp_path / "alarm" / "operator")
    assert "Audit: " in mail.get_content()
    assert "which is gone; see 'duban show " in mail.get_content()


def test_the_audit_says_in_one_line_that_all_is_well(duban: Program) -> None:
    duban("sweep", *CHRISTMAS)
    before = duban.content()
    assert duban.does("audit", *CHRISTMAS).startswith("What was owed is sent, held, or withheld with a reason")
    assert duban.json("audit", *CHRISTMAS)["found"] == 0
    assert duban.content() == before


def test_the_audit_lists_differences_and_exits_with_1(duban: Program) -> None:
    duban("sweep", *CHRISTMAS)
    duban.write("UPDATE measure SET due_on = '2024-12-31' WHERE number = '1.5-1d'")
    ended = duban("audit", *CHRISTMAS)
    assert ended.code == 1
    assert "1.5-1d  " in ended.out
    assert "is due on 2024-12-31, and the ledger's last word is " in ended.out
    found = duban("audit", "--json", *CHRISTMAS)
    assert found.code == 1
    assert {one["about"] for one in found.document["differences"]} == {"1.5-1d"}
