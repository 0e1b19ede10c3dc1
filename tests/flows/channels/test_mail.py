from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING

import pytest

from flows.channels import open_channel
from flows.standins.opening import stand_in_for
from models.vocabulary import Outcome
from tests.flows.channels.samples import SAMPLE, envelope
from tests.servers.scripted import ScriptedServer
from tests.servers.smtp import Behaviour, SmtpServer

if TYPE_CHECKING:
    import ssl

MESSAGE_ID = f"<{SAMPLE.key}@duban>"
GREETED = ((b"", b"220 hello\r\n"), (b"\r\n", b"250 hello\r\n"))  # no extensions
IN_DATA = (*GREETED, (b"\r\n", b"250 ok\r\n"), (b"\r\n", b"250 ok\r\n"), (b"DATA\r\n", b"354 go\r\n"))


def url(server: SmtpServer | ScriptedServer, parameters: str = "", schema: str = "mailto", login: str = "") -> str:
    return f"{schema}://{login}{server.address}?from=duban@office.example&rto=2{parameters}"


def test_an_accepted_mail_brings_the_servers_own_answer(smtp: SmtpServer) -> None:
    with open_channel(url(smtp)) as channel:
        receipt = channel.send(SAMPLE)
    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.detail == "250 2.0.0 Ok: queued as 1"
    assert smtp.copies(MESSAGE_ID) == 1


def test_a_mail_arrives_as_it_was_composed(smtp: SmtpServer) -> None:
    with open_channel(url(smtp, "&name=督办&reply=desk@office.example")) as channel:
        channel.send(SAMPLE)
    (mail,) = smtp.mails
    message = mail.message
    assert (mail.sender, mail.recipient) == ("duban@office.example", "head@office.example")
    assert message["From"] == "督办 <duban@office.example>"
    assert message["To"] == "县交通运输局主要负责人 <head@office.example>"
    assert message["Reply-To"] == "desk@office.example"
    assert message["Subject"] == SAMPLE.subject
    assert message["Date"].datetime == SAMPLE.composed_at
    assert message["Auto-Submitted"] == "auto-generated"
    assert mail.text == SAMPLE.body


def test_lines_that_begin_with_a_dot_arrive_with_it(smtp: SmtpServer) -> None:
    with open_channel(url(smtp)) as channel:
        channel.send(envelope(body="first\n.\n..two\n.three\n"))
    assert smtp.mails[0].text == "first\n.\n..two\n.three\n"


@pytest.mark.parametrize(
    ("behaviour", "outcome", "copies"),
    [
        (Behaviour.DEFER, Outcome.RETRY, 0),
        (Behaviour.REFUSE, Outcome.REFUSED, 0),
        (Behaviour.SHUT_DOWN, Outcome.RETRY, 0),
        (Behaviour.HANG_AT_RECIPIENT, Outcome.RETRY, 0),
        (Behaviour.DROP_AT_RECIPIENT, Outcome.RETRY, 0),
        (Behaviour.DEFER_MAIL, Outcome.RETRY, 0),
        (Behaviour.REFUSE_MAIL, Outcome.REFUSED, 0),
        (Behaviour.HANG_AFTER_DOT, Outcome.IN_DOUBT, 1),
        (Behaviour.DROP_AFTER_DOT, Outcome.IN_DOUBT, 1),
    ],
)
def test_the_receipt_is_what_the_server_said(
    smtp: SmtpServer, behaviour: Behaviour, outcome: Outcome, copies: int
) -> None:
    smtp.behave(behaviour, SAMPLE.target)
    with open_channel(url(smtp)) as channel:
        receipt = channel.send(SAMPLE)
        assert receipt.outcome is outcome
        assert smtp.copies(MESSAGE_ID) == copies
        other = channel.send(envelope(key="other", target="deputy@office.example"))
    assert other.outcome is Outcome.ACCEPTED
    assert smtp.copies("<other@duban>") == 1


def test_a_refusal_repeats_the_servers_words(smtp: SmtpServer) -> None:
    smtp.behave(Behaviour.REFUSE)
    with open_channel(url(smtp)) as channel:
        assert channel.send(SAMPLE).detail == "550 5.1.1 No such mailbox"


