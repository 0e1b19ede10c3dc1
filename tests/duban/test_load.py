from __future__ import annotations

from typing import TYPE_CHECKING

from tests.duban.program import CHRISTMAS

if TYPE_CHECKING:
    from tests.duban.program import Program


def test_the_load_is_shown_by_person_and_week_the_heaviest_first(duban: Program) -> None:
    duban("sweep", *CHRISTMAS)
    loads = duban.json("outbox", "load", "--weeks", "2", *CHRISTMAS)
    assert loads["weeks"] == ["2023-12-18", "2023-12-25"]
    sent = [message["person"] for message in duban.json("outbox")]
    assert sorted(one["name"] for one in loads["loads"]) == sorted(sent)
    assert all(one["messages"] == [0, 1] and one["reminders"] > 0 for one in loads["loads"])
    shown = duban.does("outbox", "load", "--by", "channel", *CHRISTMAS)
    assert shown.splitlines()[0].split()[-3:] == ["12-25", "messages", "reminders"]
    assert shown.splitlines()[1].split()[0] == "local"


def test_where_nothing_was_sent_there_is_no_load(duban: Program) -> None:
    assert duban.does("outbox", "load", *CHRISTMAS) == "Nobody was sent anything in these weeks.\n"
