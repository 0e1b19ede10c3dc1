"""Write a message as the mail it becomes (RFC 5322), the same on every attempt."""

import base64
import re
from dataclasses import dataclass
from email.charset import BASE64, Charset
from email.header import Header
from email.utils import format_datetime, formataddr
from urllib.parse import quote

from flows.channels.envelope import Attachment, Envelope

_UTF_8 = Charset("utf-8")
_UTF_8.header_encoding = BASE64  # as it comes it weighs base64 against quoted-printable, character by character
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_PLAIN_HEADER_LENGTH = 60
_LONGEST_LINE = 998  # RFC 5322, 2.1.1


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes."""

    name: str  # as shown; may be empty
    address: str
    reply_to: str = ""  # addresses, if answers are to go elsewhere


def letter(envelope: Envelope, *, sender: Sender, to: str) -> bytes:
    """Return the mail to an address, with CRLF line ends.

    Written by hand: email.message.EmailMessage takes as long for one mail as an SMTP server takes to accept it.
    """
    content = _text(envelope.body)
    if envelope.attachment is not None:
        content = _mixed(envelope.key, content, envelope.attachment)
    headers = {
        "From": _mailbox("From", sender.name, sender.address),
        "To": _mailbox("To", envelope.recipient, to),
        "Reply-To": sender.reply_to,
        "Subject": _words("Subject", envelope.subject),
        "Date": format_datetime(envelope.composed_at),
        "Message-ID": f"<{envelope.key}@duban>",
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers, please
        "MIME-Version": "1.0",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    return f"{head}{content}".encode()


def _mailbox(header: str, name: str, address: str) -> str:
    name = " ".join(name.split())
    if _is_plain(name):
        return formataddr((name, address))
    return f"{_words(header, name)}\r\n <{address}>"


def _words(header: str, text: str) -> str:
    text = " ".join(text.split())  # a header is one line
    if _is_plain(text):
        return text
    return Header(text, _UTF_8, header_name=header).encode(linesep="\r\n")


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and "=?" not in text and len(text) <= _PLAIN_HEADER_LENGTH


def _text(body: str) -> str:
    """Return a body with the headers that belong to it."""
    encoding, encoded = _encoded(body)
    return f'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{encoded}'


def _mixed(key: str, text: str, attachment: Attachment) -> str:
    """Return text and attachment as the parts of one mail (RFC 2046), with the headers that belong to them.

    The name is written as RFC 2231 has it. The boundary holds a sign that base64 does not know, and is the same on
    every attempt.
    """
    boundary = f"=_{key}"
    name = quote(attachment.name, safe="")
    content = base64.encodebytes(attachment.content).decode("ascii").replace("\n", "\r\n")
    return (
        f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'
        f"--{boundary}\r\n{text}"
        f"--{boundary}\r\nContent-Type: {attachment.media_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment; filename*=utf-8''{name}\r\n\r\n{content}"
        f"--{boundary}--\r\n"
    )


def _encoded(body: str) -> tuple[str, str]:
    lines = _LINE_BREAK.split(body.removesuffix("\n"))
    if all(line.isascii() and line.isprintable() and len(line) <= _LONGEST_LINE for line in lines):
        return "7bit", "".join(f"{line}\r\n" for line in lines)
    text = "".join(f"{line}\r\n" for line in lines)
    return "base64", base64.encodebytes(text.encode()).decode("ascii").replace("\n", "\r\n")
