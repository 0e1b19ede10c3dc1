from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.channels.splitting import in_json, split, utf8

SIGNS = st.sampled_from(["督", "办", "a", " ", "\n", "\r\n", "👍🏽", "👨‍👩‍👧", "🇨🇳", "é", '"', "\\", "😀", "\u2028"])
TEXTS = st.lists(SIGNS, min_size=1, max_size=400).map("".join)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
SIZES = st.sampled_from([utf8, in_json, len])
MARK = re.compile(r"\((\d+)/(\d+)\)\n")


def without_marks(parts: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    for number, part in enumerate(parts, 1):
        mark = MARK.match(part)
        assert mark is not None
        assert mark.groups() == (str(number), str(len(parts)))
    return "".join(MARK.sub("", part, count=1) for part in parts)


@given(TEXTS | ANY, st.integers(60, 300), SIZES)
def test_no_part_is_too_large_and_nothing_is_lost(text: str, limit: int, size: object) -> None:
    assert callable(size)
    parts = split(text, limit, size)
    assert all(size(part) <= limit for part in parts)
    assert without_marks(parts) == text


@given(TEXTS, st.integers(80, 200))
def test_what_readers_see_as_one_character_stays_whole(text: str, limit: int) -> None:
    for part in split(text, limit):
        told = MARK.sub("", part, count=1)
        assert not told.startswith(("\u200d", "🏽", "\u0301"))
        assert not told.endswith("\u200d")
        assert len(re.findall("[\U0001f1e6-\U0001f1ff]", told)) % 2 == 0


def test_a_text_that_fits_has_no_mark() -> None:
    assert split("督办" * 10, 60) == ["督办" * 10]


def test_a_text_is_split_at_line_ends() -> None:
    lines = [f"{number}. 种白公路路面修复\n" for number in range(1, 7)]
    parts = split("".join(lines), 80)
    assert parts == [f"({n}/3)\n" + "".join(lines[2 * n - 2 : 2 * n]) for n in (1, 2, 3)]


def test_four_kilobytes_of_one_line_are_cut_between_characters() -> None:
    line = "督" * 1366
    parts = split(line, 2048)
    assert [utf8(part) <= 2048 for part in parts] == [True, True, True]
    assert without_marks(parts) == line


def test_more_than_nine_parts_are_numbered_too() -> None:
    parts = split("x" * 500, 30)
    assert parts[0].startswith("(1/")
    assert without_marks(parts) == "x" * 500


def test_a_limit_that_holds_no_character_is_an_error() -> None:
    with pytest.raises(ValueError, match="holds no character"):
        split("督办督办", 7)
