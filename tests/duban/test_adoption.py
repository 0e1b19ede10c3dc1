from __future__ import annotations

from pathlib import Path

import pytest

import config
from tests.duban.program import CHRISTMAS, Program

SUPERVISOR = ("--by", "supervision", *CHRISTMAS)
UNIT = ("--by", "general-office-head", *CHRISTMAS)
POLICY = Path(config.__file__).parent / "policy" / "default.toml"
DECREE = """
[[decree]]
year = 2027
title = "2027年部分节假日安排"
number = "〔2026〕1号"
issued = 2026-11-04
source = "a test"

[[decree.holidays]]
name = "元旦"
from = 2027-01-01
to = 2027-01-08
"""


@pytest.fixture
def decree(tmp_path: Path) -> Path:
    """A decree of 2027 with eight days off in January."""
    file = tmp_path / "2027.toml"
    file.write_text(DECREE)
    return file


@pytest.fixture
def strict(tmp_path: Path) -> Path:
    """A policy that tells the deputy two working days earlier."""
    file = tmp_path / "strict.toml"
    file.write_text(POLICY.read_text().replace('after = "6 working"', 'after = "4 working"'))
    return file


def facts(duban: Program) -> list[tuple[str | None, str | None, object]]:
    found = duban.json("ledger", "show", "--last", "1000")
    return [(one["measure"], one["person"], one["payload"]) for one in found if one["kind"] == "project"]


def counted(duban: Program) -> None:
    """Give a measure a limit of working days that ends in January 2027."""
    duban.does("evidence", "add", "1.3-2c", __file__, "--permit", "--by", "bus-company-head", *CHRISTMAS)
    duban.does("grant", "1.3-2c", "--by", "bus-company-head", "--as-of", "2026-12-28")
    limit = ("--within", "8 working", "--after", "1.3-2c", "--event", "granted")
    duban.does("due", "1.3-2d", *limit, "--reason", "批复后", "--by", "supervision", "--as-of", "2026-12-28")


def test_a_decree_is_projected_before_it_is_taken_in(duban: Program, decree: Path) -> None:
    counted(duban)
    duban.does("due", "1.5-1a", "2027-03-01", "--reason", "规划", *SUPERVISOR)
    before = duban.content()
    found = duban.json("calendar", "add-year", str(decree), *CHRISTMAS)
    assert (found["horizon"], found["projected_horizon"]) == ("2026-12-31", "2027-12-31")
    (due,) = [effect for effect in found["effects"] if effect["what"] == "due date"]
    assert due == {
        "measure": "1.3-2d",
        "what": "due date",
        "before": "2027-01-07",
        "after": "2027-01-15",
        "days": 8,
    }
    assert {one["number"] for one in found["firm"]} == {"1.3-2d", "1.5-1a"}
    shown = duban.does("calendar", "add-year", str(decree), *CHRISTMAS)
    assert "1.3-2d   due date" in shown
    assert "1.5-1a is due on 2027-03-01, which becomes firm." in shown
    assert duban.content() == before


def test_a_decree_is_taken_in_with_its_reason_and_moves_what_follows_from_it(duban: Program, decree: Path) -> None:
    counted(duban)
    told = duban.does("calendar", "add-year", str(decree), "--apply", "--reason", "已公布", *SUPERVISOR)
    assert told == "cn is decreed up to 2027-12-31; 1 due date moved.\n"
    assert (duban.home / "decrees" / "2027.toml").read_text() == DECREE
    assert duban.measure("1.3-2d")["due_on"] == "2027-01-15"
    adopted, moved = facts(duban)
    assert (adopted[0], adopted[1]) == (None, "局巡察整改办（督查）")
    assert moved[0] == "1.3-2d"
    assert "2027-01-07 → 2027-01-15: 已公布" in duban.does("show", "1.3-2d")
    assert duban.json("calendar", "show")["horizon"] == "2027-12-31"


def test_a_decree_that_is_in_already_changes_nothing(duban: Program, decree: Path) -> None:
    take_in = ("calendar", "add-year", str(decree), "--apply", "--reason", "已公布", *SUPERVISOR)
    duban.does(*take_in)
    before = duban.content()
    assert duban.does(*take_in) == "cn has this decree already, up to 2027-12-31; nothing was changed.\n"
    assert duban.content() == before
    assert duban.json("calendar", "add-year", str(decree))["effects"] == []


