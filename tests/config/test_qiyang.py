"""The example office: a complete register in own words, of which nothing pretends to be more than it is."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

import config.office
from config.office import load_office
from models.drafts import Item
from models.lifecycle import Place, roll_up
from models.vocabulary import Approval, DueBasis, Duty, State

QIYANG = load_office("qiyang")
MEASURES = {measure.number: measure for finding in QIYANG.findings for measure in finding.measures}
LEAVES = {leaf.number: leaf for measure in MEASURES.values() for leaf in measure.items or (measure,)}
OPEN = {number: leaf for number, leaf in LEAVES.items() if leaf.state is not State.DONE and not leaf.standing}

RUN_DAY = date(2023, 12, 25)
SHORT = 25
ASSUMED = "示例假设"

# How many measures the notice reports on each finding.
MEASURES_OF_FINDINGS = {
    "1.1": 3, "1.2": 2, "1.3": 3, "1.4": 3, "1.5": 3, "1.6": 2, "1.7": 3, "1.8": 3, "1.9": 3,
    "2.1": 2, "2.2": 4, "2.3": 3, "2.4": 3,
    "3.1": 3, "3.2": 4, "3.3": 3, "3.4": 3, "3.5": 3,
    "4.1": 3, "4.2": 2, "4.3": 2, "4.4": 1, "4.5": 3, "4.6": 3,
}  # fmt: skip

# Where a fair reader of the notice could see each thing that is neither done nor standing.
PLANNED, RUNNING, AWAITING = State.PLANNED, State.IN_PROGRESS, State.AWAITING_APPROVAL
READINGS_OF_LEAVES = {
    "1.1-3c": {PLANNED, RUNNING},
    "1.3-2c": {AWAITING},
    "1.3-2d": {PLANNED},
    "1.5-1a": {RUNNING},
    "1.5-1d": {RUNNING},
    "1.5-1e": {AWAITING},
    "1.5-1f": {AWAITING},
    "1.5-2b": {PLANNED, RUNNING},
    "1.5-3a": {RUNNING},
    "2.2-1b": {RUNNING, AWAITING},
    "2.2-1c": {RUNNING},
    "2.2-2b": {RUNNING},
    "2.2-2c": {PLANNED, RUNNING},
    "2.2-3a": {AWAITING},
    "2.2-3b": {RUNNING},
    "3.2-4a": {AWAITING},
    "3.2-4b": {PLANNED},
    "3.3-2b": {PLANNED, RUNNING},
    "3.3-3": {RUNNING},
    "3.4-2b": {PLANNED, RUNNING},
    "3.5-1b": {AWAITING},
    "3.5-1c": {RUNNING},
    "3.5-1d": {PLANNED},
    "3.5-3b": {RUNNING},
    "4.6-2b": {PLANNED},
}

# And where that leaves the measure as a whole, in which the least advanced item decides.
READINGS_OF_MEASURES = {
    "1.1-3": {RUNNING},
    "1.3-2": {AWAITING, RUNNING, PLANNED},
    "1.5-1": {RUNNING, AWAITING},
    "1.5-2": {PLANNED, RUNNING},
    "1.5-3": {RUNNING},
    "2.2-1": {RUNNING, AWAITING},
    "2.2-2": {RUNNING},
    "2.2-3": {AWAITING, RUNNING},
    "3.2-4": {AWAITING, PLANNED},
    "3.3-2": {RUNNING},
    "3.3-3": {RUNNING},
    "3.4-2": {RUNNING},
    "3.5-1": {AWAITING, RUNNING, PLANNED},
    "3.5-3": {RUNNING},
    "4.6-2": {PLANNED},
}


def days_left(leaf: Item) -> int:
    assert leaf.due_on is not None
    return (leaf.due_on - RUN_DAY).days


def test_all_findings_and_measures_of_the_notice_are_there() -> None:
    assert {finding.number: len(finding.measures) for finding in QIYANG.findings} == MEASURES_OF_FINDINGS
    assert (len(QIYANG.findings), len(MEASURES)) == (24, 67)


@pytest.mark.parametrize("number", MEASURES_OF_FINDINGS)
def test_the_measures_of_a_finding_are_numbered_in_order(number: str) -> None:
    (finding,) = (finding for finding in QIYANG.findings if finding.number == number)

    assert [measure.number for measure in finding.measures] == [
        f"{number}-{position + 1}" for position in range(MEASURES_OF_FINDINGS[number])
    ]


def test_what_is_open_is_what_the_notice_leaves_open() -> None:
    assert OPEN.keys() == READINGS_OF_LEAVES.keys()
    assert {number: leaf.state for number, leaf in OPEN.items() if leaf.state not in READINGS_OF_LEAVES[number]} == {}


def test_a_measure_stands_where_the_notice_can_be_read_to_leave_it() -> None:
    standing_places = {
        number: roll_up(Place(leaf.state, leaf.approval) for leaf in measure.items or (measure,) if leaf.state).state
        for number, measure in MEASURES.items()
        if any(leaf.number in OPEN for leaf in (measure, *measure.items))
    }

    assert standing_places.keys() == READINGS_OF_MEASURES.keys()
    assert {
        number: state for number, state in standing_places.items() if state not in READINGS_OF_MEASURES[number]
    } == {}


@pytest.mark.parametrize("number", [number for number, measure in MEASURES.items() if measure.items])
def test_a_measure_is_divided_where_its_parts_stand_differently(number: str) -> None:
    assert len({(item.state, item.standing) for item in MEASURES[number].items}) > 1


def test_every_date_that_lies_ahead_says_that_it_is_assumed() -> None:
    dated = [leaf for leaf in LEAVES.values() if leaf.due_on]

    assert {leaf.due_basis for leaf in dated} == {DueBasis.ASSUMED}
    assert [leaf.number for leaf in dated if not (leaf.due_note or "").startswith(ASSUMED)] == []


def test_every_other_date_says_that_it_is_assumed() -> None:
    noted = [leaf for leaf in LEAVES.values() if leaf.start_by or leaf.applied_on]

    assert {leaf.approval for leaf in noted} == {None, Approval.PERMIT}
    assert [leaf.number for leaf in noted if ASSUMED not in (leaf.note or "")] == []


@pytest.mark.parametrize(
    ("topic", "numbers"),
    [
        ("special-bond", ["1.3-2c"]),
        ("branch-election", ["3.2-4a", "3.2-4b"]),
        ("bus-purchase", ["3.5-1c", "3.5-1d"]),
        ("road", ["1.5-1d", "1.5-1e", "1.5-1f", "2.2-1b", "2.2-1c"]),
        ("debt", ["1.5-3a"]),
        ("accounts", ["3.5-3b"]),
        ("passenger-integration", ["2.2-2b"]),
        ("bridge", ["1.1-3c"]),
        ("party-dues", ["3.2-2b"]),
    ],
)
def test_what_matters_can_be_watched_by_topic(topic: str, numbers: list[str]) -> None:
    assert [
        number for number, leaf in LEAVES.items() if topic in leaf.topics and (leaf.due_on or leaf.rrule)
    ] == numbers


def test_what_has_a_rhythm_is_standing_and_keeps_it() -> None:
    rhythms = {number: leaf.rrule for number, leaf in LEAVES.items() if leaf.standing and leaf.rrule}

    assert rhythms == {
        "1.9-1c": "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=31",
        "2.4-3": "FREQ=WEEKLY;BYDAY=MO",
        "3.2-2b": "FREQ=MONTHLY;BYMONTHDAY=25",
    }


def test_each_permit_names_the_outside_body_that_it_hangs_on() -> None:
    bodies = {number: leaf.outside_body for number, leaf in LEAVES.items() if leaf.approval}

    assert bodies == {
        "1.3-2c": "发改局",
        "1.5-1e": "发改局",
        "1.5-1f": "发改局",
        "2.2-3a": "发改局",
        "3.2-4a": "市委直属机关党委",
        "3.5-1b": "发改局",
    }


def test_the_bond_and_the_buses_are_told_three_times_and_chased_once() -> None:
    waiting = {number: leaf.depends_on for number, leaf in LEAVES.items() if leaf.depends_on}

    assert waiting == {
        "1.3-2d": ("3.5-1d",),
        "2.2-2c": ("2.2-2b",),
        "2.2-3a": ("1.3-2c",),
        "3.2-4b": ("3.2-4a",),
        "3.5-1b": ("1.3-2c",),
        "3.5-1d": ("3.5-1c",),
    }
    assert LEAVES["1.3-2c"].depends_on == ()
    permits = {number: leaf.awaits_permit_of for number, leaf in LEAVES.items() if leaf.awaits_permit_of}
    assert permits == {"3.5-1d": ("1.3-2c",)}


def test_the_day_of_the_demonstration_shows_every_degree_of_lateness() -> None:
    dated = [leaf for leaf in OPEN.values() if leaf.due_on]
    degrees = Counter(
        "weeks late" if days <= -14 else "days late" if days < 0 else "near" if days <= 14 else "far"
        for days in map(days_left, dated)
    )

    assert degrees == {"weeks late": 3, "days late": 3, "near": 3, "far": 5}


def test_some_open_things_wait_for_somebody_to_set_a_date() -> None:
    undated = [number for number, leaf in OPEN.items() if not (leaf.due_on or leaf.start_by or leaf.depends_on)]

    assert undated == ["1.5-1a", "1.5-2b", "2.2-3b", "3.3-2b", "3.3-3", "3.4-2b"]


@pytest.mark.parametrize("unit", sorted({leaf.unit for leaf in LEAVES.values()}))
def test_every_duty_of_every_unit_with_measures_reaches_somebody(unit: str) -> None:
    (draft,) = (known for known in QIYANG.units if known.slug == unit)
    holders = {
        holding.post: person.reached_at
        for person in QIYANG.persons
        for holding in person.holds
        if holding.since <= RUN_DAY and holding.until is None
    }
    reached = {duty: holders.get(post) for duty, post in QIYANG.posts_of(draft).items()}

    assert reached.keys() == set(Duty)
    assert None not in reached.values()


def test_no_person_is_invented_and_each_mailbox_is_a_local_one_of_its_own() -> None:
    posts = {post.slug: post.name for post in QIYANG.posts}

    assert {person.slug: person.name for person in QIYANG.persons} == posts
    assert {person.slug: [holding.post for holding in person.holds] for person in QIYANG.persons} == {
        slug: [slug] for slug in posts
    }
    assert {person.slug: person.reached_at for person in QIYANG.persons} == {
        slug: (("local", slug),) for slug in posts
    }


def test_neither_the_public_telephone_nor_the_public_mailbox_is_in_the_files() -> None:
    folder = Path(config.office.__file__).with_name("offices") / "qiyang"
    written = "".join((folder / name).read_text(encoding="utf-8") for name in ("office.toml", "register.toml"))

    assert "@" not in written
    assert re.findall(r"[0-9]{3,4}-[0-9]{7}|[0-9]{7,}", written) == []


def test_supervised_operators_are_no_units() -> None:
    assert [unit.name for unit in QIYANG.units if "公司" in unit.name] == ["公交公司"]


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("质安站", "质监站"),
        ("客运办", "城市客运办"),
        ("道服中心", "道路运输事务中心"),
        ("执法大队", "交通运输综合行政执法大队"),
    ],
)
def test_a_unit_of_two_names_is_one_unit(alias: str, name: str) -> None:
    assert [unit.name for unit in QIYANG.units if alias in (unit.name, *unit.aliases)] == [name]


def test_titles_are_short_and_no_sentences() -> None:
    promises = [promise for measure in MEASURES.values() for promise in (measure, *measure.items)]
    titles = [finding.title for finding in QIYANG.findings] + [promise.title for promise in promises]

    assert [title for title in titles if len(title) > SHORT or re.search("[，。；：]", title)] == []


def test_what_is_open_is_told_apart_by_its_title_alone() -> None:
    titles = Counter(leaf.title for leaf in OPEN.values() if not leaf.depends_on)

    assert [title for title, times in titles.items() if times > 1] == []
