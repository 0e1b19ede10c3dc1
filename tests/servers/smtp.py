"""A real SMTP server for tests: it keeps what it accepts, and can be told how to behave to whom."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes, policy
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Any, Self, cast

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

if TYPE_CHECKING:
    import ssl
    from email.message import EmailMessage

PATIENCE = 10.0
"""Seconds until a server that does not come up or go down fails the test."""


class Behaviour(StrEnum):
    """What a recipient's mail meets."""

    ACCEPT = auto()
    DEFER = auto()  # 451 to RCPT
    REFUSE = auto()  # 550 to RCPT
    GREYLIST = auto()  # 451 to the first RCPT, then accept
    SHUT_DOWN = auto()  # 421 to RCPT, and hang up
    HANG_AT_RECIPIENT = auto()
    DROP_AT_RECIPIENT = auto()
    DEFER_MAIL = auto()  # 451 after the dot
    REFUSE_MAIL = auto()  # 554 after the dot
    HANG_AFTER_DOT = auto()  # having kept the mail
    DROP_AFTER_DOT = auto()  # having kept the mail


AT_RECIPIENT = {
    Behaviour.DEFER: "451 4.3.0 Mailbox busy",
    Behaviour.REFUSE: "550 5.1.1 No such mailbox",
}
AFTER_DOT = {
    Behaviour.DEFER_MAIL: "451 4.3.1 Disk full",
    Behaviour.REFUSE_MAIL: "554 5.6.0 Content not wanted",
}


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail kept by the server."""

    sender: str
    recipient: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def text(self) -> str:
        return str(self.message.get_content()).replace("\r\n", "\n")

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


class SmtpServer:
    """A server on a free loopback port, in a thread of its own, from `with` to its end.

    `tls` gives STARTTLS, or TLS from the first byte with `implicit`; `login` is the one login that is right.
    """

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, implicit: bool = False, login: tuple[str, str] | None = None
    ) -> None:
        self.mails: list[Mail] = []
        self.connections = 0
        self.port = 0
        self.tls, self.implicit, self.login = tls, implicit, login
        self.sessions: set[_Session] = set()
        self._behaviour = Behaviour.ACCEPT
        self._behaviours: dict[str, Behaviour] = {}
        self._greylisted: set[str] = set()
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="smtp-server")

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(PATIENCE), "the SMTP server did not come up"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the SMTP server did not go down"

    @property
    def address(self) -> str:
        """Host and port, as they stand in a URL."""
        return f"127.0.0.1:{self.port}"

    def behave(self, behaviour: Behaviour, recipient: str | None = None) -> None:
        """Behave so to one recipient, or to all that were not named."""
        if recipient is None:
            self._behaviour = behaviour
        else:
            self._behaviours[recipient] = behaviour

    def behaviour(self, recipient: str) -> Behaviour:
        """Say how the server behaves to a recipient."""
        return self._behaviours.get(recipient, self._behaviour)

    def is_new(self, recipient: str) -> bool:
        """Say whether a greylist meets the recipient for the first time."""
        new = recipient not in self._greylisted
        self._greylisted.add(recipient)
        return new

    def authenticate(self, *call: Any) -> AuthResult:
        """Let the right login in; tell any other, as a careless server would, what it was."""
        data: LoginPassword = call[-1]
        if (data.login.decode(), data.password.decode()) == self.login:
            return AuthResult(success=True)
        refusal = f"535 5.7.8 No login {data.login.decode()} {data.password.decode()}"
        return AuthResult(success=False, handled=False, message=refusal)

    def copies(self, message_id: str) -> int:
        """Count the mails kept with this Message-ID, angle brackets included."""
        return Counter(mail.message_id for mail in self.mails)[message_id]

    def cut(self, farewell: bytes = b"") -> None:
        """Close every connection from this side, after a last line if one is given."""
        asyncio.run_coroutine_threadsafe(self._cut(farewell), self._loop).result(PATIENCE)

    async def _cut(self, farewell: bytes = b"") -> None:
        leaving = list(self.sessions)
        for session in leaving:
            session.leave(farewell)
        for session in leaving:
            await session.gone.wait()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            server = self._loop.run_until_complete(
                self._loop.create_server(
                    lambda: _Session(self, self._loop), "127.0.0.1", ssl=self.tls if self.implicit else None
                )
            )
            self.port = server.sockets[0].getsockname()[1]
            self._up.set()
            self._loop.run_forever()
            server.close()
            self._loop.run_until_complete(self._cut())
            ending = asyncio.all_tasks(self._loop)
            self._loop.run_until_complete(asyncio.gather(*ending, return_exceptions=True))
        finally:
            self._loop.close()


class _Session(SMTP):
    """One connection."""

    def __init__(self, owner: SmtpServer, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            _Handler(owner),
            hostname="localhost",
            tls_context=None if owner.implicit else owner.tls,
            auth_require_tls=False,
            authenticator=owner.authenticate,
            loop=loop,
        )
        self._owner = owner
        self.gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.transport is None:  # else it is the same connection, after STARTTLS
            self._owner.connections += 1
            self._owner.sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._owner.sessions.discard(self)
        self.gone.set()

    def leave(self, farewell: bytes) -> None:
        """Close the connection, after a last line or at once."""
        transport = cast("asyncio.Transport", self.transport)
        if farewell:
            transport.write(farewell)
            transport.close()
        else:
            transport.abort()


class _Handler:
    """What aiosmtpd asks."""

    def __init__(self, owner: SmtpServer) -> None:
        self._owner = owner

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: _Session, _session: object, envelope: Any, address: str, _options: list[str]
    ) -> str:
        behaviour = self._owner.behaviour(address)
        if behaviour is Behaviour.SHUT_DOWN:
            server.leave(b"421 4.3.2 Shutting down\r\n")
            await asyncio.Event().wait()
        if behaviour is Behaviour.DROP_AT_RECIPIENT:
            server.leave(b"")
            await asyncio.Event().wait()
        if behaviour is Behaviour.HANG_AT_RECIPIENT:
            await asyncio.Event().wait()
        if behaviour is Behaviour.GREYLIST and self._owner.is_new(address):
            return AT_RECIPIENT[Behaviour.DEFER]
        if behaviour in AT_RECIPIENT:
            return AT_RECIPIENT[behaviour]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: _Session, _session: object, envelope: Any
    ) -> str:
        recipient = envelope.rcpt_tos[0]
        behaviour = self._owner.behaviour(recipient)
        if behaviour in AFTER_DOT:
            return AFTER_DOT[behaviour]
        mails = self._owner.mails
        mails.append(Mail(envelope.mail_from, recipient, envelope.content))
        if behaviour is Behaviour.DROP_AFTER_DOT:
            server.leave(b"")
        if behaviour in (Behaviour.DROP_AFTER_DOT, Behaviour.HANG_AFTER_DOT):
            await asyncio.Event().wait()
        return f"250 2.0.0 Ok: queued as {len(mails)}"
