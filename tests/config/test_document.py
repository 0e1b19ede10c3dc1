from datetime import date
from pathlib import Path

import pytest

from config.document import Table, read_toml
from config.problems import Malformed, Problem


def written(folder: Path, content: bytes) -> Path:
    path = folder / "office.toml"
    path.write_bytes(content)
    return path


def table(problems: list[Problem], **raw: object) -> Table:
    return Table(raw, "office.toml", "", problems)


def test_a_file_is_read_with_the_bytes_it_was_made_of(tmp_path: Path) -> None:
    problems: list[Problem] = []
    source = read_toml(written(tmp_path, b"name = 'x'\r\n"), problems)
    assert source is not None
    assert source.content == b"name = 'x'\r\n"
    assert source.table.take("name", str) == "x"
    assert problems == []


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    source = read_toml(written(tmp_path, b"\xef\xbb\xbfname = 'x'"), [])
    assert source is not None
    assert source.table.take("name", str) == "x"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a = 1\nb =\n", "is not TOML; correct what stands there: Invalid value (at line 2, column 4)"),
        ("名 = 1".encode("gb18030"), "is not UTF-8; save it as a text in UTF-8"),
    ],
)
def test_a_file_that_is_no_document_is_one_problem(tmp_path: Path, content: bytes, sentence: str) -> None:
    problems: list[Problem] = []
    assert read_toml(written(tmp_path, content), problems) is None
    assert problems == [Problem("office.toml", sentence)]


def test_a_file_that_is_not_there_is_one_problem(tmp_path: Path) -> None:
    problems: list[Problem] = []
    path = tmp_path / "none.toml"
    assert read_toml(path, problems) is None
    assert problems == [Problem("none.toml", f"cannot be read (No such file or directory); correct the path {path}")]


@pytest.mark.parametrize(
    ("value", "kind", "wanted"),
    [
        ("", str, "a text that is not empty"),
        (1, str, "a text that is not empty"),
        ("1", int, "a whole number"),
        (True, int, "a whole number"),
        ("2023-01-31", date, "a date like 2023-01-31"),
        ({}, list, "a list"),
    ],
)
def test_a_value_of_another_kind_is_noted_with_its_key(value: object, kind: type, wanted: str) -> None:
    problems: list[Problem] = []
    assert table(problems, key=value).take("key", kind) is None
    assert table(problems, key=value).take_optional("key", kind) is None
    assert problems == [Problem("office.toml: key", f"has to be {wanted}")] * 2


def test_a_date_with_a_time_is_no_date(tmp_path: Path) -> None:
    problems: list[Problem] = []
    source = read_toml(written(tmp_path, b"on = 2023-01-31T08:00:00"), problems)
    assert source is not None
    assert source.table.take("on", date) is None
    assert [problem.place for problem in problems] == ["office.toml: on"]


def test_what_may_be_left_out_may_be_left_out() -> None:
    problems: list[Problem] = []
    empty = table(problems)
    assert empty.take_optional("a", str) is None
    assert empty.take_dates("b") == []
    assert empty.take_tables("c", named_by="name") == []
    assert problems == []


def test_dates_that_are_none_are_noted_and_the_others_kept() -> None:
    problems: list[Problem] = []
    assert table(problems, on=[date(2023, 1, 31), "soon"]).take_dates("on") == [date(2023, 1, 31)]
    assert problems == [Problem("office.toml: on", "has to be a date like 2023-01-31")]


def test_a_place_goes_by_names_and_without_them_by_position() -> None:
    problems: list[Problem] = []
    outer = table(problems, post=[{"name": "局长", "holder": [{}]}, {}, 3])
    first, second = outer.take_tables("post", named_by="name")
    first.take_tables("holder", named_by="name")[0].take("since", date)
    second.take("name", str)
    assert [str(problem) for problem in problems] == [
        "office.toml: post[#3]: has to be a table; write it as `{ key = value, … }`",
        "office.toml: post[局长].holder[#1].since: is missing; add a date like 2023-01-31",
        "office.toml: post[#2].name: is missing; add a text that is not empty",
    ]


def test_a_key_that_nobody_asked_for_is_noted_with_those_that_are_known() -> None:
    problems: list[Problem] = []
    office = table(problems, name="x", nmae="y")
    office.take("name", str)
    office.take_optional("title", str)
    office.refuse_unknown()
    assert problems == [Problem("office.toml: nmae", "is not known here; remove it or write one of: name, title")]


def test_a_refused_document_prints_a_problem_a_line() -> None:
    problems = [Problem("a.toml: b", "is missing; add it"), Problem("a.toml: c", "is 0; write 1")]
    assert str(Malformed(problems)) == "a.toml: b: is missing; add it\na.toml: c: is 0; write 1"
    assert Malformed(iter(problems)).problems == tuple(problems)
