from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.problems import Malformed
from config.sweeps import load_sweeps
from models.queries.scope import Scope
from models.vocabulary import Light, State

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
[[sweep]]
slug = "red-roads"
title = "道路红灯"
topic = "road"
light = "red"

[[sweep]]
slug = "bus"
title = "公交"
unit = "公交公司"
state = "in_progress"
finding = "3.5"
"""

BAD = """
[[sweep]]
slug = "general"
title = "全部"
topic = "road"

[[sweep]]
slug = "twice"
title = "一"
light = "purple"

[[sweep]]
slug = "twice"
title = ""
units = "bus"
"""


def write(home: Path, text: str) -> None:
    (home / "sweeps.toml").write_text(text)


def test_the_example_office_keeps_a_sweep_a_topic_at_hand(tmp_path: Path) -> None:
    assert {sweep.slug: sweep.scope for sweep in load_sweeps(tmp_path, "qiyang")} == {
        "special-bonds": Scope(topic="special-bond"),
        "branch-elections": Scope(topic="branch-election"),
        "bus-purchases": Scope(topic="bus-purchase"),
    }


def test_an_office_without_a_file_keeps_none(tmp_path: Path) -> None:
    assert load_sweeps(tmp_path, "elsewhere") == ()


@pytest.mark.parametrize("office", ["qiyang", "elsewhere"])
def test_an_office_s_own_file_goes_before_the_shipped_one(tmp_path: Path, office: str) -> None:
    write(tmp_path, GOOD)
    assert [(sweep.slug, sweep.title, sweep.scope) for sweep in load_sweeps(tmp_path, office)] == [
        ("red-roads", "道路红灯", Scope(topic="road", light=Light.RED)),
        ("bus", "公交", Scope(unit="公交公司", state=State.IN_PROGRESS, finding="3.5")),
    ]


def test_every_fault_is_named_with_its_place(tmp_path: Path) -> None:
    write(tmp_path, BAD)
    with pytest.raises(Malformed) as raised:
        load_sweeps(tmp_path, "qiyang")
    assert [problem.place for problem in raised.value.problems] == [
        "sweeps.toml: sweep[twice].light",
        "sweeps.toml: sweep[twice].title",
        "sweeps.toml: sweep[twice].units",
    ]


def test_what_contradicts_itself_is_refused(tmp_path: Path) -> None:
    twice = '[[sweep]]\nslug = "twice"\ntitle = "一"\n'
    write(tmp_path, f'{twice}topic = "road"\n{twice}{twice.replace("twice", "general")}topic = "road"\n')
    with pytest.raises(Malformed) as raised:
        load_sweeps(tmp_path, "qiyang")
    assert [str(problem) for problem in raised.value.problems] == [
        "sweeps.toml: sweep[twice]: stands here more than once; give each sweep a slug of its own",
        "sweeps.toml: sweep[general]: is the sweep that every office has; give this one another slug",
        "sweeps.toml: sweep[twice]: names nothing to look at; add a unit, state, finding, light or topic",
    ]
