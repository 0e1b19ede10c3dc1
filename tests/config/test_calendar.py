import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest

from config.calendar import load_calendar, load_document
from config.problems import Malformed

YEARS = range(2018, 2027)

# Days on which a package differs from the decrees, and why.
EXPLAINED: dict[date, str] = {}

DOCUMENT = """
[[decree]]
year = 2023
title = "关于2023年放假的通知"
number = "一号"
issued = 2022-12-08
source = "https://example.org/2023"
holidays = [
    { name = "元旦", from = 2022-12-31, to = 2023-01-02 },
    { name = "端午节", from = 2023-06-22, to = 2023-06-24, working = [2023-06-25] },
]
"""

CHANGE = """
[[decree]]
year = 2023
title = "关于调整2023年放假的通知"
number = "二号"
issued = 2023-03-01
source = "https://example.org/2023/change"
amends = "一号"
holidays = [
    { name = "端午节", from = 2023-06-25, working = [2023-06-23] },
]
"""

LOCAL = """
[[off]]
day = 2023-11-20
reason = "瑶族自治县成立纪念日"

[[working]]
day = 2023-11-25
reason = "补班"
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str, local: str | None = None) -> list[str]:
    """Load a document, expect it to be refused, and return what is wrong with it, a line each."""
    additions = write(folder, "local.toml", local) if local is not None else None
    with pytest.raises(Malformed) as caught:
        load_calendar(write(folder, "my.toml", text), additions)
    return str(caught.value).splitlines()


def test_the_shipped_calendar_agrees_day_by_day_with_two_packages() -> None:
    calendar = load_calendar("cn")
    package = holidays.country_holidays("CN", years=YEARS)
    days = [date(2018, 1, 1) + timedelta(days=ahead) for ahead in range(3287)]
    assert days[-1] == date(2026, 12, 31)
    differing = {
        day
        for day in days
        if not calendar.is_working(day).value == package.is_working_day(day) == chinese_calendar.is_workday(day)
    }
    assert differing == EXPLAINED.keys()


def test_the_shipped_calendar_reaches_from_2018_to_2026() -> None:
    calendar = load_calendar("cn")
    assert calendar.decreed == frozenset(YEARS)
    assert calendar.beginning == date(2018, 1, 1)
    assert calendar.horizon == date(2026, 12, 31)
    assert calendar.is_working(date(2027, 1, 1)).provisional
    assert not calendar.is_working(date(2026, 12, 31)).provisional


def test_each_shipped_year_names_the_decree_it_comes_from() -> None:
    decrees = load_document("cn").decrees
    assert [decree.year for decree in decrees if decree.amends is None] == list(YEARS)
    for decree in decrees:
        number = re.fullmatch(r"国办发明电〔(\d{4})〕[1-9]\d*号", decree.number)
        assert number is not None
        assert int(number[1]) == decree.issued.year
        assert decree.title.startswith("国务院办公厅关于")
        assert f"{decree.year}年" in decree.title
        assert decree.source.startswith("https://www.gov.cn/zhengce/zhengceku/")


def test_each_shipped_year_has_the_make_up_days_of_its_decree() -> None:
    made_up = Counter(day.year for day in load_calendar("cn").make_up_days)
    expected = {2018: 7, 2019: 6, 2020: 6, 2021: 7, 2022: 7, 2023: 7, 2024: 8, 2025: 5, 2026: 6}
    assert made_up == expected


def test_the_sunday_after_dragon_boat_2023_is_a_working_day() -> None:
    assert load_calendar("cn").is_working(date(2023, 6, 25)).value


def test_in_2023_the_25th_was_no_working_day_in_january_february_march_and_november() -> None:
    calendar = load_calendar("cn")
    idle = [month for month in range(1, 13) if not calendar.is_working(date(2023, month, 25)).value]
    assert idle == [1, 2, 3, 11]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2019, 4, 28), True),
        (date(2019, 5, 2), False),
        (date(2019, 5, 5), True),
        (date(2020, 1, 31), False),
        (date(2020, 2, 1), False),
        (date(2020, 2, 3), True),
    ],
)
def test_a_change_in_the_middle_of_a_year_holds(day: date, works: bool) -> None:  # noqa: FBT001 - a table
    assert load_calendar("cn").is_working(day).value is works


def test_a_change_settles_anew_only_the_days_it_names(tmp_path: Path) -> None:
    calendar = load_calendar(write(tmp_path, "my.toml", DOCUMENT + CHANGE))
    works = [calendar.is_working(date(2023, 6, day)).value for day in range(22, 26)]
    assert works == [False, True, False, False]


def test_what_an_office_adds_wins_over_the_decree(tmp_path: Path) -> None:
    local = """
    off = [{ day = 2023-06-25, reason = "停电检修" }]
    working = [{ day = 2023-06-24, reason = "抗洪" }, { day = 2023-06-23, reason = "抗洪" }]
    """
    path = write(tmp_path, "local.toml", local)
    calendar = load_calendar("cn", path)
    works = [calendar.is_working(date(2023, 6, day)).value for day in range(22, 26)]
    assert works == [False, True, True, False]
    assert [added.reason for added in load_document("cn", path).working] == ["抗洪", "抗洪"]


def test_the_version_is_a_hash_of_everything_that_was_read(tmp_path: Path) -> None:
    document, local = write(tmp_path, "my.toml", DOCUMENT), write(tmp_path, "local.toml", LOCAL)
    alone, added = load_calendar(document), load_calendar(document, local)
    changed = load_calendar(write(tmp_path, "my.toml", DOCUMENT + "# 一字之差\n"))
    assert re.fullmatch("[0-9a-f]{12}", alone.version)
    assert len({alone.version, added.version, changed.version}) == 3
    assert load_calendar(write(tmp_path, "same.toml", DOCUMENT)).version == alone.version
    assert alone.name == "my"


def test_a_calendar_that_is_not_shipped_is_refused_with_those_that_are() -> None:
    with pytest.raises(Malformed) as caught:
        load_calendar("fr")
    remedy = "give the path of one, or the name of a shipped one: cn"
    assert str(caught.value) == f"fr: there is no such calendar; {remedy}"


FEAST = "my.toml: decree[一号].holidays[端午节]"
CHANGED = "my.toml: decree[二号].holidays[端午节]"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('title = "关于', 'titel = "关于', "my.toml: decree[一号].title: is missing; add a text that is not empty"),
        ("2022-12-08", '"去年"', "my.toml: decree[一号].issued: has to be a date like 2023-01-31"),
        ('"端午节", from = 2023-06-22', '"端午节"', f"{FEAST}.from: is missing; add a date like 2023-01-31"),
        ("06-24", "06-21", f"{FEAST}.to: has to lie 0 to 30 days after 2023-06-22; correct one of the two"),
        ("06-24", "07-24", f"{FEAST}.to: has to lie 0 to 30 days after 2023-06-22; correct one of the two"),
        ("06-25", "06-23", f"{FEAST}.working: 2023-06-23 is both off and working in this decree; keep one"),
        (
            "[2023-06-25]",
            "[2023-06-25, 2023-06-25]",
            f"{FEAST}.working: 2023-06-25 is named twice in this decree; keep one",
        ),
        (
            "2023-06-25",
            "2023-06-26",
            f"{FEAST}.working: 2023-06-26 is a weekday and worked anyway; remove it or correct the date",
        ),
        (
            "2023-06-25",
            "2022-06-25",
            f"{FEAST}.working: 2022-06-25 does not belong to 2023; correct it or move it to the decree of its year",
        ),
    ],
)
def test_a_decree_that_cannot_be_right_is_refused_with_place_and_remedy(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert DOCUMENT.count(old) == 1
    assert problem in refused(tmp_path, DOCUMENT.replace(old, new))


def test_one_day_speaks_for_a_range_in_the_wrong_year(tmp_path: Path) -> None:
    wrong = "does not belong to 2024; correct it or move it to the decree of its year"
    assert refused(tmp_path, DOCUMENT.replace("year = 2023", "year = 2024")) == [
        f"my.toml: decree[一号].holidays[元旦].from: 2022-12-31 {wrong}",
        f"{FEAST}.from: 2023-06-22 {wrong}",
        f"{FEAST}.working: 2023-06-25 {wrong}",
    ]


def test_a_second_decree_of_a_year_has_to_say_what_it_amends(tmp_path: Path) -> None:
    assert refused(tmp_path, DOCUMENT + CHANGE.replace("amends", "# amends")) == [
        f"{CHANGED}.from: 2023-06-25 was settled by 一号; remove it, or say that this decree amends that one",
        f"{CHANGED}.working: 2023-06-23 was settled by 一号; remove it, or say that this decree amends that one",
        "my.toml: decree[二号].year: 2023 has a decree above; correct the year, or add `amends`",
    ]


def test_a_change_has_to_come_after_what_it_amends(tmp_path: Path) -> None:
    problem = "my.toml: decree[二号].amends: no decree of 2023 above has this number; correct it or the order"
    assert problem in refused(tmp_path, CHANGE + DOCUMENT)
    assert problem in refused(tmp_path, DOCUMENT + CHANGE.replace('amends = "一号"', 'amends = "三号"'))


def test_two_decrees_of_one_number_are_refused(tmp_path: Path) -> None:
    problem = "my.toml: decree[一号].number: 一号 stands twice; correct one"
    assert problem in refused(tmp_path, DOCUMENT + CHANGE.replace("二号", "一号"))


def test_a_year_left_out_is_refused(tmp_path: Path) -> None:
    later = DOCUMENT.replace("2023", "2025").replace("2022", "2024").replace("一号", "二号")
    problem = "my.toml: decree: leaves out 2024; add the decree of that year, or correct a year"
    assert problem in refused(tmp_path, DOCUMENT + later)
    assert problem in refused(tmp_path, DOCUMENT + later.replace("year = 2025", "year = 2025000000"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "my.toml: decree: is missing; add the decree of each year as a [[decree]]"),
        ("decree = 3", "my.toml: decree: has to be a list"),
        ("[[decree]]", "my.toml: decree[#1].holidays: is missing or empty; list what the decree arranges"),
        ("[[decree]]", "my.toml: decree[#1].year: is missing; add a whole number"),
        ("decrees = []", "my.toml: decrees: is not known here; remove it or write one of: decree"),
    ],
)
def test_a_document_without_its_parts_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in refused(tmp_path, text)


@pytest.mark.parametrize(
    ("local", "problem"),
    [
        (
            "[[off]]\nday = 2023-06-23\nreason = '节'",
            "off[2023-06-23].day: 2023-06-23 is off without this; remove it or correct the date",
        ),
        (
            "[[off]]\nday = 2023-07-01\nreason = '周六'",
            "off[2023-07-01].day: 2023-07-01 is off without this; remove it or correct the date",
        ),
        (
            "[[working]]\nday = 2023-06-25\nreason = '补班'",
            "working[2023-06-25].day: 2023-06-25 is working without this; remove it or correct the date",
        ),
        (
            "[[off]]\nday = 2032-06-23\nreason = '笔误'",
            "off[2032-06-23].day: 2032 is not decreed; correct the date, or add it after the decree",
        ),
        (
            LOCAL + "[[working]]\nday = 2023-11-20\nreason = '又上班'",
            "working[2023-11-20].day: 2023-11-20 stands twice in this file; keep one",
        ),
        ("[[off]]\nday = 2023-11-20", "off[2023-11-20].reason: is missing; add a text that is not empty"),
        ("[[off]]\nreason = '?'", "off[#1].day: is missing; add a date like 2023-01-31"),
        ("[[of]]\nday = 2023-11-20", "of: is not known here; remove it or write one of: off, working"),
    ],
)
def test_an_addition_that_cannot_be_right_is_refused(tmp_path: Path, local: str, problem: str) -> None:
    assert refused(tmp_path, DOCUMENT, local) == [f"local.toml: {problem}"]


def test_everything_wrong_with_both_files_is_said_at_once(tmp_path: Path) -> None:
    wrong = DOCUMENT.replace('title = "关于2023年放假的通知"', "title = 3").replace("[2023-06-25]", "[2023-06-26]")
    assert refused(tmp_path, wrong, "[[off]]\nday = 2023-07-01") == [
        "my.toml: decree[一号].title: has to be a text that is not empty",
        f"{FEAST}.working: 2023-06-26 is a weekday and worked anyway; remove it or correct the date",
        "local.toml: off[2023-07-01].reason: is missing; add a text that is not empty",
        "local.toml: off[2023-07-01].day: 2023-07-01 is off without this; remove it or correct the date",
    ]


def test_a_broken_file_of_additions_does_not_hide_what_is_wrong_with_the_calendar(tmp_path: Path) -> None:
    assert refused(tmp_path, "", "day =") == [
        "local.toml: is not TOML; correct what stands there: Invalid value (at end of document)",
        "my.toml: decree: is missing; add the decree of each year as a [[decree]]",
    ]