def test_a_mail_without_an_answer_says_how_far_it_came(smtp: SmtpServer) -> None:
    smtp.behave(Behaviour.HANG_AFTER_DOT)
    with open_channel(url(smtp)) as channel:
        detail = channel.send(SAMPLE).detail
    assert detail == "no answer to the message: Connection unexpectedly closed: timed out"


def test_a_greylisted_recipient_is_accepted_the_second_time(smtp: SmtpServer) -> None:
    smtp.behave(Behaviour.GREYLIST)
    with open_channel(url(smtp)) as channel:
        assert channel.send(SAMPLE).outcome is Outcome.RETRY
        assert channel.send(SAMPLE).outcome is Outcome.ACCEPTED
    assert smtp.copies(MESSAGE_ID) == 1


def test_one_connection_serves_many_mails_also_past_a_refused_one(smtp: SmtpServer) -> None:
    smtp.behave(Behaviour.REFUSE, "gone@office.example")
    with open_channel(url(smtp)) as channel:
        receipts = [
            channel.send(envelope(key=f"k{number}", target=f"{'gone' if number == 7 else 'head'}@office.example"))
            for number in range(20)
        ]
    assert [receipt.outcome for receipt in receipts].count(Outcome.ACCEPTED) == 19
    assert smtp.connections == 1


@pytest.mark.parametrize("farewell", [b"", b"421 4.4.2 Idle too long\r\n"])
def test_a_kept_connection_that_was_closed_is_opened_again_unnoticed(smtp: SmtpServer, farewell: bytes) -> None:
    with open_channel(url(smtp)) as channel:
        channel.send(envelope(key="first"))
        smtp.cut(farewell)
        receipt = channel.send(SAMPLE)
    assert receipt.outcome is Outcome.ACCEPTED
    assert smtp.copies(MESSAGE_ID) == 1
    assert smtp.connections == 2


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (((b"", b"554 no service here\r\n"),), Outcome.RETRY),
        ((*GREETED, (b"\r\n", b"553 5.1.8 sender unknown\r\n"), (b"rset\r\n", b"250 ok\r\n")), Outcome.RETRY),
        ((*GREETED, (b"\r\n", b"552 5.3.4 too large\r\n"), (b"rset\r\n", b"250 ok\r\n")), Outcome.REFUSED),
        ((*GREETED, (b"\r\n", b"250 ok\r\n"), (b"\r\n", b"530 5.7.0 log in first\r\n")), Outcome.RETRY),
        ((*IN_DATA[:-1], (b"DATA\r\n", b"554 5.7.1 spam\r\n")), Outcome.REFUSED),
        ((*IN_DATA[:-1], (b"DATA\r\n", b"451 4.3.0 later\r\n")), Outcome.RETRY),
        (IN_DATA, Outcome.IN_DOUBT),
        ((*IN_DATA, (b"\r\n.\r\n", b"25")), Outcome.IN_DOUBT),
        ((*IN_DATA, (b"\r\n.\r\n", b"hello there\r\n")), Outcome.IN_DOUBT),
        ((*IN_DATA, (b"\r\n.\r\n", b"250-queued\r\n250 ok\r\n")), Outcome.ACCEPTED),
    ],
)
def test_an_odd_server_still_gets_a_true_receipt(script: tuple[tuple[bytes, bytes], ...], outcome: Outcome) -> None:
    with ScriptedServer(*script) as server, open_channel(url(server)) as channel:
        receipt = channel.send(SAMPLE)
    assert receipt.outcome is outcome


def test_a_server_nobody_can_connect_to_is_tried_again_later(nowhere: str) -> None:
    with open_channel(f"mailto://{nowhere}?from=duban@office.example") as channel:
        receipt = channel.send(SAMPLE)
    assert receipt.outcome is Outcome.RETRY
    assert receipt.detail == "nothing was sent: [Errno 111] Connection refused"


