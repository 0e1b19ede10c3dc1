from __future__ import annotations

import mailbox
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.channels import Channel, open_channel
from models.vocabulary import Outcome
from tests.flows.channels.samples import SAMPLE, envelope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    with open_channel(f"maildir://{tmp_path}/mail") as channel:
        yield channel


def box(tmp_path: Path) -> mailbox.Maildir:
    return mailbox.Maildir(tmp_path / "mail" / SAMPLE.target, factory=None, create=False)


def read_by_its_owner(tmp_path: Path, flags: str) -> None:
    """Move every message to `cur`, as a mail reader does."""
    for key, message in box(tmp_path).items():
        message.set_subdir("cur")
        message.set_flags(flags)
        box(tmp_path)[key] = message


def test_a_message_lies_in_a_real_maildir(channel: Channel, tmp_path: Path) -> None:
    receipt = channel.send(SAMPLE)
    assert receipt.outcome is Outcome.ACCEPTED
    (raw,) = [box(tmp_path).get_bytes(key) for key in box(tmp_path).keys()]  # noqa: SIM118 - not a dict
    message: Any = BytesParser(policy=policy.default).parsebytes(raw)
    assert message["Subject"] == SAMPLE.subject
    assert message["To"].addresses[0].display_name == SAMPLE.recipient
    assert message["Message-ID"] == f"<{SAMPLE.key}@duban>"
    assert message["Date"].datetime == SAMPLE.composed_at
    assert message.get_content().replace("\r\n", "\n") == SAMPLE.body
    assert b"\r" not in raw


def test_the_receipt_names_the_file(channel: Channel, tmp_path: Path) -> None:
    name = channel.send(SAMPLE).detail.rpartition(" ")[2]
    assert (tmp_path / "mail" / SAMPLE.target / "new" / name).is_file()


def test_the_same_key_lies_there_once(channel: Channel, tmp_path: Path) -> None:
    assert channel.send(SAMPLE).outcome is Outcome.ACCEPTED
    again = channel.send(SAMPLE)
    assert again.outcome is Outcome.ACCEPTED
    assert again.detail.startswith("already there")
    assert len(box(tmp_path)) == 1


@pytest.mark.parametrize("flags", ["", "S", "FRS"])
def test_the_same_key_lies_there_once_also_after_it_was_read(channel: Channel, tmp_path: Path, flags: str) -> None:
    channel.send(SAMPLE)
    read_by_its_owner(tmp_path, flags)
    assert list((tmp_path / "mail" / SAMPLE.target / "new").iterdir()) == []
    assert channel.send(SAMPLE).outcome is Outcome.ACCEPTED
    assert len(box(tmp_path)) == 1


def test_different_keys_lie_side_by_side_and_leave_no_drafts(channel: Channel, tmp_path: Path) -> None:
    for number in range(10):
        channel.send(envelope(key=f"k{number}"))
    assert len(box(tmp_path)) == 10
    assert list((tmp_path / "mail" / SAMPLE.target / "tmp").iterdir()) == []


@pytest.mark.parametrize("target", ["", ".", "..", "../other", "/etc", "a/b", ".hidden", "a\0b", "x" * 300])
def test_a_target_that_is_no_plain_folder_name_is_refused(channel: Channel, tmp_path: Path, target: str) -> None:
    assert channel.send(envelope(target=target)).outcome is Outcome.REFUSED
    assert list(tmp_path.iterdir()) == []


@given(target=st.text(max_size=90))
def test_no_target_leads_out_of_the_folder(tmp_path_factory: pytest.TempPathFactory, target: str) -> None:
    root = tmp_path_factory.mktemp("root")
    with open_channel(f"maildir://{root}/mail") as channel:
        channel.send(envelope(target=target))
    assert {path.name for path in root.iterdir()} <= {"mail"}
    for file in (path for path in root.rglob("*") if path.is_file()):
        assert file.parent.parent.parent == root / "mail"


def test_a_folder_may_have_a_chinese_name(channel: Channel, tmp_path: Path) -> None:
    assert channel.send(envelope(target="局长办公室")).outcome is Outcome.ACCEPTED
    assert len(mailbox.Maildir(tmp_path / "mail" / "局长办公室", create=False)) == 1


def test_a_folder_that_cannot_be_made_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("in the way")
    with open_channel(f"maildir://{tmp_path}/mail") as channel:
        receipt = channel.send(SAMPLE)
        unreachable = channel.reach()
    assert receipt.outcome is Outcome.RETRY
    assert receipt.detail.startswith("nothing was sent: ")
    assert unreachable == f"{tmp_path}/mail is not a folder"


def test_reaching_a_maildir_writes_nothing(channel: Channel, tmp_path: Path) -> None:
    assert channel.reach() is None
    assert list(tmp_path.iterdir()) == []
