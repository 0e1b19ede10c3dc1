from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import formataddr
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flows.channels.letter import Sender, letter
from tests.flows.channels.samples import SAMPLE, envelope

SENDER = Sender("督办", "duban@office.example")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
]


def read(mail: bytes) -> Any:
    return message_from_bytes(mail, policy=policy.default)


@given(subject=TEXT, recipient=TEXT)
def test_any_subject_and_name_survive_on_one_line_and_forge_no_header(subject: str, recipient: str) -> None:
    mail = letter(envelope(subject=subject, recipient=recipient), sender=SENDER, to="head@office.example")
    message = read(mail)
    assert set(message.keys()) <= set(HEADERS)
    assert (message["Subject"] or "") == " ".join(subject.split())
    assert [address.addr_spec for address in message["To"].addresses] == ["head@office.example"]
    name = " ".join(recipient.split())
    # The newer parser leaves a space between two encoded words of a name; RFC 2047 says none.
    shown = str(make_header(decode_header(message_from_bytes(mail)["To"])))
    assert shown in {f"{name} <head@office.example>", formataddr((name, "head@office.example"))}


@given(body=TEXT)
def test_any_body_arrives_line_by_line(body: str) -> None:
    message = read(letter(envelope(body=body), sender=SENDER, to="head@office.example"))
    lines = re.split(r"\r\n|\r|\n", body.removesuffix("\n"))
    assert message.get_content().replace("\r\n", "\n") == "".join(f"{line}\n" for line in lines)


@given(subject=TEXT, recipient=TEXT, body=TEXT)
def test_any_mail_keeps_to_the_form_of_rfc_5322(subject: str, recipient: str, body: str) -> None:
    mail = letter(envelope(subject=subject, recipient=recipient, body=body), sender=SENDER, to="head@office.example")
    head, _, _ = mail.partition(b"\r\n\r\n")
    assert mail.isascii()
    assert mail.endswith(b"\r\n")
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", mail)
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert max(map(len, mail.split(b"\r\n"))) <= 998


def test_a_mail_is_the_same_on_every_attempt() -> None:
    assert letter(SAMPLE, sender=SENDER, to="a@b.example") == letter(SAMPLE, sender=SENDER, to="a@b.example")


def test_plain_english_stays_readable_in_the_raw() -> None:
    mail = letter(
        envelope(subject="3 measures are late", recipient="Head, Bureau", body="Please act.\n"),
        sender=Sender("", "duban@office.example"),
        to="head@office.example",
    )
    assert mail.decode().replace("\r\n", "\n") == (
        "From: duban@office.example\n"
        'To: "Head, Bureau" <head@office.example>\n'
        "Subject: 3 measures are late\n"
        "Date: Mon, 25 Dec 2023 00:30:00 +0000\n"
        "Message-ID: <4f1c9a@duban>\n"
        "Auto-Submitted: auto-generated\n"
        "MIME-Version: 1.0\n"
        'Content-Type: text/plain; charset="utf-8"\n'
        "Content-Transfer-Encoding: 7bit\n"
        "\n"
        "Please act.\n"
    )
