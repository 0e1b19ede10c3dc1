from __future__ import annotations

from datetime import time
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest

import config.policy
from config.policy import load_policy
from config.problems import Malformed
from models.hours import Hours
from models.ladder import Step
from models.lights import Lights
from models.vocabulary import Duty, Slip, WatchKind
from models.workdays import Span

SHIPPED = Path(config.policy.__file__).with_name("policy") / "default.toml"

HEAD = """
[lights]
blue_before = 7
yellow_for = 15
[hours]
opens = 08:40:00
closes = 17:30:00
[delivery]
passing_failures = 4
in_doubt = "hold"
[closeout]
signatures = ["supervisor"]
[attention]
lines = 3
[extensions]
most = 1
[acknowledgement]
within = "3 working"
holds = "20 working"
snooze_at_most = "10 working"
serves = "60 calendar"
"""
LADDER = """
[[ladder.{kind}]]
step = "{name}-soon"
after = "-3 working"
slip = "remind"
to = ["responsible"]
[[ladder.{kind}]]
step = "{name}-late"
after = "1 working"
slip = "urge"
to = ["responsible", "deputy"]
repeat = "5 working"
"""
TOPIC = """
[[topic.road.delivery]]
step = "road"
after = "0 calendar"
slip = "urge"
to = ["head"]
repeat = "9 working"
"""
LADDERS = "".join(LADDER.format(kind=kind, name=kind.replace("_", "-")) for kind in WatchKind)
DOCUMENT = HEAD + LADDERS + TOPIC

NUMBER = "has to be a whole number"
TIME = "has to be a time; write it like 08:30:00, without quotes"
LIST = "has to be a list; write tables as [[…]] and values as [a, b]"
SLUG = "has to be a slug: small letters, digits and single hyphens"
TWICE = "stands here more than once; give each step a name of its own"
UNKNOWN = "is not known here; correct its spelling or remove it"
REFUSED = "is refused: Input should be "
SPAN = "is no span of days: write it as '-7 working' or '3 calendar'"
LONG = "is longer than 3650 days; write a shorter span"
LAST = "this is the last step for 'head', which would never hear again"
WORD = "is no word known here; write one of: "
DUTIES = "'responsible', 'deputy', 'head', 'supervisor' or 'inspection'"
KINDS = (
    "'start', 'delivery', 'permit', 'permit_late', 'review', 'occurrence', 'undated', 'suspension', 'extension', "
    "'extension_head', 'countersign' or 'reverify'"
)


class Keys(NamedTuple):
    """The keys of a step, as problems name them."""

    after: str
    slip: str
    to: str
    repeat: str

    @classmethod
    def of(cls, step: str) -> Keys:
        return cls(*(f"{step}.{key}" for key in cls._fields))


SOON = Keys.of("ladder.start[start-soon]")
LATE = Keys.of("ladder.start[start-late]")


def written(folder: Path, text: str) -> Path:
    path = folder / "office.toml"
    path.write_text(text)
    return path


def problems_of(folder: Path, *changes: tuple[str, str]) -> list[str]:
    """What is wrong with the document after the first of each text in it has been changed."""
    text = DOCUMENT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(Malformed) as refusal:
        load_policy(written(folder, text))
    return str(refusal.value).splitlines()


def test_a_policy_is_read_as_it_is_written(tmp_path: Path) -> None:
    policy = load_policy(written(tmp_path, DOCUMENT))
    assert policy.name == "office"
    assert policy.hours == Hours(time(8, 40), time(17, 30))
    assert policy.escalation.lights == Lights(blue_before=7, yellow_for=15)
    assert set(policy.escalation.ladders) == set(WatchKind)
    both = (Duty.RESPONSIBLE, Duty.DEPUTY)
    assert policy.escalation.ladder(WatchKind.START, ()).steps == (
        Step("start-soon", Span.parse("-3 working"), Slip.REMIND, (Duty.RESPONSIBLE,)),
        Step("start-late", Span.parse("1 working"), Slip.URGE, both, Span.parse("5 working")),
    )


