"""Office files: what is accepted, and that everything wrong is said at once, with its place."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.office import load_office
from config.problems import Malformed
from config.promise import rule_fault
from models.drafts import Office
from models.vocabulary import Approval, DueBasis, Duty, State

OFFICE = """
[office]
slug = "harbour"
name = "港务局"

[duties]
head = "chief"
supervisor = "watch"
inspection = "watch"

[[unit]]
slug = "quay"
name = "码头"
aliases = ["码头股"]
responsible = "quay-head"
deputy = "chief"

[[unit]]
slug = "crane"
name = "吊机班"

[[post]]
slug = "chief"
name = "局长"
unit = "quay"

[[post]]
slug = "watch"
name = "督查室"
unit = "quay"

[[post]]
slug = "quay-head"
name = "码头负责人"
unit = "quay"

[[person]]
slug = "one"
name = "甲"
channel = "local"
target = "one"
holds = [{ post = "quay-head", from = 2023-01-01 }]

[[person]]
slug = "two"
name = "乙"
channel = "local"
target = "two"
holds = [{ post = "watch", from = 2023-01-01, until = 2023-07-01, acting = true }]
"""

REGISTER = """
[inspection]
slug = "visit"
name = "巡察"
body = "巡察组"
feedback_on = 2023-01-01
registered_on = 2023-01-05
unit = "quay"
source = "反馈意见"

[[finding]]
number = "1"
category = "一"
title = "问题"

[[finding.measure]]
number = "1-1"
title = "修码头"
unit = "quay"
with = ["crane"]
topics = ["repair"]

[[finding.measure.item]]
number = "1-1a"
title = "图纸"
state = "done"

[[finding.measure.item]]
number = "1-1b"
title = "许可"
topics = ["permit"]
state = "awaiting_approval"
approval = "permit"
outside_body = "海事局"
applied_on = 2023-02-01

[[finding.measure]]
number = "1-2"
title = "换吊机"
unit = "quay"
state = "planned"
depends_on = ["1-1b"]
start_by = 2023-03-01
due_on = 2023-06-01
due_basis = "assumed"
due_note = "估计"

