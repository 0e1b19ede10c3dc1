from __future__ import annotations

import logging
import subprocess
import sys
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from flows.channels import BadChannel, Receipt, UnknownChannel, open_channel
from flows.channels.channel import Channel
from flows.channels.dispatch import Dispatcher
from flows.channels.transport import Transport
from models.vocabulary import Outcome
from tests.flows.channels.samples import SAMPLE, envelope

if TYPE_CHECKING:
    from flows.channels import Envelope
    from tests.servers.http import HttpServer
    from tests.servers.smtp import SmtpServer


class Breaking(Transport):
    """A transport that breaks where it is told to."""

    def __init__(self, error: BaseException, *, after_all_was_sent: bool) -> None:
        super().__init__(["s3cret"])
        self.connected = True
        self._error = error
        self._after_all_was_sent = after_all_was_sent

    def deliver(self, _: Envelope) -> Receipt:
        if self._after_all_was_sent:
            self.doubt()
        raise self._error

    def connect(self) -> None:
        raise self._error

    def hang_up(self) -> None:
        self.connected = False


@pytest.mark.parametrize(("sent", "outcome"), [(False, Outcome.RETRY), (True, Outcome.IN_DOUBT)])
@pytest.mark.parametrize("error", [OSError("s3cret"), ValueError("s3cret"), RecursionError()])
def test_whatever_breaks_the_receipt_tells_whether_anything_was_sent(
    error: Exception,
    sent: bool,  # noqa: FBT001 - a parameter
    outcome: Outcome,
) -> None:
    transport = Breaking(error, after_all_was_sent=sent)
    receipt = Dispatcher(transport).send(SAMPLE)
    assert receipt.outcome is outcome
    assert "s3cret" not in receipt.detail
    assert not transport.connected


def test_an_interrupted_attempt_hangs_up_and_stays_interrupted() -> None:
    transport = Breaking(KeyboardInterrupt(), after_all_was_sent=True)
    with pytest.raises(KeyboardInterrupt):
        Channel(transport, Dispatcher(transport)).send(SAMPLE)
    assert not transport.connected


def test_an_empty_message_reaches_nobody_and_is_refused(http: HttpServer) -> None:
    with open_channel(f"json://{http.address}") as channel:
        receipt = channel.send(envelope(body=""))
    assert receipt.outcome is Outcome.REFUSED
    assert receipt.detail.startswith("no channel matched")
    assert http.posts == []


@pytest.mark.parametrize(
    "body", ["  indented :smile: \\n\\t<b>&amp;</b>\n\n\n", "*md* [x](y)\r\nend", "长" * 40_000, " "]
)
def test_apprise_changes_no_character(http: HttpServer, body: str) -> None:
    subject = "  " + "题" * 400
    with open_channel(f"json://{http.address}") as channel:
        channel.send(envelope(subject=subject, body=body))
    assert [(post.body["subject"], post.body["body"]) for post in http.posts] == [(subject, body)]


