"""A real HTTP server for tests: it keeps the posts it receives, and can be told how to answer whom."""

from __future__ import annotations

import json
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import ssl

PATIENCE = 10.0
"""Seconds until a server that does not do what it should fails the test."""


class Behaviour(StrEnum):
    """What a post can meet instead of an answer."""

    HANG = auto()  # having kept the post
    DROP = auto()  # having kept the post
    CUT_ANSWER = auto()  # a 200 that breaks off


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says to a post."""

    status: int = 200
    body: str = '{"errcode": 0, "errmsg": "ok"}'
    close: bool = False  # the connection afterwards, without having said so


@dataclass(frozen=True, slots=True)
class Post:
    """A post received, whatever was answered."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: dict[str, Any]

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]


class HttpServer:
    """A server on a free loopback port, with a thread for each connection, from `with` to its end."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.posts: list[Post] = []
        self.connections = 0
        self._behaviour: Answer | Behaviour = Answer()
        self._behaviours: dict[str, Answer | Behaviour] = {}
        self._server = _Server(self)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="http-server")

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

    def behave(self, behaviour: Answer | Behaviour, target: str | None = None) -> None:
        """Behave so to posts for one target, or for all that were not named."""
        if target is None:
            self._behaviour = behaviour
        else:
            self._behaviours[target] = behaviour

    def behaviour(self, target: str) -> Answer | Behaviour:
        """Say how the server behaves to posts for a target."""
        return self._behaviours.get(target, self._behaviour)

    def copies(self, key: str) -> int:
        """Count the posts received under this Idempotency-Key."""
        return sum(post.key == key for post in self.posts)

    def wait_until_idle(self) -> None:
        """Wait until every connection is closed from this side."""
        with self._server.change:
            assert self._server.change.wait_for(lambda: not self._server.open, PATIENCE), "a connection stays open"


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing the server waits for them

    def __init__(self, owner: HttpServer) -> None:
        self.owner = owner
        self.open: set[socket.socket] = set()
        self.change = threading.Condition()
        self.stopping = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.owner.connections += 1
        with self.change:
            self.open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self.change:
            self.open.discard(request)
            self.change.notify_all()

    def cut(self) -> None:
        """Wake every handler, whether it hangs or waits for the next post."""
        self.stopping.set()
        with self.change:
            for connection in self.open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that have gone: tests make them go."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        owner = self.server.owner
        owner.posts.append(Post(self.path, headers, body))
        behaviour = owner.behaviour(body["target"])
        if isinstance(behaviour, Answer):
            self._answer(behaviour)
            return
        if behaviour is Behaviour.HANG:
            self.server.stopping.wait(PATIENCE)
        if behaviour is Behaviour.CUT_ANSWER:
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
