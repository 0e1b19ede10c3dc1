from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from config import wording
from config.links import Call
from models import drafts
from models.commands.evidence import add_evidence
from models.commands.intake import register_office
from models.commands.move import Given, move
from models.database import writing
from models.queries.digest import Digest, Line
from models.vocabulary import Action, Duty, EvidenceKind, Slip, WatchKind
from tests.desk import Desk, at, workplace
from tests.expected import assert_as_expected, without_code
from tests.factory import RULES, actor

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

TODAY = date(2023, 12, 25)
SUBMITTED = date(2023, 12, 4)
LOCALES = ["zh_CN", "en"]
REPLY = Call("https://duban.office.example/a/1.739000.signature", "2K7HXM", date(2024, 2, 23))
FLAW = re.compile(
    r"None | [{}] | \(\) | （）"  # a word missing
    r"| -\d+[ ]?(天|day) | \b1[ ]days"  # a number without its word
    r"| \S[ ]{2,}\S | [ \t]\n | \n{3,} | [ ][,;，]"  # a space too many
    r"| [，。；：、,;:]{2} | [：:]\n[ ]*\n[ ]",  # a sentence that breaks off
    re.VERBOSE,
)
POSTS = ["head", "deputy", "road-head", "director", "supervision", "inspection-office"]
NAMES = {
    "zh_CN": {
        "office": "祁阳市交通运输局",
        "bus": "公交公司",
        "road": "道路股",
        "bureau": "局机关",
        "head": "公交公司负责人",
        "deputy": "分管公共交通负责人",
        "road-head": "道路股负责人",
        "director": "局长",
        "supervision": "督查室",
        "inspection-office": "市委巡察办",
        "commission": "发改局",
        "survey": "种白公路立项送审",
        "debts": "往来款逐笔清理",
        "papers": "55台购车准备",
        "training": "执法培训",
        "bond": "智慧公交专项债立项批复",
        "ferry": "渡口整治",
        "meeting": "每周例会",
        "transfers": "借调人员补办手续",
        "signs": "路口标牌增设",
    },
    "en": {
        "office": "Qiyang Transport Bureau",
        "bus": "Bus Company",
        "road": "Road Section",
        "bureau": "Bureau",
        "head": "Head of the Bus Company",
        "deputy": "Deputy for Public Transport",
        "road-head": "Head of the Road Section",
        "director": "Director",
        "supervision": "Supervision Office",
        "inspection-office": "Inspection Office",
        "commission": "the Planning Commission",
        "survey": "Road survey handed in",
        "debts": "Old accounts cleared",
        "papers": "Papers for 55 buses ready",
        "training": "Enforcement training",
        "bond": "Bond approved",
        "ferry": "Ferry put in order",
        "meeting": "Weekly meeting",
        "transfers": "Transfers put on record",
        "signs": "Road signs put up",
    },
}


def office(locale: str) -> drafts.Office:
    """Return a small office with one measure of every kind, so late that every duty has something to read."""
    say = NAMES[locale]
    unit = {"bus": ("head", "deputy"), "road": ("road-head", "deputy"), "bureau": (None, None)}
    return drafts.Office.model_validate(
        {
            "slug": "office",
            "name": say["office"],
            "locale": locale,
            "duties": {"head": "director", "supervisor": "supervision", "inspection": "inspection-office"},
            "units": [
                {"slug": slug, "name": say[slug], "responsible": head, "deputy": deputy}
                for slug, (head, deputy) in unit.items()
            ],
            "posts": [{"slug": slug, "name": say[slug], "unit": "bureau"} for slug in POSTS],
            "persons": [
                {
                    "slug": slug,
                    "name": say[slug],
                    "channel": "local",
                    "target": slug,
                    "holds": [{"post": slug, "from": date(2022, 1, 1)}],
                }
                for slug in POSTS
                if slug != "road-head"  # that post is vacant
            ],
            "inspection": {
                "slug": "2022",
                "name": "2022",
                "body": "2022",
                "feedback_on": date(2022, 7, 22),
                "registered_on": date(2023, 12, 18),
                "unit": "bus",
                "source": "2022",
            },
            "findings": [{"number": "1.1", "category": "1", "title": "1", "measure": measures(say)}],
        }
    )


