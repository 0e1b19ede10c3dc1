"""Requests over HTTP, on one connection kept alive from request to request."""

import select
import socket
import ssl
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, IncompleteRead

from flows.channels.answer import by_status
from flows.channels.dial import dial
from flows.channels.envelope import Envelope
from flows.channels.receipt import Receipt
from flows.channels.transport import Transport
from models.vocabulary import Outcome

_ANSWER_LENGTH = 65_536  # bytes; what an answer has to say stands in its first lines
_HTTP, _HTTPS = 80, 443


@dataclass(frozen=True, slots=True, repr=False)  # its host may be named in a secret URL
class Server:
    """A web server, and how to connect to it."""

    host: str
    port: int | None  # None for the schema's own
    tls: ssl.SSLContext | None
    connect_timeout: float  # seconds
    read_timeout: float  # seconds, for each answer
    private: bool  # whether it may be on a private net


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered."""

    status: int
    said: str  # status and reason
    body: bytes

    def __str__(self) -> str:
        """Return all of it, for a receipt."""
        return f"{self.said} {self.body.decode(errors='replace')}"


class HttpTransport(Transport):
    """Speaks to one server.

    Redirects are not followed, they would carry the secrets elsewhere; proxies named in the environment are not used.
    """

    def __init__(self, server: Server, secrets: Iterable[str]) -> None:
        super().__init__(secrets)
        self._server = server
        self._http: HTTPConnection | None = None

    @abstractmethod
    def deliver(self, envelope: Envelope) -> Receipt:
        """Try once."""

    def connect(self) -> HTTPConnection:
        """Connect; nothing is said yet."""
        self.hang_up()
        self._http = _Connection(self._server)
        self._http.connect()
        return self._http

    def ask(self, path: str) -> Reply:
        """Ask for something, which tells nobody anything."""
        connection = self._kept() or self.connect()
        connection.request("GET", path, headers={"User-Agent": "duban"})
        return self._reply(connection)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post a message, or a part of one; from its last byte on only the receiver knows whether it has it."""
        connection = self._kept() or self.connect()
        # A request that breaks while it is written has not arrived whole: nothing to doubt yet.
        connection.request("POST", path, body, headers)
        self.doubt()
        return self._reply(connection)

    def hang_up(self) -> None:
        """Drop the connection."""
        http, self._http = self._http, None
        if http is not None:
            http.close()

    def _reply(self, connection: HTTPConnection) -> Reply:
        with connection.getresponse() as answer:
            said = f"{answer.status} {answer.reason}"
            outcome = by_status(answer.status)
            if outcome is not Outcome.ACCEPTED:
                self.so_far = Receipt(outcome, said)  # stands, even if the body breaks off
            text = answer.read(_ANSWER_LENGTH)
            if not answer.isclosed():
                self.hang_up()  # the rest of the body would be taken for the next answer
                if len(text) < _ANSWER_LENGTH:  # http.client returns what it got before the cut
                    raise IncompleteRead(text)
        return Reply(answer.status, said, text)

    def _kept(self) -> HTTPConnection | None:
        """Return the kept connection unless it has gone: an idle one has something to read only when it closes."""
        if self._http is None or self._http.sock is None:
            return None
        poll = select.poll()
        poll.register(self._http.sock, select.POLLIN)
        return None if poll.poll(0) else self._http


class _Connection(HTTPConnection):
    """A connection that is dialled our way, and has a timeout of its own for each answer."""

    def __init__(self, server: Server) -> None:
        self.default_port = _HTTP if server.tls is None else _HTTPS
        super().__init__(server.host, server.port or self.default_port)
        self._server = server

    def connect(self) -> None:
        server = self._server
        sock = dial(self.host, self.port, server.connect_timeout, private=server.private)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = server.tls.wrap_socket(sock, server_hostname=self.host) if server.tls else sock
        self.sock.settimeout(server.read_timeout)
