"""A web server on this machine that keeps what it hears, and can be told to misbehave."""

import socket
import ssl
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler
from typing import Any, Self

PATIENCE = 10.0
"""Seconds after which a request that is left hanging is let go, and a server that does not end is left."""


class Break(StrEnum):
    """What a request can meet instead of an answer."""

    CUT = auto()  # before its body is read
    HANG = auto()  # having taken it
    DROP = auto()  # having taken it
    CUT_ANSWER = auto()  # a 200 that breaks off


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says to a request."""

    status: int = 200
    body: str = '{"errcode": 0, "errmsg": "ok"}'
    close: bool = False  # the connection afterwards, without having said so


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came."""

    method: str
    path: str  # with the query
    headers: dict[str, str]  # names in lower case
    body: bytes


class WebServer:
    """A server on a free loopback port, with a thread for each connection, from `with` to its end.

    It speaks HTTP, unless it is given a handler of another protocol.
    """

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, handler: type[StreamRequestHandler] | None = None
    ) -> None:
        self.connections = 0
        self._server = _Server(self, handler or _Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="web-server")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(PATIENCE)
        self._server.cut()
        self._server.server_close()

    @property
    def address(self) -> str:
        """Host and port, as they stand in a URL."""
        return f"127.0.0.1:{self._server.server_port}"

    def greets(self, _path: str) -> bool:
        """Tell whether a request's body is read at all, or the connection cut before."""
        return True

    def meet(self, request: Request) -> Answer | Break:
        """Take a request, and say what it meets."""
        raise NotImplementedError

    def wait_until_idle(self) -> bool:
        """Wait until every connection is closed from this side; False if one stays open."""
        with self._server.change:
            return self._server.change.wait_for(lambda: not self._server.open, PATIENCE)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing the server waits for them

    def __init__(self, owner: WebServer, handler: type[StreamRequestHandler]) -> None:
        self.owner = owner
        self.open: set[socket.socket] = set()
        self.change = threading.Condition()
        self.stopping = threading.Event()
        super().__init__(("127.0.0.1", 0), handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.owner.connections += 1
        with self.change:
            self.open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - as socketserver has it
        super().shutdown_request(request)
        with self.change:
            self.open.discard(request)
            self.change.notify_all()

    def cut(self) -> None:
        """Wake every handler, whether it hangs or waits for the next request."""
        self.stopping.set()
        with self.change:
            for connection in self.open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as socketserver has it
        """Say nothing of clients that have gone."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        self._meet()

    def do_GET(self) -> None:
        self._meet()

    def _meet(self) -> None:
        owner = self.server.owner
        if not owner.greets(self.path):
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        met = owner.meet(Request(self.command, self.path, headers, body))
        if isinstance(met, Answer):
            self._answer(met)
            return
        if met is Break.HANG:
            self.server.stopping.wait(PATIENCE)
        if met is Break.CUT_ANSWER:
            self._start(200, length=100)
            self.wfile.write(b'{"errcode"')
        self.close_connection = True

    def _answer(self, answer: Answer) -> None:
        body = answer.body.encode()
        self._start(answer.status, length=len(body))
        self.wfile.write(body)
        self.close_connection = answer.close

    def _start(self, status: int, *, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""