@pytest.mark.parametrize("url", ["pigeon://S3cr3t", "S3cr3t", "", "https://S3cr3t/hook", "mail://x"])
def test_an_unknown_schema_is_answered_with_where_the_known_ones_stand(url: str) -> None:
    with pytest.raises(UnknownChannel) as caught:
        open_channel(url)
    sentence = str(caught.value)
    assert sentence.endswith("write one of those in docs/channels.md")
    assert "S3cr3t" not in sentence


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("mailto://", "write mailto://user:password@host:port?from=office@example.org"),
        ("mailto://S3cr3t@127.0.0.1?from=S3cr3t", "write mailto://"),
        ("mailto://u:S3cr3t@host?mode=S3cr3t", "write mailto://"),
        ("mailto://u:S3cr3t@office.example/head@office.example", "every message brings its own"),
        ("mailto://u:S3cr3t@host?to=head@office.example", "keep only cto, from, mode, name"),
        ("mailto://u:S3cr3t@host?cc=S3cr3t@office.example", "keep only"),
        ("mailto://u:S3cr3t@host?retry=3", "keep only"),
        ("mailto://u:S3cr3t@host?rto=0", "write rto= in seconds"),
        ("mailto://u:S3cr3t@host?cto=soon", "write cto= in seconds"),
        ("mailto://u:S3cr3t@host:99999", "ports go from 1 to 65535"),
        ("json://", "write json://host:port/path"),
        ("json://u:S3cr3t/x@host", "write json://host:port/path"),
        ("json://host/hook?S3cr3t", "keep only cto, pass, password, rto, secret, user, verify, +Name, -Name"),
        ("json://host/hook?:field=S3cr3t", "keep only"),
        ("json://host/hook?overflow=split", "keep only"),
        ("json://host/hook?+X-Token=S3cr3t%0D%0AX-Other:1", "remove it"),
        ("json://host/hook?+X Token=S3cr3t", "remove it"),
        ("json://host/hook?+Content-Type=S3cr3t", "remove it"),
        ("json://host/hook?secret=whsec_S3cr3t!", "copy it again"),
        ("wecomrobot://", "write wecomrobot://KEY"),
        ("wecomrobot://S3cr3t key", "write wecomrobot://KEY"),
        ("wecomrobot://S3cr3t?format=markdown", "keep only cto, rto, server, verify"),
        ("wecomrobot://S3cr3t:99999", "ports go from 1 to 65535"),
        ("wecomrobot://S3cr3t?server=ftp://host", "write server= as https://host:port"),
        ("wecomrobot://S3cr3t?server=http://host:0", "write server= as https://host:port"),
        ("wecomrobot://S3cr3t?rto=soon", "write rto= in seconds"),
        ("dingrobot://S3cr3t?sign=S3cr3t", "keep only cto, rto, secret, server, verify"),
        ("feishurobot://?secret=S3cr3t", "write feishurobot://TOKEN?secret=SECRET"),
        ("wecomapp://S3cr3t@1000002", "write wecomapp://CORPID:SECRET@AGENTID"),
        ("wecomapp://corp:S3cr3t@agent", "AGENTID is a number"),
        ("smsgateway://host/send?to=S3cr3t", "keep only accepted, body, code, cto, passing, rto, verify, +Name"),
        ("smsgateway://host/S3cr3t?code=code&accepted=0&body={target}", "write smsgateways://host/path?body="),
        ("smsgateway://host/S3cr3t?code=code&body={target}{text}", "what a yes is"),
        ("smsgateway://host/x?code=c&accepted=0&body={target}{text}&+Host=S3cr3t", "remove it"),
        ("wecombot://S3cr3t", "write wecomrobot://KEY"),
        ("wechat://corp:S3cr3t@1", "write wecomapp://CORPID:SECRET@AGENTID"),
        ("dingtalk://S3cr3t", "write dingrobot://TOKEN?secret=SEC…"),
        ("feishu://S3cr3t", "write feishurobot://TOKEN?secret=SECRET"),
        ("tgram://S3cr3t", "Apprise's page on it says how to write it"),
        ("maildir://relative/folder", "write maildir:///absolute/folder"),
        ("maildir:///", "write maildir:///absolute/folder"),
        ("maildir:///folder?x=1", "write maildir:///absolute/folder"),
    ],
)
def test_a_url_of_no_use_is_answered_with_the_remedy(url: str, remedy: str) -> None:
    with pytest.raises(BadChannel) as caught:
        open_channel(url)
    sentence = str(caught.value)
    assert remedy in sentence
    assert "S3cr3t" not in sentence
    assert "\n" not in sentence


def test_no_secret_reaches_a_log_a_receipt_or_a_repr(
    smtp: SmtpServer, http: HttpServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)
    for url in (
        f"mailto://S3cr3t-user:S3cr3t-pass@{smtp.address}?from=duban@office.example",
        f"json://S3cr3t-user:S3cr3t-pass@{http.address}/S3cr3t-path?+X-Token=S3cr3t-token&-key=S3cr3t-key",
    ):
        with open_channel(url) as channel:
            shown = [repr(channel), repr(vars(channel)), repr(channel.send(SAMPLE)), repr(channel.reach())]
        assert "S3cr3t" not in "".join(shown)
    ours = [record.getMessage() for record in caplog.records if record.name != "mail.log"]  # the SMTP server's
    assert "S3cr3t" not in "\n".join(ours)
    assert logging.getLogger("apprise").isEnabledFor(logging.DEBUG)


def test_no_secret_reaches_a_log_whoever_configures_logging_later(caplog: pytest.LogCaptureFixture) -> None:
    url = "mailto://S3cr3t-user:S3cr3t-pass@127.0.0.1?from=duban@office.example"
    open_channel(url).close()
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("flows.")]:
        logging.getLogger(name).disabled = False  # as dictConfig leaves every logger, which Prefect calls
    caplog.set_level(1)
    open_channel(url).close()
    assert "S3cr3t" not in caplog.text


@pytest.mark.parametrize("key", ["", "a b", "a\r\nBcc: x@y.example", "<a>", "键"])
def test_a_key_that_no_header_can_hold_is_refused_when_it_is_composed(key: str) -> None:
    with pytest.raises(ValueError, match="cannot be a message key"):
        envelope(key=key)


def test_an_instant_without_a_zone_is_refused_when_it_is_composed() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        envelope(composed_at=datetime(2023, 12, 25))  # noqa: DTZ001 - that is the point


def test_importing_the_channels_does_not_import_apprise() -> None:
    check = "import sys, flows.channels; print([name for name in ('apprise', 'requests') if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", check], check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "[]"