[[finding.measure]]
number = "1-3"
title = "每月巡查"
unit = "quay"
state = "in_progress"
standing = true
rrule = "FREQ=MONTHLY;BYMONTHDAY=25"
"""

PLANNED = 'state = "planned"\n'


def written(folder: Path, office: str = OFFICE, register: str = REGISTER) -> Path:
    (folder / "office.toml").write_text(office, encoding="utf-8")
    (folder / "register.toml").write_text(register, encoding="utf-8")
    return folder


def edited(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} has to stand once in the example"
        text = text.replace(old, new)
    return text


def problems_of(folder: Path, office: str = OFFICE, register: str = REGISTER) -> list[str]:
    with pytest.raises(Malformed) as refused:
        load_office(written(folder, office, register))
    return [str(problem) for problem in refused.value.problems]


def problems_with_measure(folder: Path, keys: str) -> list[str]:
    """Say what is wrong with a register whose only measure, besides its number, title and unit, has these keys."""
    head = REGISTER[: REGISTER.index("[[finding.measure]]")]
    measure = f'[[finding.measure]]\nnumber = "1-1"\ntitle = "修码头"\nunit = "quay"\n{keys}'
    path = "register.toml: finding[1].measure[1-1]."
    problems = problems_of(folder, register=head + measure)
    assert all(problem.startswith(path) for problem in problems)
    return [problem.removeprefix(path) for problem in problems]


def test_an_office_is_read_with_its_register(tmp_path: Path) -> None:
    office = load_office(written(tmp_path))

    assert (office.slug, office.timezone, office.calendar, office.locale) == (
        "harbour",
        "Asia/Shanghai",
        "cn",
        "zh_CN",
    )
    assert [unit.name for unit in office.units] == ["码头", "吊机班"]
    acting = office.persons[1].holds[0]
    assert (acting.since, acting.until, acting.acting) == (date(2023, 1, 1), date(2023, 7, 1), True)
    divided, bought, patrolled = office.findings[0].measures
    assert divided.state is None
    assert divided.items[1].approval is Approval.PERMIT
    assert (bought.state, bought.due_basis, bought.depends_on) == (State.PLANNED, DueBasis.ASSUMED, ("1-1b",))
    assert patrolled.standing


def test_an_item_takes_from_its_measure_what_it_does_not_say_itself(tmp_path: Path) -> None:
    drawing, permit = load_office(written(tmp_path)).findings[0].measures[0].items

    assert (drawing.unit, drawing.partners, drawing.topics) == ("quay", ("crane",), ("repair",))
    assert (permit.unit, permit.partners, permit.topics) == ("quay", ("crane",), ("permit",))


def test_a_unit_has_a_post_for_each_duty_that_it_or_the_office_gives(tmp_path: Path) -> None:
    office = load_office(written(tmp_path))
    quay, crane = office.units

    assert office.posts_of(quay) == {
        Duty.RESPONSIBLE: "quay-head",
        Duty.DEPUTY: "chief",
        Duty.HEAD: "chief",
        Duty.SUPERVISOR: "watch",
        Duty.INSPECTION: "watch",
    }
    assert set(office.posts_of(crane)) == {Duty.HEAD, Duty.SUPERVISOR, Duty.INSPECTION}


def test_a_shipped_office_goes_by_its_name() -> None:
    assert load_office("qiyang").slug == "qiyang"


def test_an_office_that_is_not_there_is_refused_with_the_shipped_ones_named(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"nowhere: is no folder of an office; .*: qiyang"):
        load_office(tmp_path / "nowhere")


def test_a_missing_file_is_said_beside_what_is_wrong_in_the_other(tmp_path: Path) -> None:
    written(tmp_path, register=edited(REGISTER, (PLANNED, "")))
    (tmp_path / "office.toml").unlink()

    with pytest.raises(Malformed) as refused:
        load_office(tmp_path)

    places = [problem.place for problem in refused.value.problems]
    assert places == ["office.toml", "register.toml: finding[1].measure[1-2].state"]


def test_an_empty_folder_lacks_both_files(tmp_path: Path) -> None:
    with pytest.raises(Malformed) as refused:
        load_office(tmp_path)

    assert [problem.place for problem in refused.value.problems] == ["office.toml", "register.toml"]


def test_a_slip_of_the_pen_is_said_with_its_line(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, office=OFFICE.replace("[duties]", "[duties"))

    assert problem.startswith("office.toml: is not TOML")
    assert "line 6" in problem


def test_everything_wrong_in_both_files_is_said_at_once(tmp_path: Path) -> None:
    office = edited(
        OFFICE,
        ('name = "港务局"', 'colour = "blue"'),
        ('supervisor = "watch"', 'supervisor = "nobody"'),
        ('channel = "local"\ntarget = "two"\n', ""),
    )
    register = edited(
        REGISTER,
        ("feedback_on = 2023-01-01", 'feedback_on = "new year"'),
        ('number = "1-2"', 'number = "1-1a"'),
        (PLANNED, 'state = "late"\n'),
        ('depends_on = ["1-1b"]', 'depends_on = ["9-9"]'),
        ('with = ["crane"]', 'with = ["ferry"]'),
    )

    with pytest.raises(Malformed) as refused:
        load_office(written(tmp_path, office, register))

    assert sorted(problem.place for problem in refused.value.problems) == [
        "office.toml: duties.supervisor",
        "office.toml: office.colour",
        "office.toml: office.name",
        "office.toml: person[two].channel",
        "office.toml: person[two].target",
        "register.toml: finding[1].measure[1-1].with",
        "register.toml: finding[1].measure[1-1a].depends_on",
        "register.toml: finding[1].measure[1-1a].number",
        "register.toml: finding[1].measure[1-1a].state",
        "register.toml: inspection.feedback_on",
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('slug = "two"', 'slug = "one"', "person[one].slug: 'one' is taken by person[one]; choose another one"),
        (
            'aliases = ["码头股"]',
            'aliases = ["吊机班"]',
            "unit[crane].name: '吊机班' is taken by unit[quay]; choose another one",
        ),
        (
            'aliases = ["码头股"]',
            'aliases = ["码头 股"]',
            "unit[quay].aliases[#1]: is refused: an alias is one word; remove the spaces",
        ),
        (
            'responsible = "quay-head"',
            'responsible = "nobody"',
            "unit[quay].responsible: 'nobody' is no post of office.toml; correct it or add it there",
        ),
        (
            '"督查室"\nunit = "quay"',
            '"督查室"\nunit = "sea"',
            "post[watch].unit: 'sea' is no unit of office.toml; correct it or add it there",
        ),
        (
            'post = "quay-head"',
            'post = "nobody"',
            "person[one].holds[#1].post: 'nobody' is no post of office.toml; correct it or add it there",
        ),
        (
            "until = 2023-07-01",
            "until = 2023-01-01",
            "person[two].holds[#1].until: is not after `from`; it is the first day on which the post is not held",
        ),
        (
            'post = "quay-head", from = 2023-01-01',
            'post = "quay-head", from = 2023-01-01T08:00:00',
            "person[one].holds[#1].from: has to be a date; write it like 2023-01-31, without quotes",
        ),
        (
            'target = "one"',
            'target = ""',
            "person[one].target: is empty; write something or leave it out",
        ),
        (
            'channel = "local"\ntarget = "one"',
            'channel = "local"\ntarget = "one"\naddresses = [["mail", "one@office.example"]]',
            (
                "person[one].channel: has no place beside `addresses`; make it one of them\n"
                "office.toml: person[one].target: has no place beside `addresses`; make it one of them"
            ),
        ),
        (
            'channel = "local"\ntarget = "one"',
            "addresses = []",
            'person[one].addresses: is empty; write at least one, like ["mail", "li@example.org"]',
        ),
        (
            'channel = "local"\ntarget = "one"',
            'addresses = [["mail", "a@b.example"], ["local", "one"], ["mail", "a@b.example"]]',
            "person[one].addresses: names one twice; each stands at one place of the order",
        ),
        (
            'channel = "local"\ntarget = "one"',
            'addresses = [["local", "one"], ["mail"]]',
            "person[one].addresses[#2][#2]: is missing; add it",
        ),
        (
            'channel = "local"\ntarget = "one"',
            'addresses = [["the mail", "one@office.example"]]',
            "person[one].addresses[#1][#1]: has to be a slug: small letters, digits and single hyphens",
        ),
        (
            'channel = "local"\ntarget = "one"',
            'addresses = "one"',
            "person[one].addresses: has to be a list; write tables as [[…]] and values as [a, b]",
        ),
        (
            'slug = "harbour"',
            'slug = "The Harbour"',
            "office.slug: has to be a slug: small letters, digits and single hyphens",
        ),
        (
            'slug = "harbour"',
            'slug = "harbour"\ntimezone = "Sea/Bottom"',
            "office.timezone: is refused: 'Sea/Bottom' is no time zone; write one like Asia/Shanghai",
        ),
        ("[duties]", "[[duties]]", "duties: has to be a table"),
    ],
)
def test_what_is_wrong_in_an_office_is_said_with_its_place(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert problems_of(tmp_path, office=edited(OFFICE, (old, new))) == f"office.toml: {problem}".split("\n")


def test_a_person_may_be_reached_at_several_addresses_in_an_order(tmp_path: Path) -> None:
    several = 'addresses = [["mail", "one@office.example"], ["local", "one"]]'
    office = load_office(written(tmp_path, edited(OFFICE, ('channel = "local"\ntarget = "one"', several)), REGISTER))
    assert [person.reached_at for person in office.persons] == [
        (("mail", "one@office.example"), ("local", "one")),
        (("local", "two"),),
    ]


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ("from = 2024-01-01", True),
        ("from = 2023-07-01, until = 2023-08-01", False),
        ("from = 2023-05-31, until = 2023-08-01", True),
        ("from = 2022-01-01, until = 2023-01-01", False),
        ("from = 2022-01-01, until = 2023-01-02", True),
        ("from = 2024-01-01, acting = true", False),
    ],
)
def test_only_one_person_holds_a_post_in_full_on_any_day(tmp_path: Path, theirs: str, *, said: bool) -> None:
    mine = "from = 2023-01-01" if "2024" in theirs else "from = 2023-01-01, until = 2023-07-01"
    office = edited(
        OFFICE,
        ("from = 2023-01-01 }", f'{mine} }}, {{ post = "chief", {theirs} }}'),
        ('post = "watch", from = 2023-01-01, until = 2023-07-01, acting = true', f'post = "chief", {mine}'),
    )
    problem = (
        "office.toml: person[two].holds[#1].post: 'chief' is also held by person[one].holds[#2];"
        " end one before the other, or make it acting"
    )

    if said:
        assert problems_of(tmp_path, office) == [problem]
    else:
        assert load_office(written(tmp_path, office)).persons[1].holds[0].post == "chief"


@pytest.mark.parametrize(
    ("keys", "problems"),
    [
        ("", ["state: is missing; write one of: planned, in_progress, awaiting_approval, done"]),
        (
            'state = "awaiting_approval"',
            ["approval: is missing; write 'permit' and the outside body"],
        ),
        (
            'state = "awaiting_approval"\napproval = "permit"',
            [
                "outside_body: is missing; a permit is asked of somebody on some day",
                "applied_on: is missing; a permit is asked of somebody on some day",
            ],
        ),
        (
            'state = "awaiting_approval"\napproval = "closeout"',
            ["approval: begins when evidence is submitted; write state 'in_progress'"],
        ),
        (
            'state = "in_progress"\napproval = "permit"\noutside_body = "海事局"',
            [
                "approval: takes state 'awaiting_approval'; remove it, or correct the state",
                "outside_body: takes state 'awaiting_approval'; remove it, or correct the state",
            ],
        ),
        (
            'state = "planned"\ndue_on = 2023-06-01',
            ["due_basis: is missing; say where the date comes from: promised, decided, assumed"],
        ),
        (
            'state = "planned"\ndue_on = 2023-06-01\ndue_basis = "assumed"',
            ["due_note: is missing; say why this date was assumed"],
        ),
        ('state = "planned"\ndue_basis = "decided"', ["due_on: is missing; add the date, or remove its basis"]),
        (
            'state = "planned"\nstart_by = 2023-06-02\ndue_on = 2023-06-01\ndue_basis = "promised"',
            ["start_by: is after `due_on`; correct one of them"],
        ),
        (
            'state = "in_progress"\nstart_by = 2023-06-02',
            ["start_by: has no place in what has started; remove it, or correct the state"],
        ),
        (
            'state = "done"\ndue_on = 2023-06-01\ndue_basis = "promised"\nwaits_on = "批复"',
            [
                "waits_on: has no place in what is done; remove it, or correct the state",
                "due_on: has no place in what is done; remove it, or correct the state",
                "due_basis: has no place in what is done; remove it, or correct the state",
            ],
        ),
        (
            'state = "in_progress"\nrrule = "FREQ=DAILY"',
            ["rrule: takes `standing = true`; add it, or remove the rule"],
        ),
        (
            'state = "in_progress"\nstanding = true\nrrule = "every day"',
            ["rrule: is no rule for days; write one like FREQ=MONTHLY;BYMONTHDAY=25"],
        ),
        (
            'state = "in_progress"\nstanding = true\ndue_on = 2023-06-01\ndue_basis = "decided"',
            ["due_on: has no place in a standing measure; its dates come from `rrule`"],
        ),
        (
            'state = "done"\ntopics = ["x"]\nitem = [{ number = "1-1a", title = "图纸", state = "done" }]',
            ["state: has no place in a divided measure; give it to one of its items"],
        ),
        (
            'item = [{ number = "1-2a", title = "图纸", state = "done" }]',
            ["item[1-2a].number: has to begin with '1-1', the number it stands under"],
        ),
        (
            'item = [{ number = "1-1a", title = "图纸", state = "done", item = [] }]',
            ["item[1-1a].item: is not known here; correct its spelling or remove it"],
        ),
        (
            'item = [{ number = "1-1a", title = "图纸" }]',
            ["item[1-1a].state: is missing; write one of: planned, in_progress, awaiting_approval, done"],
        ),
        ('state = "planned"\ndepends_on = ["1-1"]', ["depends_on: never ends: 1-1 → 1-1; remove one of these"]),
    ],
)
def test_a_measure_that_contradicts_itself_is_refused(tmp_path: Path, keys: str, problems: list[str]) -> None:
    assert problems_with_measure(tmp_path, keys) == problems


def test_items_without_a_measure_are_refused(tmp_path: Path) -> None:
    head = REGISTER[: REGISTER.index("[[finding.measure]]")]
    stray = '[[finding.measure.item]]\nnumber = "1-1a"\ntitle = "图纸"\nstate = "done"\n'

    assert problems_of(tmp_path, register=head + stray) == [
        "register.toml: finding[1].measure: has to be a list; write tables as [[…]] and values as [a, b]"
    ]


def test_a_unit_with_measures_needs_posts_that_answer_for_them(tmp_path: Path) -> None:
    register = edited(REGISTER, ('title = "换吊机"\nunit = "quay"', 'title = "换吊机"\nunit = "crane"'))

    (problem,) = problems_of(tmp_path, register=register)

    assert problem == (
        "register.toml: finding[1].measure[1-2].unit: 'crane' lacks posts;"
        " give it `responsible` and `deputy` in office.toml"
    )


def test_each_circle_of_dependencies_is_named(tmp_path: Path) -> None:
    register = edited(
        REGISTER,
        ('topics = ["permit"]', 'depends_on = ["1-2"]'),
        ("standing = true", 'standing = true\ndepends_on = ["1-3"]'),
    )

    assert sorted(problem.split(": ", 2)[2] for problem in problems_of(tmp_path, register=register)) in (
        ["never ends: 1-1b → 1-2 → 1-1b; remove one of these", "never ends: 1-3 → 1-3; remove one of these"],
        ["never ends: 1-2 → 1-1b → 1-2; remove one of these", "never ends: 1-3 → 1-3; remove one of these"],
    )


def test_an_item_cannot_wait_for_the_measure_that_it_is_a_part_of(tmp_path: Path) -> None:
    register = edited(REGISTER, ('topics = ["permit"]', 'depends_on = ["1-1"]'))

    (problem,) = problems_of(tmp_path, register=register)

    assert problem.startswith("register.toml: finding[1].measure[1-1].item[1-1b].depends_on: never ends: 1-1")


@pytest.mark.parametrize(
    "rule",
    ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYMONTHDAY=-1;INTERVAL=3", "FREQ=YEARLY;UNTIL=20301231"],
)
def test_a_rule_for_days_is_accepted(rule: str) -> None:
    assert rule_fault(rule) is None


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("", "no rule for days"),
        ("FREQ=HOURLY", "no rule for days"),
        ("FREQ=DAILY;FREQ=HOURLY", "no rule for days"),
        ("FREQ=DAILY;INTERVAL=0", "no rule for days"),
        ("RRULE:FREQ=DAILY", "no rule for days"),
        ("FREQ=WEEKLY;BYDAY=XX", "not valid"),
        ("FREQ=YEARLY;UNTIL=20239999", "not valid"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never comes due"),
        ("FREQ=DAILY;COUNT=0", "never comes due"),
    ],
)
def test_a_rule_that_yields_no_days_is_refused(rule: str, fault: str) -> None:
    assert fault in str(rule_fault(rule))


LINES = [line for line in (OFFICE + REGISTER).splitlines() if " = " in line]
LITERALS = ['""', '"x"', "3", "nan", "true", "2023-01-01", "2023-01-01T08:00:00", "[]", "[3]", "[[]]", "{}", "[{}]"]


@given(line=st.sampled_from(LINES), literal=st.sampled_from(LITERALS))
def test_whatever_stands_under_a_key_the_answer_is_an_office_or_located_problems(
    tmp_path_factory: pytest.TempPathFactory, line: str, literal: str
) -> None:
    changed = f"{line.partition(' = ')[0]} = {literal}"
    folder = written(
        tmp_path_factory.mktemp("office"),
        OFFICE.replace(line, changed, 1),
        REGISTER.replace(line, changed, 1),
    )

    try:
        office = load_office(folder)
    except Malformed as refused:
        places = [problem.place for problem in refused.problems]
        assert places
        assert all(place.startswith(("office.toml: ", "register.toml: ")) for place in places)
    else:
        assert isinstance(office, Office)
