from __future__ import annotations

from pathlib import Path

from tests.duban.program import CHRISTMAS, Program


def test_a_divided_measure_shows_what_is_timed_of_its_parts_and_what_comes_next(duban: Program) -> None:
    shown = duban.measure("1.5-1")
    assert [child["number"] for child in shown["children"]] == [f"1.5-1{part}" for part in "abcdef"]
    assert {(one["measure"], one["watch"], one["anchor"]) for one in shown["watch"]} >= {
        ("1.5-1a", "undated", "2023-12-18"),
        ("1.5-1d", "delivery", "2023-12-20"),
        ("1.5-1e", "permit", "2023-09-20"),
        ("1.5-1e", "permit_late", "2023-12-29"),
    }
    assert shown["next_steps"] == sorted(shown["next_steps"], key=lambda step: (step["on"], step["measure"]))


def test_the_next_steps_of_a_measure_name_day_duty_post_and_person(duban: Program) -> None:
    steps = duban.measure("1.5-1d")["next_steps"]
    assert [(step["on"], step["step"], step["duty"], step["post"]) for step in steps] == [
        ("2023-12-21", "overdue", "responsible", "局办公室负责人"),  # that is: with the next sweep
        ("2023-12-28", "overdue-deputy", "responsible", "局办公室负责人"),
        ("2023-12-28", "overdue-deputy", "deputy", "分管综合协调负责人"),
        ("2024-01-05", "overdue-head", "head", "局长"),
        ("2024-01-05", "overdue-head", "supervisor", "局巡察整改办（督查）"),
        ("2024-02-02", "overdue-inspection", "inspection", "市委巡察办"),
    ]
    assert all(step["person"] == step["post"] and step["instead_of"] is None for step in steps)


def test_what_is_shown_as_next_is_what_the_next_sweep_says(duban: Program) -> None:
    run = duban.json("sweep", "--dry-run", *CHRISTMAS)
    for number in ("1.5-1d", "2.2-1b", "1.3-2c", "3.2-4a", "1.5-1a"):
        owed = [step for step in duban.measure(number)["next_steps"] if step["on"] <= "2023-12-25"]
        said = [line for line in run["would_say"] if line["measure"] == number]
        assert sorted((step["step"], step["post"]) for step in owed) == sorted(
            (line["step"], line["post"]) for line in said
        )


def test_a_step_beyond_the_decreed_years_is_provisional(duban: Program) -> None:
    duban("due", "1.5-1a", "2026-12-25", "--reason", "按规划", "--by", "supervision", *CHRISTMAS)
    steps = {step["step"]: step["provisional"] for step in duban.measure("1.5-1a")["next_steps"]}
    assert steps["due-soon"] is False
    assert steps["overdue-deputy"] is True


def test_a_blocked_measure_says_so(duban: Program) -> None:
    shown = duban.measure("3.5-1d")
    assert shown["blocked_by"] == ["1.3-2c", "3.5-1c"]
    assert all(step["blocked"] for step in shown["next_steps"])


def test_an_assumed_date_is_called_so_wherever_it_stands_and_the_note_says_why(duban: Program) -> None:
    assert duban.measure("1.3-2c")["due_note"].startswith("示例假设：")
    lines = duban("show", "1.3-2c", *CHRISTMAS).out.splitlines()
    dated = [line for line in lines if "2023-11-30" in line]
    assert len(dated) == 2  # among the particulars, and in the watch
    assert all("2023-11-30 assumed" in line for line in dated)
    assert "示例假设：原文无时限" in dated[0]


def test_history_tells_what_was_said_to_whom_and_what_came_of_it(duban: Program) -> None:
    duban("sweep", "--topic", "special-bond", *CHRISTMAS)
    claims = [event for event in duban.measure("1.3-2c")["history"] if event["kind"] == "claim"]
    assert {(event["post"], event["payload"]["step"], event["on"]) for event in claims} == {
        ("公交公司负责人", "coordinate", "2023-12-25"),
        ("分管公共交通负责人", "permit-late", "2023-12-25"),
        ("局长", "permit-late-head", "2023-12-25"),
    }
    assert {event["telling"]["state"] for event in claims} == {"accepted"}


def test_history_reads_in_one_line_what_was_withheld_for_one_reason(duban: Program) -> None:
    duban("sweep", "--topic", "special-bond", *CHRISTMAS)
    lines = duban("show", "1.3-2c", *CHRISTMAS).out.splitlines()
    (line,) = [line for line in lines if "withhold" in line and "permit coordinate" in line]
    assert "permit coordinate: folded, 9 times" in line


