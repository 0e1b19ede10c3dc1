from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.duban.program import CHRISTMAS

if TYPE_CHECKING:
    from tests.duban.program import Program

BY = ("--by", "supervision", "--reason", "备用")


def test_a_person_gets_a_second_address_and_loses_the_first(
    duban: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("DUBAN_CHANNELS", f'{{"box": "maildir://{tmp_path}"}}')
    assert duban.does("address", "add", "director", "box", "d", *BY) == "局长 is now also reached at box d.\n"
    told = duban.does("address", "disable", "director", "local", "director", *BY)
    assert told == "局长 is no longer reached at local director.\n"
    (listed,) = duban.json("address", "list", "director")
    assert [(one["channel"], one["disabled_because"]) for one in listed["addresses"]] == [
        ("local", "备用"),
        ("box", ""),
    ]
    persons = {one["name"]: one for one in duban.json("office", "show")["persons"]}
    assert persons["局长"]["addresses"] == listed["addresses"]
    assert "local director (disabled); box d" in duban("office", "show").out
    assert duban.does("address", "enable", "director", "local", "director", *BY) == (
        "局长 is reached at local director again.\n"
    )


def test_what_is_wrong_with_an_address_is_refused_by_name(duban: Program) -> None:
    assert duban.refuses("address", "add", "director", "pigeon", "d", *BY) == (
        "No channel is called 'pigeon'; name it in DUBAN_CHANNELS first."
    )
    assert duban.refuses("address", "list", "nobody") == (
        "No person is called 'nobody'; 'duban office show' lists them."
    )
    assert duban.refuses("address", "enable", "director", "local", "x", *BY) == (
        "局长 has no address local x; 'duban address list director' lists them."
    )


def test_the_doctor_shows_dead_addresses_and_whom_nothing_reaches(duban: Program) -> None:
    duban("address", "add", "director", "local", "second", *BY)
    duban("address", "disable", "director", "local", "director", *BY)
    assert _of_addresses(duban)["verdict"] == "warn"
    assert _of_addresses(duban)["finding"] == "not used any more: local director of 局长: 备用"
    duban("address", "disable", "director", "local", "second", *BY)
    found = _of_addresses(duban)
    assert (found["verdict"], found["finding"]) == ("fail", "nothing reaches 局长")
    assert "duban address" in found["remedy"]
    assert "person 局长: has no address in use" in duban("office", "check").out


def _of_addresses(duban: Program) -> dict[str, str]:
    (found,) = (one for one in duban("doctor", "--json").document["checks"] if one["part"] == "addresses")
    return dict(found)


def test_what_is_in_doubt_stands_apart_and_is_resolved(duban: Program) -> None:
    duban("sweep", *CHRISTMAS)
    duban.write("UPDATE message SET state = 'in_doubt' WHERE id = 3")
    assert duban("outbox").out.startswith("In doubt; 'duban outbox resolve' says what became of them:\nid  state")
    told = duban.does("outbox", "resolve", "3", "arrived", "--by", "supervision", "--reason", "电话核实")
    assert told == "Message 3 counts as accepted.\n"
    assert "accepted, by word of 局巡察整改办（督查）" in duban("outbox").out
    assert "accepted, by word of 局巡察整改办（督查）: 电话核实" in duban("outbox", "--show", "3").out
    assert duban.refuses("outbox", "resolve", "3", "lost", "--by", "supervision", "--reason", "x") == (
        "Message 3 is accepted; only what is in doubt needs to be resolved."
    )


def test_the_whole_story_of_a_message_that_went_on_is_shown(duban: Program) -> None:
    duban("sweep", *CHRISTMAS)
    duban.write("UPDATE message SET state = 'in_doubt' WHERE id = 3")
    told = duban.does("outbox", "resolve", "3", "resend", "--by", "supervision", "--reason", "无人应答")
    assert told.startswith("Message 3 counts as in doubt; message 12 to local ")
    story = duban("outbox", "--show", "3").out
    assert "goes on as  message 12" in story
    assert "resend, by word of 局巡察整改办（督查）: 无人应答" in story
    assert "instead of  message 3" in duban("outbox", "--show", "12").out
    assert "In doubt" not in duban("outbox").out


def test_what_was_said_of_a_message_in_doubt_is_in_the_chronology(duban: Program) -> None:
    duban("sweep", *CHRISTMAS)
    duban.write("UPDATE message SET state = 'in_doubt' WHERE id = 3")
    duban("outbox", "resolve", "3", "resend", "--by", "supervision", "--reason", "无人应答")
    duban("deliver", *CHRISTMAS)
    first = next(line for line in duban.json("outbox", "--show", "3")["body"].splitlines() if "〔" in line)
    number = first.rpartition("（")[2].rstrip("）")
    told = duban("report", "chronology", number).out
    assert "存疑认定：不明，再次发送，局巡察整改办（督查）：无人应答" in told
    assert "（可能重复）" in told


def test_a_verdict_that_is_none_is_refused(duban: Program) -> None:
    ended = duban("outbox", "resolve", "3", "perhaps", "--by", "supervision", "--reason", "x")
    assert (ended.code, "perhaps" in ended.err) == (2, True)
