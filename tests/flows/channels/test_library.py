from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flows.channels import LIBRARY_ONLY, open_channel
from flows.standins.server import Answer, Break, Request, WebServer
from models.vocabulary import Outcome
from tests.flows.channels.samples import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator


class Plain(WebServer):
    """Takes whatever comes."""

    def __init__(self, status: int = 200) -> None:
        super().__init__()
        self.status = status
        self.breaks: Break | None = None
        self.requests: list[Request] = []

    def greets(self, _path: str) -> bool:
        return self.breaks is not Break.CUT

    def meet(self, request: Request) -> Answer | Break:
        self.requests.append(request)
        return self.breaks or Answer(self.status, "")


@pytest.fixture
def plain() -> Iterator[Plain]:
    with Plain() as server:
        yield server


def test_what_only_apprise_knows_works_and_says_whose_word_its_receipt_is(plain: Plain) -> None:
    with open_channel(f"form://{plain.address}/in") as channel:
        receipt = channel.send(SAMPLE)
        assert channel.receipts == LIBRARY_ONLY
        assert channel.reach() is None
    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.detail == "receipt: library only; Apprise says that it was sent"
    assert len(plain.requests) == 1


def test_apprises_no_is_tried_again_and_says_that_it_does_not_know_why(plain: Plain) -> None:
    plain.status = 503
    with open_channel(f"form://{plain.address}/in?retry=3") as channel:
        receipt = channel.send(SAMPLE)
    assert receipt.outcome is Outcome.RETRY
    assert receipt.detail == "receipt: library only; Apprise says that it failed, and not why"
    assert len(plain.requests) == 1


@pytest.mark.parametrize(
    ("breaks", "copies"), [(Break.HANG, 1), (Break.CUT, 0), (Break.DROP, 1), (Break.CUT_ANSWER, 1)]
)
def test_apprises_no_may_hide_that_the_message_arrived(plain: Plain, breaks: Break, copies: int) -> None:
    plain.breaks = breaks
    with open_channel(f"form://{plain.address}/in?rto=0.3") as channel:
        receipt = channel.send(SAMPLE)
    assert receipt.outcome is Outcome.RETRY
    assert receipt.detail == "receipt: library only; Apprise says that it failed, and not why"
    assert len(plain.requests) == copies


def test_the_person_may_stand_in_the_url(plain: Plain) -> None:
    with open_channel(f"form://{plain.address}/to/{{target}}") as channel:
        channel.send(SAMPLE)
    assert plain.requests[0].path == "/to/head@office.example"


def test_no_message_waits_for_the_one_before(plain: Plain) -> None:
    with open_channel(f"xml://{plain.address}/in") as channel:
        outcomes = {channel.send(SAMPLE).outcome for _ in range(3)}
    assert outcomes == {Outcome.ACCEPTED}
    assert len(plain.requests) == 3


def test_apprise_logs_nothing_of_a_url(plain: Plain, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    with open_channel(f"form://user:S3cr3t@{plain.address}/S3cr3t") as channel:
        channel.send(SAMPLE)
    assert "S3cr3t" not in "\n".join(record.getMessage() for record in caplog.records if record.name == "apprise")
