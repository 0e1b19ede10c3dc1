"""An SMTP connection as the outbox wants it: bounded waiting, nothing said twice, nothing delayed."""

import smtplib
import socket
from dataclasses import dataclass

from flows.channels.dial import dial
from flows.channels.tls import trust


@dataclass(frozen=True, slots=True, repr=False)  # it holds a password
class Server:
    """How to reach and greet a mail server."""

    host: str
    port: int
    mode: str  # insecure, starttls or ssl, as Apprise names them
    verify: bool
    user: str  # may be empty
    password: str
    connect_timeout: float  # seconds
    read_timeout: float  # seconds, for each answer
    private: bool = True  # whether it may be on a private net


class Connection(smtplib.SMTP):
    """A connection to a server, greeted by it; raises what smtplib raises."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._tls = None if server.mode == "insecure" else trust(verify=server.verify)
        super().__init__(server.host, server.port, timeout=server.read_timeout)

    def prepare(self) -> None:
        """Say EHLO, start TLS and log in, as far as the server's URL says so."""
        if self._server.mode == "starttls":
            self.starttls(context=self._tls)
        self.ehlo_or_helo_if_needed()
        if self._server.user and self._server.password:
            self.login(self._server.user, self._server.password)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Connect for smtplib; its own way has one timeout for all, and the dot wait for the mail's ACK."""
        sock = dial(host, port, self._server.connect_timeout, private=self._server.private)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._server.mode == "ssl" and self._tls is not None:
            sock = self._tls.wrap_socket(sock, server_hostname=host)
        sock.settimeout(timeout)
        return sock