@pytest.mark.parametrize("target", ["nobody", "a@b@c.example", "a@b>\r\nRCPT TO:<c@d.example", "督办@office.example"])
def test_a_target_that_is_no_mail_address_is_refused_unasked(smtp: SmtpServer, target: str) -> None:
    with open_channel(url(smtp)) as channel:
        assert channel.send(envelope(target=target)).outcome is Outcome.REFUSED
    assert smtp.connections == 0


def test_the_right_login_is_let_in() -> None:
    server = SmtpServer(login=("desk", "pa/ss@word"))
    with server, open_channel(url(server, login="desk:pa%2Fss%40word@")) as channel:
        receipt = channel.send(SAMPLE)
    assert receipt.outcome is Outcome.ACCEPTED


def test_a_wrong_login_burns_no_message_and_stays_secret() -> None:
    server = SmtpServer(login=("desk", "right"))
    with server, open_channel(url(server, login="clerk:w%2Frong-one@")) as channel:
        receipt = channel.send(SAMPLE)
        unreachable = channel.reach()
    assert receipt.outcome is Outcome.RETRY
    assert receipt.detail == "nothing was sent: 535 5.7.8 No login *** ***"
    assert unreachable == "535 5.7.8 No login *** ***"


@pytest.mark.parametrize("mode", ["starttls", "ssl"])
def test_tls_is_spoken_only_with_a_server_whose_certificate_holds(tls: ssl.SSLContext, mode: str) -> None:
    with SmtpServer(tls=tls, implicit=mode == "ssl") as server:
        with open_channel(url(server, f"&mode={mode}", schema="mailtos")) as channel:
            stranger = channel.send(SAMPLE)
        with open_channel(url(server, f"&mode={mode}&verify=no", schema="mailtos")) as channel:
            trusted = channel.send(SAMPLE)
    assert stranger.outcome is Outcome.RETRY
    assert "CERTIFICATE_VERIFY_FAILED" in stranger.detail
    assert trusted.outcome is Outcome.ACCEPTED
    assert server.copies(MESSAGE_ID) == 1


def test_a_mail_is_not_sent_in_clear_when_the_server_offers_no_tls(smtp: SmtpServer) -> None:
    with open_channel(url(smtp, schema="mailtos")) as channel:
        receipt = channel.send(SAMPLE)
    assert receipt.outcome is Outcome.RETRY
    assert smtp.mails == []


def test_reaching_a_server_sends_nothing(smtp: SmtpServer, nowhere: str) -> None:
    with open_channel(url(smtp)) as channel:
        assert channel.reach() is None
    assert (smtp.connections, smtp.mails) == (1, [])
    with open_channel(f"mailto://{nowhere}?from=duban@office.example") as channel:
        assert channel.reach() == "[Errno 111] Connection refused"


# the stand-in


@pytest.mark.parametrize(
    "channel",
    [
        "mailto://host?from=duban@office.example",
        "mailto://desk@host:2525?from=duban@office.example&name=desk",
        "mailtos://desk:pa%2Fss%40word@host?from=duban@office.example&smtp=mx.office.example&mode=ssl",
        "mailtos://desk:S3cr3t@qq.com",  # Apprise knows the server, and that the login is the whole address
    ],
)
def test_the_stand_in_shows_a_mail_as_people_would_read_it(channel: str) -> None:
    with stand_in_for(channel) as server, open_channel(server.url) as opened:
        receipts = [opened.send(envelope(key=key, body="first\n.\n..two\n.three\n")) for key in ("k1", "k2")]
    assert [receipt.detail for receipt in receipts] == ["250 2.0.0 Ok: taken as 1", "250 2.0.0 Ok: taken as 2"]
    assert server.shown == [f"@{SAMPLE.target} {SAMPLE.subject}\n\nfirst\n.\n..two\n.three\n"] * 2
    assert server.connections == 1


def test_the_stand_in_knows_no_command_but_those_of_a_sender() -> None:
    with stand_in_for("mailto://desk:pass@host?from=duban@office.example") as server:
        host, _, port = server.address.partition(":")
        with smtplib.SMTP(host, int(port), timeout=10) as client:
            answers = [client.docmd(command)[0] for command in ("EHLO me", "MAIL FROM:<a@b>", "VRFY me", "NOOP")]
    assert answers == [250, 530, 502, 250]
