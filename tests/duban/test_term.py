from __future__ import annotations

import pytest

from tests.duban.program import CHRISTMAS, Program

ROAD = "1.5-1d"  # due on 2023-12-20, so late at Christmas
BUSES = "3.5-1c"  # due on 2023-12-29
UNIT = ("--by", "general-office-head", *CHRISTMAS)
BUS_COMPANY = ("--by", "bus-company-head", *CHRISTMAS)
SUPERVISOR = ("--by", "supervision", *CHRISTMAS)
HEAD = ("--by", "director", *CHRISTMAS)
SUSPEND = ("suspend", ROAD, "--reason", "冰冻停工", "--until", "2024-02-20", *SUPERVISOR)
EXTEND = ("extend", BUSES, "--until", "2024-01-31", "--reason", "招标流标", "--progress", "已采购20台")


def watches(duban: Program, number: str) -> list[tuple[str, str]]:
    return [(one["watch"], one["anchor"]) for one in duban.measure(number)["watch"]]


def test_a_suspended_measure_is_not_late_and_only_its_review_is_timed(duban: Program) -> None:
    assert duban.does(*SUSPEND) == "1.5-1d 黄泥塘镇公路开工建设 is suspended until 2024-02-20.\n"
    shown = duban.measure(ROAD)
    assert (shown["suspended_until"], shown["light"], shown["days_left"]) == ("2024-02-20", "green", None)
    assert shown["hangs_on"] == "局巡察整改办（督查）"
    assert watches(duban, ROAD) == [("suspension", "2024-02-20")]
    assert "suspended until 2024-02-20" in duban.does("status", *CHRISTMAS)
    assert duban.json("status", *CHRISTMAS)["units"][0]["suspended"] == 1


def test_a_resumed_measure_goes_on_with_the_days_that_were_left(duban: Program) -> None:
    duban.does(*SUSPEND)
    told = duban.does("resume", ROAD, "--reason", "开工", "--by", "supervision", "--as-of", "2024-01-04")
    assert told == "1.5-1d 黄泥塘镇公路开工建设 goes on, due on 2023-12-30.\n"
    shown = duban.measure(ROAD, "2024-01-05")
    assert (shown["days_left"], shown["days_left_first"], shown["first_due_on"]) == (-6, -16, "2023-12-20")
    (pause,) = shown["suspensions"]
    assert (pause["since"], pause["resumed_on"], pause["reason"]) == ("2023-12-25", "2024-01-04", "冰冻停工")
    lines = duban.does("show", ROAD, "--as-of", "2024-01-05").splitlines()
    assert "first due   2023-12-20 assumed  16 late" in lines
    (due,) = [line for line in lines if line.startswith("due ")]
    assert due.startswith("due         2023-12-30 assumed  6 late")


def test_an_extension_is_asked_for_granted_by_somebody_else_and_numbered(duban: Program) -> None:
    asked = duban.does(*EXTEND, *BUS_COMPANY)
    assert asked == "3.5-1c 55台购车准备 asks for extension 1, from 2023-12-29 to 2024-01-31.\n"
    assert (duban.measure(BUSES)["asked_until"], duban.measure(BUSES)["due_on"]) == ("2024-01-31", "2023-12-29")
    assert "asks for time until 2024-01-31" in duban.does("status", *CHRISTMAS)
    granted = duban.does("extension", "grant", BUSES, "--reason", "同意", "--document", "督〔2023〕5号", *SUPERVISOR)
    assert granted == "3.5-1c 55台购车准备 is due on 2024-01-31, extension 1 was granted.\n"
    shown = duban.measure(BUSES, "2024-02-02")
    assert (shown["due_on"], shown["due_basis"], shown["extensions"]) == ("2024-01-31", "extended", 1)
    assert (shown["days_left"], shown["days_left_first"]) == (-2, -35)
    (request,) = shown["extension_requests"]
    told = {key: request[key] for key in ("number", "state", "until", "decided_by", "document", "late")}
    assert told == {
        "number": 1,
        "state": "granted",
        "until": "2024-01-31",
        "decided_by": "局巡察整改办（督查）",
        "document": "督〔2023〕5号",
        "late": False,
    }
    (row,) = [
        line for line in duban.does("status", "--as-of", "2024-02-02").splitlines() if BUSES in line.split()[:2]
    ]
    assert row.split()[3:9] == ["2024-01-31", "extended", "2", "late", "35", "late"]
    assert "granted 2023-12-25 by 局巡察整改办（督查）, 督〔2023〕5号: 同意" in duban.does("show", BUSES)


def test_a_refused_extension_leaves_the_due_date_and_another_may_be_asked(duban: Program) -> None:
    duban.does(*EXTEND, *BUS_COMPANY)
    refused = duban.does("extension", "refuse", BUSES, "--reason", "理由不足", *SUPERVISOR)
    assert refused == "3.5-1c 55台购车准备 is due on 2023-12-29, extension 1 was refused.\n"
    assert "asks for extension 2" in duban.does(*EXTEND, *BUS_COMPANY)