def test_a_corrected_decree_takes_the_place_of_the_one_of_its_year(duban: Program, decree: Path) -> None:
    take_in = ("calendar", "add-year", str(decree), "--apply", "--reason", "更正", *SUPERVISOR)
    duban.does(*take_in)
    decree.write_text(DECREE.replace("2027-01-08", "2027-01-03"))
    assert duban.does(*take_in).startswith("cn is decreed up to 2027-12-31")
    assert [file.name for file in (duban.home / "decrees").iterdir()] == ["2027.toml"]
    assert "2027-01-03" in (duban.home / "decrees" / "2027.toml").read_text()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("year = 2027", "year = 2028", "2027.toml: decree: leaves out 2027; add the decree of that year"),
        ("year = 2027", "yeer = 2027", "2027.toml: decree: has to name one year; write its decrees as [[decree]]"),
        ("year = 2027", "year =", "2027.toml: is not TOML"),
        ("from = 2027-01-01", "from = 2028-01-01", "2027.toml: decree[〔2026〕1号].holidays[元旦].to: has to lie"),
    ],
)
def test_a_malformed_decree_is_told_with_its_place(
    duban: Program, decree: Path, old: str, new: str, sentence: str
) -> None:
    decree.write_text(DECREE.replace(old, new))
    for form in ((), ("--apply", "--reason", "x", *SUPERVISOR)):
        assert sentence in duban.refuses("calendar", "add-year", str(decree), *form)


def test_a_policy_is_projected_before_it_is_adopted(duban: Program, strict: Path) -> None:
    duban("sweep", *CHRISTMAS)
    before = duban.content()
    found = duban.json("policy", "project", str(strict), *CHRISTMAS)
    assert list(found) == ["as_of", "policy", "projected", "effects"]
    assert {effect["measure"] for effect in found["effects"]} >= {"3.5-3b"}
    shown = duban.does("policy", "project", str(strict), *CHRISTMAS)
    assert f"moves {len(found['effects'])} date" in shown
    assert "next step of delivery" in shown
    assert duban.content() == before


def test_a_policy_is_adopted_with_its_reason_and_kept(duban: Program, strict: Path) -> None:
    told = duban.does("policy", "adopt", str(strict), "--reason", "收紧", *SUPERVISOR)
    assert "is in force instead of" in told
    assert (duban.home / "policy.toml").read_bytes() == strict.read_bytes()
    ((_, person, payload),) = facts(duban)
    assert person == "局巡察整改办（督查）"
    assert isinstance(payload, dict)
    assert (payload["reason"], payload["policy"][1]) == ("收紧", duban.json("policy", "show")["version"])
    assert "overdue-deputy" in duban.does("policy", "show")
    strict.unlink()
    again = duban.does("policy", "adopt", str(duban.home / "policy.toml"), "--reason", "收紧", *SUPERVISOR)
    assert again.endswith("is in force already; nothing was changed.\n")
    assert len(facts(duban)) == 1


@pytest.mark.parametrize("order", [("policy", "adopt"), ("calendar", "add-year", "--apply")])
def test_rules_are_adopted_by_a_supervisor_only(
    duban: Program, strict: Path, decree: Path, order: tuple[str, ...]
) -> None:
    file = strict if order[0] == "policy" else decree
    refused = duban.refuses(*order, str(file), "--reason", "x", *UNIT)
    assert refused == f"Only a supervisor adopts a {order[0]}; 局办公室负责人 is none on 2023-12-25."


def test_a_policy_named_in_the_settings_goes_before_an_adopted_one(
    duban: Program, strict: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBAN_POLICY", "default")
    assert duban.refuses("policy", "adopt", str(strict), "--reason", "x", *SUPERVISOR) == (
        "DUBAN_POLICY says that 'default' is in force; unset it to adopt another."
    )


@pytest.mark.parametrize("order", [("project",), ("adopt", "--reason", "x", *SUPERVISOR)])
def test_a_malformed_policy_is_told_with_its_place(duban: Program, strict: Path, order: tuple[str, ...]) -> None:
    strict.write_text(strict.read_text().replace('slip = "remind"', 'slip = "nag"', 1))
    assert duban.refuses("policy", order[0], str(strict), *order[1:]).startswith(
        "strict.toml: ladder.delivery[due-soon].slip: "
    )


@pytest.mark.parametrize(
    "arguments", [("--apply",), ("--apply", "--reason", "x", "--json"), ("--apply", "--reason", "")]
)
def test_a_decree_is_not_taken_in_without_a_reason(duban: Program, decree: Path, arguments: tuple[str, ...]) -> None:
    before = duban.content()
    assert duban("calendar", "add-year", str(decree), *arguments, *SUPERVISOR).code == 2
    assert duban.content() == before