def test_a_standing_duty_shows_its_rhythm_and_occurrences(duban: Program) -> None:
    duban("sweep", *CHRISTMAS)
    dues = duban.measure("3.2-2b")
    assert dues["rrule"] == "FREQ=MONTHLY;BYMONTHDAY=25"
    assert [child["due_on"] for child in dues["children"]] == ["2023-12-25"]
    assert [event["kind"] for event in dues["history"]][:2] == ["register", "spawn"]


def test_a_post_that_falls_vacant_is_passed_over_from_that_day_on(duban: Program) -> None:
    duban.write(
        "UPDATE holding SET until = '2024-01-01' WHERE post_id IN (SELECT id FROM post WHERE slug = 'director')"
    )
    (step,) = [one for one in duban.measure("1.5-1d")["next_steps"] if one["duty"] == "head"]
    assert (step["post"], step["instead_of"]) == ("市委巡察办", "局长")


def test_an_unknown_measure_is_refused(duban: Program) -> None:
    sentence = "No measure has the number '9.9-9'; 'duban status --all' lists them."
    assert duban.refuses("show", "9.9-9") == sentence
    assert duban.refuses("ledger", "show", "9.9-9") == sentence


def test_the_ledger_shows_the_newest_facts_in_their_order(duban: Program) -> None:
    duban("sweep", "--unit", "bus-company", *CHRISTMAS)
    facts = duban.json("ledger", "show", "--last", "1000")
    assert [fact["id"] for fact in facts] == sorted(fact["id"] for fact in facts)
    assert {fact["kind"] for fact in facts} == {"register", "spawn", "claim", "withhold", "run", "compose", "receipt"}
    assert duban.json("ledger", "show", "--last", "5") == facts[-5:]


def test_the_ledger_of_a_measure_holds_the_facts_of_its_parts(duban: Program) -> None:
    facts = duban.json("ledger", "show", "1.5-1")
    assert {fact["measure"] for fact in facts} == {"1.5-1", *(f"1.5-1{part}" for part in "abcdef")}
    assert "register" in duban("ledger", "show", "1.5-1").out


def test_the_ledger_reads_as_one_line_a_fact(duban: Program) -> None:
    by_unit = ("--by", "general-office-head", *CHRISTMAS)
    duban("sweep", *CHRISTMAS)
    duban("sweep", "--as-of", "2024-01-30")
    duban("evidence", "add", "1.5-1d", __file__, *by_unit)
    duban("submit", "1.5-1d", *by_unit)
    duban("due", "1.5-1a", "2024-01-15", "--reason", "规划", "--by", "supervision", *CHRISTMAS)
    lines = [" ".join(line.split()) for line in duban("ledger", "show", "--last", "9999").out.splitlines()]
    for expected in (
        "3.2-2b@2023-12-25 spawn comes up for 2023-12-25",
        f"1.5-1d evidence 局办公室负责人 test_show.py, {Path(__file__).stat().st_size} bytes, shows work",
        "1.5-1d submit 局办公室负责人 in_progress → awaiting_approval (closeout)",
        "1.5-1a due 局巡察整改办（督查） not set → 2024-01-15: 规划",
        "run sweep 1 for command line: 27 reminders, 69 withheld",
        "1.3-2d withhold 局巡察整改办（督查） undated set-a-date: blocked",
        "compose 局长 to local director: 【督办】",
        "receipt 局长 attempt 1: accepted written to director as ",
        "1.5-3a claim 局长 delivery overdue-head again (3): message ",
    ):
        assert any(expected in line for line in lines), expected


def test_what_is_told_in_place_of_a_vacant_post_says_so(duban: Program) -> None:
    vacant = "UPDATE holding SET until = '2023-12-01' WHERE post_id IN (SELECT id FROM post WHERE slug = ?)"
    duban.write(vacant, "general-office-head")
    assert "局办公室负责人 (vacant)" in duban("status", *CHRISTMAS).out
    duban("sweep", *CHRISTMAS)
    lines = duban("show", "1.5-1d", *CHRISTMAS).out.splitlines()
    (told,) = [line for line in lines if " claim " in line]
    assert "分管综合协调负责人  delivery overdue in place of 局办公室负责人: message " in told
    (not_told,) = [line for line in lines if "overdue: vacant" in line]
    assert "局办公室负责人" in not_told


def test_a_reminder_that_nobody_can_hear_has_no_message_yet(duban: Program) -> None:
    duban("sweep", "--as-of", "2023-12-24")
    duban.write("UPDATE holding SET until = '2023-12-25'")
    duban("deliver", *CHRISTMAS)
    assert "1.5-1d   claim     局办公室负责人  delivery overdue: no message yet" in duban("show", "1.5-1d").out
