import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.calendar import load_calendar
from config.problems import Malformed
from config.statutes import Limit, Months, Statute, limits, load_statutes, statute_on
from models.errors import DubanError
from models.vocabulary import DayKind, LimitName
from models.workdays import Span

CN = load_calendar("cn")
SHIPPED = load_statutes("cn")
OLD, REVISED = SHIPPED

DOCUMENT = """
[[statute]]
since = 2015-08-03
title = "条例"
article = "第二十七条"
source = "https://example.org/2015"
plan = "15 working"
report = "2 months"

[[statute]]
since = 2024-02-08
title = "条例（修订）"
source = "https://example.org/2024"
plan = "30 calendar"
concentrated = "6 months"
"""

FIRST = "statute[2015-08-03]"
KEYS = "article, concentrated, plan, report, since, source, title"
ONE_OF = "write one at least of: plan, report, concentrated"
NO_LIMIT = "is no limit; write it as '2 months', '15 working' or '30 calendar'"


def write(folder: Path, text: str) -> Path:
    path = folder / "my.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(Malformed) as caught:
        load_statutes(write(folder, text))
    return str(caught.value).splitlines()


def report_within(months: int) -> Statute:
    return Statute(date(2015, 8, 3), "条例", None, "https://example.org", {LimitName.REPORT: Months(months)})


def owed(feedback_on: date) -> list[Limit]:
    return limits(statute_on(SHIPPED, feedback_on), feedback_on, CN)


def test_the_feedback_to_qiyang_asks_for_a_report_within_two_months() -> None:
    assert owed(date(2022, 7, 22)) == [Limit(LimitName.REPORT, date(2022, 9, 22), provisional=False)]


def test_the_revision_of_2024_holds_for_feedback_from_its_promulgation() -> None:
    assert owed(date(2024, 2, 7)) == [Limit(LimitName.REPORT, date(2024, 4, 7), provisional=False)]
    assert owed(date(2024, 2, 8)) == [Limit(LimitName.CONCENTRATED, date(2024, 8, 8), provisional=False)]
    assert owed(date(2024, 2, 9)) == [Limit(LimitName.CONCENTRATED, date(2024, 8, 9), provisional=False)]


def test_a_rule_holds_from_its_day_until_the_next_one() -> None:
    assert statute_on(SHIPPED, date(2015, 8, 3)) == OLD
    assert statute_on(SHIPPED, date(2024, 2, 7)) == OLD
    assert statute_on(SHIPPED, date(2024, 2, 8)) == REVISED
    assert statute_on(SHIPPED, date(2031, 1, 1)) == REVISED


def test_feedback_before_the_first_rule_is_refused_with_what_to_do() -> None:
    with pytest.raises(DubanError) as caught:
        statute_on(SHIPPED, date(2015, 8, 2))
    assert str(caught.value) == (
        "no rule is known for feedback on 2015-08-02; the first one holds since 2015-08-03: "
        "correct the date, or add the rule that held then to the statutes."
    )


def test_every_shipped_rule_names_its_title_and_where_it_was_read() -> None:
    for statute in SHIPPED:
        assert f"{statute.since.year}年" in statute.title
        assert re.match(r"https?://\S+$", statute.source)
    assert OLD.article == "第二十七条"
    assert REVISED.article is None  # the article itself has not been read


@pytest.mark.parametrize(
    ("feedback_on", "months", "due_on"),
    [
        (date(2022, 12, 31), 2, date(2023, 2, 28)),
        (date(2023, 12, 31), 2, date(2024, 2, 29)),
        (date(2023, 12, 30), 2, date(2024, 2, 29)),
        (date(2023, 12, 29), 2, date(2024, 2, 29)),
        (date(2023, 12, 28), 2, date(2024, 2, 28)),
        (date(2024, 2, 29), 2, date(2024, 4, 29)),
        (date(2024, 8, 31), 6, date(2025, 2, 28)),
        (date(2022, 3, 31), 1, date(2022, 4, 30)),
        (date(2022, 7, 22), 12, date(2023, 7, 22)),
    ],
)
def test_a_month_that_is_too_short_ends_the_limit_on_its_last_day(
    feedback_on: date, months: int, due_on: date
) -> None:
    assert limits(report_within(months), feedback_on, CN)[0].due_on == due_on


def test_a_limit_that_ends_on_a_day_off_ends_there_all_the_same() -> None:
    due_on = limits(report_within(2), date(2023, 4, 22), CN)[0].due_on
    assert due_on == date(2023, 6, 22)
    assert not CN.is_working(due_on).value


def test_months_are_certain_in_any_year() -> None:
    assert not limits(report_within(2), date(2031, 7, 22), CN)[0].provisional


