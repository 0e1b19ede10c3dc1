from __future__ import annotations

import pytest

from tests.duban.program import CHRISTMAS, Program

ROAD = "1.5-1d"
BOND = "1.3-2c"  # closed by the supervisor first, then by the head
UNIT = ("--by", "general-office-head", *CHRISTMAS)
BUS_COMPANY = ("--by", "bus-company-head", *CHRISTMAS)
SUPERVISOR = ("--by", "supervision", *CHRISTMAS)
HEAD = ("--by", "director", *CHRISTMAS)


@pytest.fixture
def submitted(duban: Program) -> Program:
    """The road handed in."""
    duban.does("evidence", "add", ROAD, __file__, *UNIT)
    duban.does("submit", ROAD, *UNIT)
    return duban


@pytest.fixture
def bond(duban: Program) -> Program:
    """The bond granted and handed in."""
    duban.does("evidence", "add", BOND, __file__, "--permit", *BUS_COMPANY)
    duban.does("grant", BOND, *BUS_COMPANY)
    duban.does("evidence", "add", BOND, __file__, *BUS_COMPANY)
    duban.does("submit", BOND, *BUS_COMPANY)
    return duban


def test_an_application_says_when_the_permit_is_expected(duban: Program) -> None:
    apply = ("apply", "1.5-2b", "--outside-body", "发改局", "--document", "无文号", "--expected", "2024-02-01", *UNIT)
    duban.does(*apply)
    assert duban.measure("1.5-2b")["expected_on"] == "2024-02-01"
    assert "expected    2024-02-01" in duban.does("show", "1.5-2b")


def test_what_is_approved_is_what_was_handed_in(submitted: Program) -> None:
    (submission,) = submitted.measure(ROAD)["submissions"]
    hash_ = submission["sha256"]
    assert hash_[:12] in submitted.does("show", ROAD)
    other = "f" if hash_[0] == "0" else "0"
    refused = submitted.refuses("approve", ROAD, "--hash", other, *SUPERVISOR)
    assert refused == f"1.5-1d was handed in as {hash_[:12]}, not as {other}; look at it again."
    submitted.does("approve", ROAD, "--hash", hash_[:8], *SUPERVISOR)
    (submission,) = submitted.measure(ROAD)["submissions"]
    assert (submission["outcome"], submission["ended_on"]) == ("approve", "2023-12-25")
    assert submission["signatures"] == [{"duty": "supervisor", "person": "局巡察整改办（督查）", "on": "2023-12-25"}]


def test_a_new_due_date_voids_what_was_handed_in_and_is_named(submitted: Program) -> None:
    submitted.does("due", ROAD, "2024-01-15", "--reason", "x", *SUPERVISOR)
    refused = submitted.refuses("approve", ROAD, *SUPERVISOR)
    assert refused == (
        "1.5-1d was changed since it was submitted (due date was 2023-12-20, is 2024-01-15); "
        "return it to be handed in anew."
    )


def test_every_handing_in_is_kept_with_what_became_of_it(submitted: Program) -> None:
    submitted.does("return", ROAD, "--reason", "缺验收报告", *SUPERVISOR)
    submitted.does("submit", ROAD, *UNIT)
    shown = submitted.measure(ROAD)
    assert [one["outcome"] for one in shown["submissions"]] == ["return", None]
    assert shown["returns"] == 1
    assert "under review" in submitted.does("show", ROAD)


def test_two_signatures_are_given_in_their_order(bond: Program) -> None:
    assert bond.refuses("approve", BOND, *HEAD) == (
        "1.3-2c awaits the signature of the supervisor, not of 局长."
    )  # fmt: skip
    assert bond.does("approve", BOND, *SUPERVISOR).endswith("is signed for, and awaits the head.\n")
    assert bond.measure(BOND)["hangs_on"] == "局长"
    assert bond.refuses("approve", BOND, *SUPERVISOR) == (
        "1.3-2c awaits the signature of the head, not of 局巡察整改办（督查）."
    )  # fmt: skip
    assert bond.does("approve", BOND, *HEAD).endswith("is now done.\n")
    assert [one["duty"] for one in bond.measure(BOND)["submissions"][0]["signatures"]] == ["supervisor", "head"]


def test_what_is_done_may_be_looked_at_again(submitted: Program) -> None:
    submitted.does("approve", ROAD, "--reverify", "2024-03-01", *SUPERVISOR)
    assert submitted.measure(ROAD)["reverify_on"] == "2024-03-01"
    assert [one["watch"] for one in submitted.measure(ROAD)["watch"]] == ["reverify"]
    assert "to be looked at again 2024-03-01" in submitted.does("status", "--all", *CHRISTMAS)
    held = submitted.does("reverify", ROAD, "--found", "路况良好", "--again", "2024-09-01", *SUPERVISOR)
    assert held.endswith("holds, to be looked at again on 2024-09-01.\n")
    assert "holds, again 2024-09-01: 路况良好" in submitted.does("show", ROAD)


def test_what_was_reopened_names_its_earlier_closing(submitted: Program) -> None:
    submitted.does("approve", ROAD, *SUPERVISOR)
    submitted.does("reopen", ROAD, "--reason", "反弹", "--due", "2024-03-01", *SUPERVISOR)
    assert "2024-03-01, 反弹, closed before on 2023-12-25" in submitted.does("show", ROAD)


def test_how_late_something_was_done_stays_visible(submitted: Program) -> None:
    submitted.does("approve", ROAD, *SUPERVISOR)
    shown = submitted.measure(ROAD, "2024-06-01")
    assert (shown["done_on"], shown["due_on"], shown["days_left"]) == ("2023-12-25", "2023-12-20", None)
    (row,) = [line for line in submitted.does("status", "--all").splitlines() if ROAD in line.split()[:2]]
    assert row.split()[:7] == ["done", ROAD, "黄泥塘镇公路开工建设", "2023-12-20", "assumed", "5", "late"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("reverify", ROAD, "--found", "x", *SUPERVISOR),
            "1.5-1d is not done; there is nothing to look at again.",
        ),
        (
            ("reverify", "1.5-1b", "--found", "x", *UNIT),
            "Only a supervisor looks at 1.5-1b again; 局办公室负责人 is none on 2023-12-25.",
        ),
        (
            ("reverify", "1.5-1b", "--found", "x", "--again", "2023-12-25", *SUPERVISOR),
            "1.5-1b cannot be looked at again on 2023-12-25; that has to lie after 2023-12-25.",
        ),
        (
            ("approve", ROAD, "--reverify", "2023-12-01", *SUPERVISOR),
            "2023-12-01 has passed on 2023-12-25; 'approve' of 1.5-1d needs a day to come.",
        ),
        (
            ("reopen", "1.5-1b", "--reason", "反弹", "--due", "2023-12-01", *SUPERVISOR),
            "2023-12-01 has passed on 2023-12-25; 'reopen' of 1.5-1b needs a day to come.",
        ),
        (
            ("apply", "1.5-2b", "--outside-body", "x", "--document", "x", "--expected", "2023-12-01", *UNIT),
            "2023-12-01 has passed on 2023-12-25; 'apply' of 1.5-2b needs a day to come.",
        ),
        (
            ("return", ROAD, *SUPERVISOR),
            "'return' of 1.5-1d needs a reason (--reason).",
        ),
    ],
)  # fmt: skip
def test_a_closing_that_cannot_be_is_refused_in_one_sentence(
    submitted: Program, arguments: tuple[str, ...], sentence: str
) -> None:
    assert submitted.refuses(*arguments) == sentence