def test_a_topics_own_ladder_goes_before_the_general_one(tmp_path: Path) -> None:
    policy = load_policy(written(tmp_path, DOCUMENT)).escalation
    assert [step.name for step in policy.ladder(WatchKind.DELIVERY, ("bus", "road")).steps] == ["road"]
    assert [step.name for step in policy.ladder(WatchKind.DELIVERY, ("bus",)).steps] == [
        "delivery-soon",
        "delivery-late",
    ]
    assert policy.ladder(WatchKind.START, ("road",)) is policy.ladders[WatchKind.START]


def test_the_version_is_the_hash_of_the_document(tmp_path: Path) -> None:
    first = load_policy(written(tmp_path, DOCUMENT))
    assert first.version == sha256(DOCUMENT.encode()).hexdigest()[:12]
    assert load_policy(written(tmp_path, DOCUMENT)).version == first.version
    assert load_policy(written(tmp_path, DOCUMENT + "\n")).version != first.version


def test_the_shipped_policy_is_valid_and_goes_by_its_name() -> None:
    policy = load_policy("default")
    assert policy.version == load_policy(SHIPPED).version
    assert policy.name == "default"


def test_the_shipped_policy_coordinates_the_special_bond_twice_as_often() -> None:
    policy = load_policy("default").escalation
    (general,) = policy.ladder(WatchKind.PERMIT, ()).steps
    (bond,) = policy.ladder(WatchKind.PERMIT, ("special-bond",)).steps
    assert (general.repeat, bond.repeat) == (Span.parse("10 working"), Span.parse("5 working"))


@pytest.mark.parametrize("kind", WatchKind)
def test_in_the_shipped_policy_nobody_stops_hearing(kind: WatchKind) -> None:
    ladder = load_policy("default").escalation.ladders[kind]
    for duty in ladder.duties:
        assert [step for step in ladder.steps if duty in step.duties][-1].repeat is not None


@pytest.mark.parametrize(
    ("old", "new", "key", "sentence"),
    [
        ("blue_before = 7\n", "", "lights.blue_before", "is missing; add it"),
        ("blue_before = 7", 'blue_before = "7"', "lights.blue_before", NUMBER),
        ("blue_before = 7", "blue_before = true", "lights.blue_before", NUMBER),
        ("blue_before = 7", "blue_before = -1", "lights.blue_before", f"{REFUSED}greater than or equal to 0"),
        ("blue_before = 7", "blue_before = 9999", "lights.blue_before", f"{REFUSED}less than or equal to 3650"),
        ("yellow_for = 15", "yellow_for = 15\ngreen = 1", "lights.green", UNKNOWN),
        ("[lights]", "hour = 1\n[lights]", "hour", UNKNOWN),
        ("opens = 08:40:00", 'opens = "08:40"', "hours.opens", TIME),
        ("opens = 08:40:00", "opens = 17:30:00", "hours.closes", "has to be later than hours.opens"),
        ('in_doubt = "hold"', 'in_doubt = "drop"', "delivery.in_doubt", f"{WORD}'hold' or 'resend'"),
        (
            "passing_failures = 4",
            "passing_failures = 0",
            "delivery.passing_failures",
            f"{REFUSED}greater than or equal to 1",
        ),
        ('["supervisor"]', '["deputy"]', "closeout.signatures[#1]", f"{WORD}'supervisor' or 'head'"),
        ('["supervisor"]', "[]", "closeout.signatures", "is empty; add at least one"),
        ('["supervisor"]', '["head", "head"]', "closeout.signatures", "names a duty twice; each signs once"),
        ("most = 1", "most = -1", "extensions.most", f"{REFUSED}greater than or equal to 0"),
        ("delivery-soon", "Delivery soon", "ladder.delivery[Delivery soon].step", SLUG),
        ('step = "delivery-soon"\n', "", "ladder.delivery[#1].step", "is missing; add it"),
        ("delivery-soon", "delivery-late", "ladder.delivery[delivery-late]", TWICE),
        ('"-3 working"', '"-3"', SOON.after, f"is refused: '-3' {SPAN}"),
        ('"-3 working"', '"{days} working"', SOON.after, f"is refused: '{{days}} working' {SPAN}"),
        ('"-3 working"', "-3", SOON.after, 'is refused: a span of days is a text like "3 working"'),
        ('"-3 working"', '"-4000 working"', SOON.after, f"is refused: '-4000 working' {LONG}"),
        ('"-3 working"', '"2 working"', LATE.after, "comes before 'start-soon'; put the earlier step first"),
        ('"remind"', '"shout"', SOON.slip, f"{WORD}'remind', 'urge', 'supervise' or 'circulate'"),
        ('["responsible"]', "[]", SOON.to, "is empty; add at least one"),
        ('["responsible"]', '"responsible"', SOON.to, LIST),
        ('["responsible"]', '["boss"]', f"{SOON.to}[#1]", f"{WORD}{DUTIES}"),
        ('"5 working"', '"0 working"', LATE.repeat, "has to be one day at least"),
        ('"5 working"', '"-5 working"', LATE.repeat, "has to be one day at least"),
        ('"5 working"', '"often"', LATE.repeat, f"is refused: 'often' {SPAN}"),
        ('\nrepeat = "9 working"', "", "topic.road.delivery[road].repeat", f"is missing; {LAST}"),
        ("topic.road.delivery", "topic.road.nonsense", "topic.road.nonsense", f"{WORD}{KINDS}"),
        ("topic.road.delivery", "topic.Road.delivery", "topic.Road", SLUG),
        ("[lights]", "topic.bus.permit = []\n[lights]", "topic.bus.permit", "is empty; add a [[step]] at least"),
    ],
)
def test_what_is_wrong_is_told_with_its_key(tmp_path: Path, old: str, new: str, key: str, sentence: str) -> None:
    assert problems_of(tmp_path, (old, new)) == [f"office.toml: {key}: {sentence}"]


