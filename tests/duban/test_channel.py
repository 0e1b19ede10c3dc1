from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from flows.standins.opening import stand_in_for
from models.clock import now
from tests.flows.channels.vendors import VENDORS

if TYPE_CHECKING:
    from tests.duban.program import Program


def name_channels(monkeypatch: pytest.MonkeyPatch, **urls: str) -> None:
    monkeypatch.setenv("DUBAN_CHANNELS", json.dumps(urls))


def test_channels_are_listed_masked_with_receipt_and_pace(duban: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    name_channels(monkeypatch, group=VENDORS["wecomrobot"][0], form="form://host/S3cr3t")
    found = {one["name"]: one for one in duban.json("channel", "list")}
    assert "S3cr3t" not in str(found)
    assert {name: (one["url"], one["receipt"], one["pace"]) for name, one in found.items() if name != "local"} == {
        "group": ("wecomrobot://***", "the receiver's own answer", "18 a minute"),
        "form": ("form://***", "library only", ""),
    }
    assert "18 a minute" in duban.does("channel", "list")


def test_a_channel_that_cannot_be_used_is_shown_and_is_an_error(
    duban: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    name_channels(monkeypatch, group="wecombot://S3cr3t")
    ended = duban("channel", "list")
    assert ended.code == 1
    assert "write wecomrobot://KEY" in ended.out
    assert "S3cr3t" not in ended.out


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_stand_in_shows_what_people_would_see(duban: Program, monkeypatch: pytest.MonkeyPatch, vendor: str) -> None:
    name_channels(monkeypatch, group=VENDORS[vendor][0])
    told = duban.does("channel", "test", "group", "--stand-in")
    assert re.search(r"^accepted: 2[05]0 ", told, re.MULTILINE)
    assert "【督办】通道测试" in told
    assert "S3cr3t" not in told


def test_a_test_message_goes_where_the_channel_leads(duban: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    with stand_in_for(VENDORS["wecomrobot"][0]) as server:
        name_channels(monkeypatch, group=server.url)
        assert duban.does("channel", "test", "group", "--to", "zhang.san").startswith("accepted: 200 OK")
    assert server.shown[0].startswith("@zhang.san 【督办】通道测试")


def test_a_test_message_at_a_robot_takes_its_turn(duban: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    with stand_in_for(VENDORS["wecomrobot"][0]) as server:
        name_channels(monkeypatch, group=server.url)
        duban.does("channel", "test", "group", "--to", "zhang.san")
        assert len(json.loads(duban.rows("SELECT taken FROM robot")[0][0])) == 1
        duban.write("UPDATE robot SET closed_until = ?", f"{now() + timedelta(minutes=2):%Y-%m-%d %H:%M:%S.%f}")
        ended = duban("channel", "test", "group", "--to", "zhang.san")
    assert (ended.code, len(server.shown)) == (1, 1)
    assert ended.out == "retry: nothing was sent: the robot has no turn within 60 seconds\n"


def test_a_test_that_is_not_accepted_ends_with_an_error(duban: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    name_channels(monkeypatch, group=VENDORS["wecomrobot"][0])
    ended = duban("channel", "test", "group", "--stand-in", "--to", "张三")
    assert ended.code == 1
    assert ended.out.startswith("refused: the target is neither")


def test_a_forbidden_net_is_named_with_the_remedy(duban: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_PRIVATE_NETS", "forbid")
    with stand_in_for(VENDORS["wecomrobot"][0]) as server:
        name_channels(monkeypatch, group=server.url)
        ended = duban("channel", "test", "group", "--to", "zhang.san")
    assert (ended.code, server.connections) == (1, 0)
    assert "set DUBAN_PRIVATE_NETS to allow" in ended.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("pigeon", "--to", "x"), "No channel is called 'pigeon'; 'duban channel list' shows them."),
        (("local",), "Nobody is named to be written to; add --to TARGET, or --stand-in to write to nobody."),
    ],
)
def test_what_cannot_be_tried_out_is_one_sentence(duban: Program, arguments: tuple[str, ...], sentence: str) -> None:
    assert duban.refuses("channel", "test", *arguments) == sentence


def test_a_mailbox_on_this_machine_has_no_stand_in(duban: Program) -> None:
    assert "has no stand-in: leave --stand-in out" in duban.refuses("channel", "test", "local", "--stand-in")