def test_after_the_due_date_a_supervisor_asks_and_the_head_decides(duban: Program) -> None:
    late = ("extend", ROAD, "--until", "2024-01-31", "--reason", "冰冻", "--progress", "过半")
    assert duban.does(*late, *SUPERVISOR).endswith("from 2023-12-20 to 2024-01-31, after its due date.\n")
    duban.does("extension", "grant", ROAD, "--reason", "同意", *HEAD)
    assert duban.measure(ROAD)["extension_requests"][0]["late"] is True


def test_done_in_part_is_reported_without_being_a_state(duban: Program) -> None:
    assert duban.does("progress", BUSES, "--text", "已采购20台", "--staged", *BUS_COMPANY).endswith("done in part.\n")
    shown = duban.measure(BUSES)
    assert (shown["state"], shown["staged_on"]) == ("in_progress", "2023-12-25")
    assert "in progress, done in part 2023-12-25" in duban.does("status", *CHRISTMAS)
    assert "done in part: 已采购20台" in duban.does("show", BUSES)


def test_a_limit_waits_for_its_event_and_then_becomes_a_date(duban: Program) -> None:
    limit = ("--within", "30 calendar", "--after", "1.3-2c", "--event", "granted")
    told = duban.does("due", "1.3-2d", *limit, "--reason", "批复后一个月", *SUPERVISOR)
    assert told.endswith("is limited to 30 calendar after 1.3-2c granted, and has no due date until that happens.\n")
    shown = duban.measure("1.3-2d")
    assert (shown["limit"], shown["due_on"]) == ("30 calendar after 1.3-2c granted", None)
    assert shown["provisional_due_on"] == "2023-12-30"  # counted from when the permit was due
    (row,) = [line for line in duban.does("status", *CHRISTMAS).splitlines() if "余下燃油公交全部换新" in line]
    assert "2023-12-30 provisional" in row
    duban.does("evidence", "add", "1.3-2c", __file__, "--permit", *BUS_COMPANY)
    duban.does("grant", "1.3-2c", *BUS_COMPANY)
    shown = duban.measure("1.3-2d")
    assert (shown["due_on"], shown["due_basis"], shown["limit"]) == ("2024-01-24", "relative", None)


def test_a_limit_after_what_has_happened_is_a_date_at_once(duban: Program) -> None:
    duban.does("evidence", "add", "1.3-2c", __file__, "--permit", *BUS_COMPANY)
    duban.does("grant", "1.3-2c", *BUS_COMPANY)
    limit = ("--within", "3 working", "--after", "1.3-2c", "--event", "granted")
    told = duban.does("due", "1.3-2d", *limit, "--reason", "批复后", *SUPERVISOR)
    assert told.endswith("and is due on 2023-12-28.\n")