@given(st.dates(date(2015, 8, 3), date(2100, 1, 1)), st.integers(1, 24))
def test_months_end_in_the_right_month_and_never_on_a_later_day_of_it(feedback_on: date, months: int) -> None:
    due_on = limits(report_within(months), feedback_on, CN)[0].due_on
    passed = (due_on.year - feedback_on.year) * 12 + due_on.month - feedback_on.month
    assert passed == months
    is_last = (due_on + timedelta(days=1)).day == 1
    assert due_on.day == feedback_on.day or (is_last and due_on.day < feedback_on.day)


def test_limits_are_counted_in_the_days_they_are_given_in(tmp_path: Path) -> None:
    first, second = load_statutes(write(tmp_path, DOCUMENT))
    assert dict(first.limits) == {LimitName.PLAN: Span(15, DayKind.WORKING), LimitName.REPORT: Months(2)}
    assert limits(first, date(2023, 9, 22), CN) == [
        Limit(LimitName.PLAN, date(2023, 10, 19), provisional=False),  # 7 and 8 October count, a weekend
        Limit(LimitName.REPORT, date(2023, 11, 22), provisional=False),
    ]
    assert limits(second, date(2024, 9, 30), CN) == [
        Limit(LimitName.PLAN, date(2024, 10, 30), provisional=False),
        Limit(LimitName.CONCENTRATED, date(2025, 3, 30), provisional=False),
    ]


def test_working_days_of_a_year_not_decreed_make_a_limit_provisional(tmp_path: Path) -> None:
    first, _ = load_statutes(write(tmp_path, DOCUMENT))
    plan, report = limits(first, date(2026, 12, 21), CN)
    assert plan == Limit(LimitName.PLAN, date(2027, 1, 11), provisional=True)
    assert not report.provisional


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("1 month", Months(1)),
        ("12 months", Months(12)),
        ("15 working", Span(15, DayKind.WORKING)),
        ("30 calendar", Span(30, DayKind.CALENDAR)),
    ],
)
def test_a_limit_is_read_as_it_is_written(tmp_path: Path, text: str, within: Months | Span) -> None:
    first, _ = load_statutes(write(tmp_path, DOCUMENT.replace("2 months", text)))
    assert first.limits[LimitName.REPORT] == within


def test_a_limit_is_shown_as_it_is_written() -> None:
    assert [str(within) for statute in SHIPPED for within in statute.limits.values()] == ["2 months", "6 months"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"条例"', "3", f"{FIRST}.title: has to be a text that is not empty"),
        ("2015-08-03", '"去年"', "statute[去年].since: has to be a date like 2023-01-31"),
        ("since = 2015-08-03\n", "", "statute[#1].since: is missing; add a date like 2023-01-31"),
        ("since = 2024-02-08\n", "", "statute[#2].since: is missing; add a date like 2023-01-31"),
        ("https://example.org/2015", "", f"{FIRST}.source: has to be a text that is not empty"),
        (
            "article",
            "artikel",
            f"{FIRST}.artikel: is not known here; remove it or write one of: {KEYS}",
        ),
        ('"2 months"', "2", f"{FIRST}.report: has to be a text that is not empty"),
        *(
            (
                "2 months",
                wrong,
                f"{FIRST}.report: '{wrong}' {NO_LIMIT}",
            )
            for wrong in ("2", "0 months", "-2 months", "two months", "2  months", "2 days", "1000 months")
        ),
        (
            'plan = "15 working"\nreport = "2 months"\n',
            "",
            f"{FIRST}.report: is missing, and every other limit too; {ONE_OF}",
        ),
        (
            "2024-02-08",
            "2015-08-03",
            f"{FIRST}.since: has to be later than 2015-08-03 of the rule above; put the earlier rule first",
        ),
    ],
)
def test_a_rule_that_cannot_be_right_is_refused_with_place_and_remedy(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert DOCUMENT.count(old) == 1
    assert refused(tmp_path, DOCUMENT.replace(old, new)) == [f"my.toml: {problem}"]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["statute: is missing; add each rule as a [[statute]]"]),
        (
            "statutes = []",
            [
                "statutes: is not known here; remove it or write one of: statute",
                "statute: is missing; add each rule as a [[statute]]",
            ],
        ),
    ],
)
def test_a_document_without_rules_is_refused(tmp_path: Path, text: str, problems: list[str]) -> None:
    assert refused(tmp_path, text) == [f"my.toml: {problem}" for problem in problems]


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    wrong = DOCUMENT.replace('"条例"', "3").replace("6 months", "半年").replace("30 calendar", "")
    assert refused(tmp_path, wrong) == [
        f"my.toml: {FIRST}.title: has to be a text that is not empty",
        "my.toml: statute[2024-02-08].plan: has to be a text that is not empty",
        f"my.toml: statute[2024-02-08].concentrated: '半年' {NO_LIMIT}",
    ]


def test_rules_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"none\.toml: cannot be read"):
        load_statutes(tmp_path / "none.toml")
