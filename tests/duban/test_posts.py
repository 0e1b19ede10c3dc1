from __future__ import annotations

import pytest

from tests.duban.program import CHRISTMAS, Program

SUPERVISOR = ("--by", "supervision", *CHRISTMAS)
BUS_COMPANY = ("--by", "bus-company-head", *CHRISTMAS)
HAND_OVER = ("post", "hand-over", "bus-company-head", "--to", "deputy-public-transport")
LEAVE = ("post", "leave", "bus-company-head", "--substitute", "deputy-public-transport")
WEEK = ("--from", "2023-12-26", "--until", "2024-01-03")


def holder(duban: Program, on: str) -> tuple[str | None, str | None]:
    posts = duban.json("office", "show", "--as-of", on)["posts"]
    (post,) = [one for one in posts if one["slug"] == "bus-company-head"]
    return post["holder"], post["absent"]


def test_a_post_is_handed_over_from_a_day_on_and_both_are_told(duban: Program) -> None:
    told = duban.does(*HAND_OVER, "--from", "2024-01-02", *SUPERVISOR)
    assert told == (
        "分管公共交通负责人 holds 公交公司负责人 from 2024-01-02 on in place of 公交公司负责人; "
        "8 open measures and 0 unsaid reminders go along.\n"
    )
    assert holder(duban, "2024-01-01") == ("公交公司负责人", None)
    assert holder(duban, "2024-01-02") == ("分管公共交通负责人", None)
    assert {message["person"] for message in duban.json("outbox")} == {"公交公司负责人", "分管公共交通负责人"}
    (fact,) = duban.json("ledger", "show", "--last", "1")
    assert (fact["kind"], fact["post"], fact["payload"]["successor"]) == (
        "hand_over",
        "公交公司负责人",
        "分管公共交通负责人",
    )
    assert "公交公司负责人 → 分管公共交通负责人 from 2024-01-02" in duban.does("ledger", "show")


def test_a_post_is_handed_over_today_unless_said_otherwise(duban: Program) -> None:
    duban.does(*HAND_OVER, *BUS_COMPANY)
    assert holder(duban, "2023-12-25") == ("分管公共交通负责人", None)
    assert duban.measure("1.3-2c")["hangs_on"] == "公交公司负责人 分管公共交通负责人"


def test_a_substitute_answers_while_somebody_is_away(duban: Program) -> None:
    told = duban.does(*LEAVE, *WEEK, "--reason", "休假", *BUS_COMPANY)
    assert told == (
        "公交公司负责人 is away from 2023-12-26 until 2024-01-03; 分管公共交通负责人 answers meanwhile.\n"
    )
    assert holder(duban, "2023-12-25") == ("公交公司负责人", None)
    assert holder(duban, "2023-12-26") == ("分管公共交通负责人", "公交公司负责人")
    assert holder(duban, "2024-01-03") == ("公交公司负责人", None)
    shown = duban.does("office", "show", "--as-of", "2023-12-26")
    assert "分管公共交通负责人 for 公交公司负责人, who is away" in shown


def test_a_substitute_may_act_for_who_is_away(duban: Program) -> None:
    start = ("progress", "3.5-1c", "--text", "已采购20台", "--by", "deputy-public-transport", "--as-of", "2023-12-26")
    assert duban.refuses(*start).startswith("分管公共交通负责人 has no part in 3.5-1c")
    duban.does(*LEAVE, *WEEK, *SUPERVISOR)
    duban.does(*start)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            (*HAND_OVER, "--from", "2023-12-24", *SUPERVISOR),
            "2023-12-24 has passed on 2023-12-25; hand 公交公司负责人 over on a day to come, or today.",
        ),
        (
            ("post", "hand-over", "bus-company-head", "--to", "bus-company-head", *SUPERVISOR),
            "公交公司负责人 holds 公交公司负责人 already.",
        ),
        (
            ("post", "hand-over", "bus-company-head", "--to", "nobody", *SUPERVISOR),
            "No person is called 'nobody'; 'duban office show' lists them.",
        ),
        (
            ("post", "hand-over", "no-post", "--to", "director", *SUPERVISOR),
            "No post is called 'no-post'; 'duban office show' lists them.",
        ),
        (
            (*HAND_OVER, "--by", "finance-section-head", *CHRISTMAS),
            "财务股负责人 cannot hand 公交公司负责人 over; its holder does, or a supervisor.",
        ),
        (
            HAND_OVER,
            "Say who acts, with --by or DUBAN_BY; 'duban office show' lists the persons.",
        ),
        (
            (*LEAVE, *WEEK, "--by", "finance-section-head", *CHRISTMAS),
            "财务股负责人 cannot put 公交公司负责人 on leave; that person does, or a supervisor.",
        ),
        (
            (*LEAVE, "--from", "2024-01-03", "--until", "2024-01-03", *SUPERVISOR),
            "Leave of 公交公司负责人 runs from 2023-12-25 or later to a later day, with another substitute.",
        ),
        (
            ("post", "leave", "director", "--substitute", "director", *WEEK, *SUPERVISOR),
            "Leave of 局长 runs from 2023-12-25 or later to a later day, with another substitute.",
        ),
    ],
)  # fmt: skip
def test_a_post_that_cannot_change_hands_is_refused_in_one_sentence(
    duban: Program, arguments: tuple[str, ...], sentence: str
) -> None:
    assert duban.refuses(*arguments) == sentence


def test_nobody_is_on_leave_twice(duban: Program) -> None:
    duban.does(*LEAVE, *WEEK, *SUPERVISOR)
    assert duban.refuses(*LEAVE, "--from", "2024-01-02", "--until", "2024-01-10", *SUPERVISOR) == (
        "公交公司负责人 is on leave between 2024-01-02 and 2024-01-10 already."
    )


def test_a_vacant_post_gets_an_acting_holder_who_is_told(duban: Program) -> None:
    vacate = ("post", "vacate", "bus-company-head", "--from", "2024-01-02", "--reason", "调离", *SUPERVISOR)
    assert duban.does(*vacate) == "公交公司负责人 holds 公交公司负责人 until 2024-01-02; from then on it is vacant.\n"
    assert holder(duban, "2024-01-02") == (None, None)
    appoint = ("post", "appoint", "bus-company-head", "--acting", "deputy-public-transport", "--from", "2024-01-02")
    assert duban.does(*appoint, *SUPERVISOR) == (
        "分管公共交通负责人 acts for 公交公司负责人 from 2024-01-02, until it has a holder again.\n"
    )
    assert holder(duban, "2024-01-02") == ("分管公共交通负责人", None)
    (message,) = duban.json("outbox")
    assert (message["person"], message["subject"]) == ("分管公共交通负责人", "【督办】1月2日起由您代理公交公司负责人")
    told = duban.does("ledger", "show")
    assert "公交公司负责人 → nobody from 2024-01-02: 调离" in told
    assert "分管公共交通负责人 acts from 2024-01-02" in told
