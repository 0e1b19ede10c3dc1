"""Mail over SMTP, on one connection kept open from mail to mail."""

import re
import smtplib
import warnings
from contextlib import suppress
from dataclasses import replace
from email.header import decode_header, make_header

from flows.channels.address import CONNECT_TIMEOUT, READ_TIMEOUT, SILENCE, Syntax, read
from flows.channels.envelope import Envelope
from flows.channels.errors import BadChannel
from flows.channels.letter import Sender, letter
from flows.channels.masking import mask
from flows.channels.receipt import Receipt
from flows.channels.smtp import Connection, Server
from flows.channels.transport import Transport
from models.vocabulary import Outcome

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # its PGP, of no use here, looks for imghdr
    from apprise.plugins.email import NotifyEmail

_ADDRESS = re.compile(r"[^\s<>()@,;:\"\\]+@[^\s<>()@,;:\"\\]+")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)

# Replies, RFC 5321, 4.2.3.
_DONE = (250, 251)
_GO_AHEAD = 354
_CLOSING = 421
_TOO_LARGE = 552
# To RCPT or DATA, and yet not about this recipient: commands out of order, a login wanted (RFC 4954).
_ABOUT_US = frozenset({503, 530, 534, 535, 538})
_VERDICTS = {2: Outcome.ACCEPTED, 4: Outcome.RETRY, 5: Outcome.REFUSED}  # by first digit


class _MailURL(NotifyEmail):  # type: ignore[no-untyped-call] # Apprise is typed in part
    """Apprise's own reading of a mail URL, the big providers' servers included."""

    logger = SILENCE
    socket_connect_timeout = CONNECT_TIMEOUT  # type: ignore[assignment] # Apprise says int
    socket_read_timeout = READ_TIMEOUT


SYNTAX = Syntax(
    parser=_MailURL,
    example="mailto://user:password@host:port?from=office@example.org",
    parameters=frozenset({"from", "name", "smtp", "mode", "reply"}),
)


class MailTransport(Transport):
    """Mails to the address `envelope.target`.

    Refused is only what the server says of this recipient or this mail. What would befall every mail alike (no
    connection, TLS, login, our own address) is tried again, so that one mistake in a URL burns no messages.
    """

    def __init__(self, server: Server, sender: Sender) -> None:
        super().__init__([server.user, server.password, f"\0{server.user}\0{server.password}"])
        self._server = server
        self._sender = sender
        self._smtp: Connection | None = None

    def connect(self) -> Connection:
        """Connect, greet, and log in if the URL says so."""
        self.close()
        self._smtp = Connection(self._server)
        self._smtp.prepare()
        return self._smtp

    def deliver(self, envelope: Envelope) -> Receipt:
        """Walk the mail through MAIL, RCPT and DATA."""
        if not (envelope.target.isascii() and _ADDRESS.fullmatch(envelope.target)):
            return Receipt(Outcome.REFUSED, "the target is not a mail address in ASCII", personal=True)
        mail = letter(envelope, sender=self._sender, to=envelope.target)
        smtp, code, text = self._begin(len(mail))
        if code not in _DONE:
            return self._turned_away(smtp, code, text, final=code == _TOO_LARGE)
        code, text = smtp.rcpt(envelope.target)
        if code not in _DONE:
            receipt = self._turned_away(smtp, code, text, final=code not in _ABOUT_US)
            return replace(receipt, personal=code not in _ABOUT_US and code != _CLOSING)
        code, text = smtp.docmd("DATA")
        if code != _GO_AHEAD:
            return self._turned_away(smtp, code, text, final=code not in _ABOUT_US)
        return self._hand_over(smtp, mail)

    def hang_up(self) -> None:
        """Drop the connection without a word."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def close(self) -> None:
        """Say QUIT and hang up."""
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self.hang_up()

    def _begin(self, size: int) -> tuple[Connection, int, bytes]:
        """Say MAIL FROM, on a new connection if the kept one has gone: nothing of this mail is out yet."""
        if self._smtp is not None:
            with suppress(smtplib.SMTPServerDisconnected):
                code, text = self._mail_from(self._smtp, size)
                if code != _CLOSING:
                    return self._smtp, code, text
            self.hang_up()
        smtp = self.connect()
        return smtp, *self._mail_from(smtp, size)

    def _mail_from(self, smtp: Connection, size: int) -> tuple[int, bytes]:
        return smtp.mail(self._sender.address, [f"SIZE={size}"] if smtp.has_extn("size") else [])

    def _turned_away(self, smtp: Connection, code: int, text: bytes, *, final: bool) -> Receipt:
        """Take a no that came before the mail itself was sent, and ready the connection for the next mail."""
        if code == _CLOSING:
            self.hang_up()
        else:
            with suppress(smtplib.SMTPException):  # a connection that breaks now is noticed by the next MAIL
                smtp.rset()
        refused = final and _VERDICTS.get(code // 100) is Outcome.REFUSED
        return Receipt(Outcome.REFUSED if refused else Outcome.RETRY, _said(code, text))

    def _hand_over(self, smtp: Connection, mail: bytes) -> Receipt:
        """Send the mail, then the dot before which no server keeps anything, and take the answer."""
        smtp.send(_LEADING_DOT.sub(b"..", mail))
        self.doubt()
        smtp.send(b".\r\n")
        code, text = smtp.getreply()
        outcome = _VERDICTS.get(code // 100, Outcome.IN_DOUBT)
        if outcome is Outcome.IN_DOUBT:
            self.hang_up()  # whatever that was, the next mail must not read the rest of it
        return Receipt(outcome, _said(code, text))


def open_transport(url: str, *, private: bool) -> MailTransport:
    """Return the transport for a mailto:// or mailtos:// URL; raises BadChannel."""
    parsed = read(url, SYNTAX)
    name, address = parsed.from_addr
    if parsed.targets != [(False, address)]:  # Apprise's stand-in for "none given"
        raise BadChannel(f"{mask(url)} names a recipient: leave it out, every message brings its own")
    server = Server(
        host=parsed.smtp_host.strip("[]"),
        port=parsed.port,
        mode=parsed.secure_mode,
        verify=parsed.verify_certificate,
        user=parsed.user or "",
        password=parsed.password or "",
        connect_timeout=parsed.socket_connect_timeout,
        read_timeout=parsed.socket_read_timeout,
        private=private,
    )
    shown = str(make_header(decode_header(name or "")))
    return MailTransport(server, Sender(shown, address, ", ".join(sorted(parsed.reply_to))))


def _said(code: int, text: bytes) -> str:
    return f"{code} {text.decode(errors='replace')}"