@pytest.mark.parametrize(
    ("before", "arguments", "sentence"),
    [
        ((SUSPEND,), SUSPEND, "1.5-1d is suspended until 2024-02-20; resume it first."),
        (
            (SUSPEND,),
            ("apply", ROAD, "--outside-body", "发改局", "--document", "无", *UNIT),
            "1.5-1d is suspended until 2024-02-20; resume it first.",
        ),
        ((SUSPEND,), ("submit", ROAD, *UNIT), "1.5-1d is suspended until 2024-02-20; resume it first."),
        (
            (SUSPEND,),
            ("resume", ROAD, "--reason", "x", "--by", "supervision", "--as-of", "2023-12-24"),
            "1.5-1d has an entry of 2023-12-25; act on that day or a later one, not as of 2023-12-24.",
        ),
        (
            (SUSPEND,),
            ("resume", ROAD, "--reason", "x", *UNIT),
            "Only a supervisor resumes 1.5-1d; 局办公室负责人 is none on 2023-12-25.",
        ),
        ((), ("resume", ROAD, "--reason", "x", *SUPERVISOR), "1.5-1d is not suspended; its clock runs."),
        (
            (),
            ("suspend", ROAD, "--reason", "x", "--until", "2024-02-20", *UNIT),
            "Only a supervisor suspends 1.5-1d; 局办公室负责人 is none on 2023-12-25.",
        ),
        (
            (),
            ("suspend", ROAD, "--reason", "x", "--until", "2023-12-25", *SUPERVISOR),
            "The review of 1.5-1d on 2023-12-25 has to lie after 2023-12-25, the day it is suspended.",
        ),
        (
            (),
            ("suspend", "1.5-1b", "--reason", "x", "--until", "2024-02-20", *SUPERVISOR),
            "1.5-1b is done; reopen it first.",
        ),
        (
            (("evidence", "add", ROAD, __file__, *UNIT), ("submit", ROAD, *UNIT)),
            SUSPEND,
            "1.5-1d is handed in for close-out; approve or return it instead.",
        ),
        (
            (),
            ("extend", ROAD, "--until", "2024-01-31", "--reason", "x", "--progress", "x", *UNIT),
            "1.5-1d was due on 2023-12-20; after that only a supervisor asks to extend it.",
        ),
        (
            (),
            ("extend", BUSES, "--until", "2023-12-29", "--reason", "x", "--progress", "x", *BUS_COMPANY),
            "3.5-1c is due on 2023-12-29; an extension has to lead to a later day than 2023-12-29.",
        ),
        (
            (),
            ("extend", "1.5-1b", "--until", "2024-01-31", "--reason", "x", "--progress", "x", *UNIT),
            "1.5-1b is done; reopen it first.",
        ),
        (
            (),
            ("extend", "1.5-1a", "--until", "2024-01-31", "--reason", "x", "--progress", "x", *UNIT),
            "1.5-1a has no due date that could be extended; a supervisor sets one with 'duban due'.",
        ),
        (
            (),
            (*EXTEND, *UNIT),
            "局办公室负责人 has no part in 3.5-1c on 2023-12-25; its unit asks to extend it.",
        ),
        (
            ((*EXTEND, *BUS_COMPANY),),
            (*EXTEND, *BUS_COMPANY),
            "A request to extend 3.5-1c is open already; it has to be decided first.",
        ),
        (
            ((*EXTEND, *SUPERVISOR),),
            ("extension", "grant", BUSES, "--reason", "x", *SUPERVISOR),
            "局巡察整改办（督查） asked to extend 3.5-1c; somebody else has to decide.",
        ),
        (
            ((*EXTEND, *BUS_COMPANY),),
            ("extension", "grant", BUSES, "--reason", "x", *BUS_COMPANY),
            "A supervisor or the head decides on 3.5-1c; 公交公司负责人 is neither on 2023-12-25.",
        ),
        (
            (),
            ("extension", "refuse", BUSES, "--reason", "x", *SUPERVISOR),
            "Nobody has asked to extend 3.5-1c; the unit asks with 'duban extend'.",
        ),
        (
            (),
            ("progress", BUSES, "--text", "x", *UNIT),
            "局办公室负责人 has no part in 3.5-1c on 2023-12-25; its unit reports on it.",
        ),
        ((), ("progress", "1.5-1b", "--text", "x", *UNIT), "1.5-1b is done; reopen it first."),
        (
            (),
            ("due", ROAD, "2023-12-24", "--reason", "x", *SUPERVISOR),
            "2023-12-24 has passed on 2023-12-25; 1.5-1d needs a day to come.",
        ),
        (
            (),
            ("due", ROAD, "--within", "3 working", "--after", ROAD, "--reason", "x", *SUPERVISOR),
            (
                "1.5-1d cannot be limited to 3 working after 1.5-1d done; "
                "name days, and the permit or the end of another measure."
            ),
        ),
        (
            (),
            ("due", "1.5-1a", "--within", "3 working", "--after", ROAD, "--reason", "x", *UNIT),
            "Only a supervisor of 1.5-1a sets its limit; 局办公室负责人 is none on 2023-12-25.",
        ),
    ],
)  # fmt: skip
def test_what_the_clock_does_not_allow_is_refused_in_one_sentence(
    duban: Program, before: tuple[tuple[str, ...], ...], arguments: tuple[str, ...], sentence: str
) -> None:
    for step in before:
        duban.does(*step)
    assert duban.refuses(*arguments) == sentence


def test_a_measure_has_no_more_extensions_than_the_policy_allows(duban: Program) -> None:
    for until in ("2024-01-31", "2024-02-29"):
        duban.does("extend", BUSES, "--until", until, "--reason", "x", "--progress", "x", *BUS_COMPANY)
        duban.does("extension", "grant", BUSES, "--reason", "同意", *SUPERVISOR)
    third = ("extend", BUSES, "--until", "2024-03-29", "--reason", "x", "--progress", "x", *BUS_COMPANY)
    assert duban.refuses(*third) == "3.5-1c was extended 2 times, which is all that the policy allows."


@pytest.mark.parametrize(
    "arguments",
    [
        ("suspend", ROAD, "--until", "2024-02-20"),
        ("suspend", ROAD, "--reason", " ", "--until", "2024-02-20"),
        ("suspend", ROAD, "--reason", "x", "--until", "soon"),
        ("due", ROAD, "--reason", "x"),
        ("due", ROAD, "2024-02-20", "--within", "3 working", "--after", BUSES, "--reason", "x"),
        ("due", ROAD, "--within", "3 working", "--reason", "x"),
        ("due", ROAD, "--within", "3 days", "--after", BUSES, "--reason", "x"),
        ("due", ROAD, "--within", "4000 working", "--after", BUSES, "--reason", "x"),
        ("due", ROAD, "--within", "3 working", "--after", BUSES, "--event", "feedback", "--reason", "x"),
        ("due", "2024-02-20", "--reason", "x"),
        ("extension", ROAD),
    ],
)
def test_an_order_that_is_not_understood_ends_with_2(duban: Program, arguments: tuple[str, ...]) -> None:
    before = duban.content()
    ended = duban(*arguments, *SUPERVISOR)
    assert (ended.code, ended.out) == (2, "")
    assert duban.content() == before
