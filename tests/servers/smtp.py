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
    Behaviour.SHUT_DOWN: "421 4.3.2 Shutting down",
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
        return cast("EmailMessage", message_from_bytes(self.content, policy=policy.default))

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
        self._tls, self._implicit, self._login = tls, implicit, login
        self._behaviour = Behaviour.ACCEPT
        self._behaviours: dict[str, Behaviour] = {}
        self._greeted: set[str] = set()
        self._open: set[_Session] = set()
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
        """Say how the server behaves to a recipient now."""
        behaviour = self._behaviours.get(recipient, self._behaviour)
        if behaviour is not Behaviour.GREYLIST:
            return behaviour
        known = recipient in self._greeted
        self._greeted.add(recipient)
        return Behaviour.ACCEPT if known else Behaviour.DEFER

    def copies(self, message_id: str) -> int:
        """Count the mails kept with this Message-ID, angle brackets included."""
        return Counter(mail.message_id for mail in self.mails)[message_id]

    def cut(self, farewell: bytes = b"") -> None:
        """Close every connection from this side, after a last line if one is given."""
        asyncio.run_coroutine_threadsafe(self._cut(farewell), self._loop).result(PATIENCE)

    async def _cut(self, farewell: bytes = b"") -> None:
        for session in list(self._open):
            if farewell:
                session.say(farewell)
            session.drop()
        while self._open:
            await asyncio.sleep(0)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            server = self._loop.run_until_complete(
                self._loop.create_server(
                    lambda: _Session(self, self._loop), "127.0.0.1", ssl=self._tls if self._implicit else None
                )
            )
            self.port = server.sockets[0].getsockname()[1]
            self._up.set()
            self._loop.run_forever()
            server.close()
            self._loop.run_until_complete(self._cut())
        finally:
            self._loop.close()
"""
