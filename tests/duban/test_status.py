from __future__ import annotations

from typing import Any

import pytest

from tests.duban.program import CHRISTMAS, Program


def flat(measures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for measure in measures for one in (measure, *flat(measure["children"]))]


def numbers(document: dict[str, Any]) -> set[str]:
    return {measure["number"] for measure in flat(document["measures"])}


def test_status_has_the_keys_that_programs_rely_on(duban: Program) -> None:
    document = duban.json("status", *CHRISTMAS)
    assert list(document) == ["as_of", "lights", "units", "measures", "inspection"]
    assert document["as_of"] == "2023-12-25T08:40:00+08:00"
    assert {
        "number", "title", "state", "approval", "standing", "light", "unit", "promised_on", "due_on", "due_basis",
        "days_left", "waits_on", "blocked_by", "children",
    } <= document["measures"][0].keys()  # fmt: skip
    assert {
        "first_due_on", "days_left_first", "done_on", "limit", "provisional_due_on", "extensions", "asked_until",
        "suspended_until", "staged_on", "reverify_on", "returns",
    } <= document["measures"][0].keys()  # fmt: skip


def test_a_measure_tells_until_when_for_whom_and_what_it_waits_for(duban: Program) -> None:
    (bond,) = [one for one in flat(duban.json("status", *CHRISTMAS)["measures"]) if one["number"] == "1.3-2c"]
    told = {key: bond[key] for key in ("state", "approval", "light", "unit", "due_on", "due_basis", "days_left")}
    assert told == {
        "state": "awaiting_approval",
        "approval": "permit",
        "light": "red",
        "unit": "公交公司",
        "due_on": "2023-11-30",
        "due_basis": "assumed",
        "days_left": -25,
    }
    assert (bond["waits_on"], bond["hangs_on"]) == ("发改局", "公交公司负责人")


def test_lights_count_what_is_open_and_timed_unit_by_unit(duban: Program) -> None:
    document = duban.json("status", "--all", *CHRISTMAS)
    timed = [
        one
        for one in flat(document["measures"])
        if one["state"] != "done" and not one["standing"] and not one["children"]
    ]
    for light, count in document["lights"].items():
        assert count == sum(one["light"] == light for one in timed)
        assert count == sum(unit["lights"][light] for unit in document["units"])
    assert sum(unit["late"] for unit in document["units"]) == sum((one["days_left"] or 0) < 0 for one in timed)


def test_all_adds_what_is_done(duban: Program) -> None:
    some, everything = duban.json("status", *CHRISTMAS), duban.json("status", "--all", *CHRISTMAS)
    assert numbers(some) < numbers(everything)
    assert "1.1-2" in numbers(everything) - numbers(some)  # done as a whole
    assert "1.5-1b" in numbers(some)  # a part that is done, of one that is not
    assert some["lights"] == everything["lights"]


def test_occurrences_far_ahead_are_left_out(duban: Program) -> None:
    duban("sweep", *CHRISTMAS)
    near = numbers(duban.json("status", *CHRISTMAS))
    far = numbers(duban.json("status", "--all", *CHRISTMAS)) - near
    assert "2.4-3@2023-12-25" in near
    assert "2.4-3@2024-01-08" in far


def test_time_passes_and_lights_change_without_a_write(duban: Program) -> None:
    before = duban.content()
    lights = [duban.json("status", "--as-of", day)["lights"]["red"] for day in ("2023-12-01", "2024-12-01")]
    assert lights[0] < lights[1]
    assert duban.content() == before


@pytest.mark.parametrize("name", ["bus-company", "公交公司"])
def test_a_unit_sees_what_is_its_own_within_the_measures_it_is_part_of(duban: Program, name: str) -> None:
    document = duban.json("status", "--unit", name, *CHRISTMAS)
    assert [unit["unit"] for unit in document["units"]] == ["公交公司"]
    leaves = [one for one in flat(document["measures"]) if not one["children"]]
    assert {one["unit"] for one in leaves} == {"公交公司"}
    assert "1.5-3" in numbers(document)  # divided, of another unit, with a part of this one


def test_a_unit_goes_by_its_alias_too(duban: Program) -> None:
    assert duban.json("status", "--unit", "质安站", *CHRISTMAS)["units"][0]["unit"] == "质监站"


def test_an_unknown_unit_is_refused(duban: Program) -> None:
    assert duban.refuses("status", "--unit", "nowhere") == (
        "No unit is called 'nowhere'; 'duban office show' lists them."
    )


def test_the_table_is_plain_and_uncut_where_there_is_no_terminal(duban: Program) -> None:
    lines = duban("status", *CHRISTMAS).out.splitlines()
    assert "\x1b" not in "".join(lines)
    (row,) = [line for line in lines if "智慧公交" in line]
    assert row.split() == [
        "red", "1.3-2c", "智慧公交专项债立项批复", "2023-11-30", "assumed", "25", "late", "permit", "from", "发改局",
        "公交公司负责人",
    ]  # fmt: skip


def test_the_head_counts_what_needs_somebody(duban: Program) -> None:
    head = duban("status", *CHRISTMAS).out.splitlines()[:3]
    assert head[0] == "祁阳市交通运输局  as of 2023-12-25 08:40"
    assert head[1].startswith("red 3  yellow 3  blue 13  green 6")
    assert head[2].startswith(
        "6 late, 6 waiting for a permit, 0 awaiting review, 6 blocked, 0 suspended, 0 asking for time, 11 without a"
    )


def test_what_is_gravest_comes_first_in_its_unit(duban: Program) -> None:
    words = ("red", "yellow", "blue", "green")
    lines = duban("status", "--unit", "party-group", *CHRISTMAS).out.splitlines()
    lights = [line.split()[0] for line in lines if line.startswith(words) and "assumed" in line]
    assert lights == sorted(lights, key=words.index)
    assert set(lights) == {"red", "yellow", "blue", "green"}


def test_the_inspection_has_a_clock_of_its_own(duban: Program) -> None:
    found = duban.json("status", *CHRISTMAS)["inspection"]
    assert (found["name"], found["feedback_on"]) == ("2022年市委巡察", "2022-07-22")
    (report,) = found["limits"]
    assert (report["number"], report["due_on"], report["done_on"]) == (
        "qiyang-2022-report",
        "2022-09-22",
        "2023-10-19",
    )
    shown = duban("status", *CHRISTMAS).out
    assert "done 2023-10-19  qiyang-2022-report  报送巡察整改情况报告  due 2022-09-22  392 late" in shown
    assert "qiyang-2022-report" in duban("show", "qiyang-2022-report").out


def test_what_the_register_does_not_cover_by_the_limit_is_listed(duban: Program) -> None:
    document = duban.json("status", *CHRISTMAS)
    gaps = document["inspection"]["not_covered"]
    timed = [one for one in flat(document["measures"]) if one["state"] != "done" and not one["standing"]]
    leaves = [one for one in timed if not one["children"]]
    assert gaps["by"] == "2022-09-22"
    assert gaps["findings_without_measure"] == []
    assert set(gaps["without_due_date"]) == {one["number"] for one in leaves if one["due_on"] is None}
    assert set(gaps["due_later"]) == {one["number"] for one in leaves if (one["due_on"] or "") > "2022-09-22"}
    duban.write(
        "INSERT INTO finding (inspection_id, number, category, title) VALUES (1, '9.1', '九', 'nobody has promised')"
    )
    assert duban.json("status", *CHRISTMAS)["inspection"]["not_covered"]["findings_without_measure"] == ["9.1"]
    assert "1 findings without a measure: 9.1" in duban("status", *CHRISTMAS).out