def measures(say: dict[str, str]) -> list[dict[str, Any]]:
    applied = {"state": "awaiting_approval", "approval": "permit", "outside_body": say["commission"]}
    items: dict[str, dict[str, Any]] = {
        "survey": {"due_on": date(2023, 11, 1)},
        "debts": {"due_on": date(2023, 12, 20), "due_basis": "assumed"},
        "papers": {"due_on": date(2023, 12, 29)},
        "training": {"state": "planned", "start_by": date(2023, 12, 15)},
        "bond": applied | {"applied_on": date(2023, 10, 10), "due_on": date(2023, 11, 30)},
        "ferry": {"due_on": date(2024, 6, 28)},
        "meeting": {"standing": True, "rrule": "FREQ=WEEKLY;BYDAY=MO"},
        "transfers": {},
        "signs": {"unit": "road", "due_on": date(2023, 12, 26)},
    }
    return [
        {"number": f"1.1-{place}", "title": say[slug], "unit": "bus", "state": "in_progress"}
        | ({"due_basis": "promised"} if "due_on" in given else {})
        | given
        for place, (slug, given) in enumerate(items.items(), 1)
    ]


@pytest.fixture
def backend() -> str:
    """One database: what a digest says does not depend on which."""
    return "sqlite"


@pytest.mark.parametrize("locale", LOCALES)
def test_digests_read_as_a_person_would_write_them(locale: str, engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        register_office(session, office(locale), (), RULES.calendar, at(TODAY))
        by = actor(session, "head", SUBMITTED)
        (tmp_path / "photo").write_bytes(b"a ferry")
        add_evidence(session, tmp_path, "1.1-6", tmp_path / "photo", EvidenceKind.WORK, by)
        move(session, "1.1-6", Action.SUBMIT, by, Given(), RULES)
    desk = Desk(workplace(engine, tmp_path))
    desk.night(TODAY)
    letters = [f"{message.target}\n{message.subject}\n\n{without_code(message.body)}" for message in desk.messages()]
    assert_as_expected(f"\n{'=' * 40}\n\n".join(letters), f"digests.{locale}.txt")
    engine.dispose()


def line(**given: Any) -> Line:
    facts: dict[str, Any] = {
        "number": "1.1-1",
        "title": "Bond",
        "unit": "Bus Company",
        "watch": WatchKind.DELIVERY,
        "slip": Slip.REMIND,
        "duty": Duty.RESPONSIBLE,
        "anchor": TODAY,
        "days_left": 0,
        "assumed": False,
        "outside_body": "Commission",
        "applied_on": date(2023, 1, 1),
        "instead_of": None,
        "absent": None,
        "asked_until": None,
        "returns": 0,
    }
    return Line(**facts | given)


def digest(*lines: Line, latest: int = 0) -> Digest:
    slips = {slip: count for slip in reversed(Slip) if (count := sum(one.slip is slip for one in lines))}
    return Digest("Bureau", "Director", TODAY, lines, slips, latest)


def every_line() -> list[Line]:
    """Return a line for all that can meet in one: only what waits for somebody cannot lie ahead."""
    ahead = (WatchKind.START, WatchKind.DELIVERY, WatchKind.OCCURRENCE, WatchKind.PERMIT_LATE)
    return [
        line(
            watch=watch,
            slip=slip,
            duty=duty,
            anchor=TODAY + timedelta(days=days_left),
            days_left=days_left,
            assumed=full,
            instead_of=vacant,
            absent="Deputy" if full else None,
            asked_until=TODAY + timedelta(days=30) if full else None,
            returns=int(full),
        )
        for watch, slip, duty, days_left, full, vacant in product(
            WatchKind, Slip, [*Duty, None], (400, 2, 1, 0, -1, -2, -400), (False, True), (None, "Head")
        )
        if days_left <= 0 or watch in ahead
    ]


@pytest.mark.parametrize("locale", LOCALES)
def test_whatever_meets_in_a_line_it_has_words_and_no_slip_of_the_pen(locale: str) -> None:
    for one in every_line():
        for text in (wording.body(digest(one), REPLY, locale), wording.subject(digest(one), locale)):
            flaw = FLAW.search(text)
            assert flaw is None, f"{flaw} in {text}"


@pytest.mark.parametrize("locale", LOCALES)
def test_every_line_says_when_and_what_to_do(locale: str) -> None:
    for one in every_line():
        body = wording.body(digest(one), REPLY, locale).splitlines()
        when = next(number for number, text in enumerate(body) if "1.1-1" in text) + 1
        assert re.search(r"\d", body[when])
        (asked,) = [text for text in body if text.startswith(("   请您：", "   please: "))]
        assert len(asked.partition("：" if locale == "zh_CN" else ": ")[2]) > 3


@pytest.mark.parametrize("locale", LOCALES)
def test_lateness_is_told_in_days_and_so_is_what_is_left(locale: str) -> None:
    late, left, today = (wording.body(digest(line(days_left=days)), REPLY, locale) for days in (-3, 3, 0))
    assert ("已逾期3天" if locale == "zh_CN" else "3 days overdue") in late
    assert ("还有3天" if locale == "zh_CN" else "3 days left") in left
    assert ("今天到期" if locale == "zh_CN" else "today") in today


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("duty", [duty for duty in Duty if duty is not Duty.RESPONSIBLE])
def test_who_is_told_of_a_late_permit_is_not_told_of_a_late_unit(locale: str, duty: Duty) -> None:
    one = line(watch=WatchKind.PERMIT_LATE, duty=duty, days_left=-25)
    text = wording.subject(digest(one), locale) + wording.body(digest(one), REPLY, locale)
    assert not re.search("逾期|overdue", text)
    assert ("非责任单位原因" if locale == "zh_CN" else "not to blame") in text


@pytest.mark.parametrize("locale", LOCALES)
def test_a_unit_that_applied_after_the_due_date_is_not_excused(locale: str) -> None:
    one = line(
        watch=WatchKind.PERMIT_LATE,
        duty=Duty.DEPUTY,
        anchor=TODAY - timedelta(days=25),
        days_left=-25,
        applied_on=TODAY - timedelta(days=1),
    )
    text = wording.body(digest(one), REPLY, locale)
    assert ("12月24日才报Commission" if locale == "zh_CN" else "since 2023-12-24 only") in text
    assert ("非责任单位原因" if locale == "zh_CN" else "not to blame") not in text


@pytest.mark.parametrize(
    ("lines", "latest", "subject"),
    [
        ([line(duty=Duty.HEAD)], 0, "【督办】Bond，请您阅处（提醒）"),
        ([line(slip=Slip.URGE)], 3, "【督办】Bond，请您办理（催办），已逾期3天"),
        (
            [line(slip=Slip.URGE), line(duty=Duty.HEAD), line()],
            3,
            "【督办】3项整改事项请您办理（催办1项、提醒2项），最长已逾期3天",
        ),
    ],
)
def test_the_subject_says_it_all(lines: list[Line], latest: int, subject: str) -> None:
    assert wording.subject(digest(*lines, latest=latest), "zh_CN") == subject


@pytest.mark.parametrize("locale", LOCALES)
def test_a_line_that_cannot_be_worded_is_set_aside_and_told_and_the_rest_goes(locale: str) -> None:
    broken = line(number="1.9-9", watch=WatchKind.PERMIT_LATE, days_left=-1, applied_on="a word, and no date")
    sound, unworded = wording.set_aside(digest(broken, line(number="1.1-1")), locale)
    assert [one.number for one in sound.lines] == ["1.1-1"]
    assert sound.more == 1
    assert "1.1-1" in wording.body(sound, REPLY, locale)
    (told,) = map(str, unworded)
    assert told.startswith("1.9-9 could not be put into words (")


@pytest.mark.parametrize(
    ("locale", "subject"), [("zh_CN", "【督办】1项整改事项请您"), ("en", "[duban] 1 measure needs you")]
)
def test_a_message_whose_only_line_cannot_be_worded_goes_and_counts_it(locale: str, subject: str) -> None:
    broken = line(watch=WatchKind.PERMIT_LATE, days_left=-1, applied_on="a word, and no date")
    empty, _ = wording.set_aside(digest(broken), locale)
    assert wording.subject(empty, locale).startswith(subject)
    assert "1" in wording.body(empty, REPLY, locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_what_can_be_worded_is_left_as_it_is(locale: str) -> None:
    whole = digest(line(number="1.1-1"))
    assert wording.set_aside(whole, locale) == (whole, ())