@pytest.mark.parametrize("kind", WatchKind)
def test_a_kind_of_watch_without_a_ladder_is_told(tmp_path: Path, kind: WatchKind) -> None:
    other = WatchKind.DELIVERY if kind is not WatchKind.DELIVERY else WatchKind.START
    text = DOCUMENT.replace(f"[[ladder.{kind}]]", f"[[topic.bus.{other}]]")
    with pytest.raises(Malformed) as refusal:
        load_policy(written(tmp_path, text))
    assert str(refusal.value) == (
        f"office.toml: ladder.{kind}: is missing; without it nobody is told, add a [[step]] at least"
    )


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    changes = [("blue_before = 7", "blue = 7"), ('"remind"', '"shout"'), ("opens = 08:40:00", "opens = 8")]
    assert problems_of(tmp_path, *changes) == [
        "office.toml: lights.blue_before: is missing; add it",
        "office.toml: lights.blue: is not known here; correct its spelling or remove it",
        "office.toml: hours.opens: has to be a time; write it like 08:30:00, without quotes",
        f"office.toml: {SOON.slip}: {WORD}'remind', 'urge', 'supervise' or 'circulate'",
    ]


def test_every_contradiction_is_told_at_once(tmp_path: Path) -> None:
    changes = [("opens = 08", "opens = 18"), ('"-3 working"', '"2 working"'), ('\nrepeat = "9 working"', "")]
    assert [problem.split(": ")[1] for problem in problems_of(tmp_path, *changes)] == [
        "hours.closes",
        "ladder.start[start-late].after",
        "topic.road.delivery[road].repeat",
    ]


def test_a_file_that_is_no_toml_is_one_problem(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, ("[lights]", "[lights"))
    assert problem.startswith("office.toml: is not TOML; correct what stands there: ")


def test_a_policy_that_is_not_there_is_one_problem(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    with pytest.raises(Malformed) as refusal:
        load_policy(path)
    assert str(refusal.value) == f"none.toml: cannot be read (No such file or directory); correct the path {path}"


def test_steps_counted_in_working_and_in_calendar_days_stand_side_by_side(tmp_path: Path) -> None:
    text = DOCUMENT.replace('"-3 working"', '"-5 calendar"', 1).replace('"1 working"', '"-3 working"', 1)
    steps = load_policy(written(tmp_path, text)).escalation.ladders[WatchKind.START].steps
    assert [str(step.offset) for step in steps] == ["-5 calendar", "-3 working"]
