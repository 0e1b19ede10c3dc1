"""Write a message as the mail it becomes (RFC 5322), the same on every attempt."""

import base64
import re
from dataclasses import dataclass
from email.charset import BASE64, Charset
from email.header import Header
from email.utils import format_datetime, formataddr

from flows.channels.envelope import Envelope

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
    encoding, body = _encoded(envelope.body)
    headers = {
        "From": _mailbox("From", sender.name, sender.address),
        "To": _mailbox("To", envelope.recipient, to),
        "Reply-To": sender.reply_to,
        "Subject": _words("Subject", envelope.subject),
        "Date": format_datetime(envelope.composed_at),
        "Message-ID": f"<{envelope.key}@duban>",
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers, please
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": encoding,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    return f"{head}\r\n{body}".encode()


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


def _encoded(body: str) -> tuple[str, str]:
    lines = _LINE_BREAK.split(body.removesuffix("\n"))
    if all(line.isascii() and line.isprintable() and len(line) <= _LONGEST_LINE for line in lines):
        return "7bit", "".join(f"{line}\r\n" for line in lines)
    text = "".join(f"{line}\r\n" for line in lines)
    return "base64", base64.encodebytes(text.encode()).decode("ascii").replace("\n", "\r\n")
