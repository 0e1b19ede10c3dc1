"""A server that says exactly what a script says, for the answers no decent server gives."""

from __future__ import annotations

import socket
import threading
from typing import Self

PATIENCE = 10.0
"""Seconds until a client that says nothing fails the script."""


class ScriptedServer:
    """Serves one connection: waits for each expected ending in turn, and says the reply that goes with it.

    An empty expectation is met at once: so a greeting. After the last reply it hangs up.
    """

    def __init__(self, *script: tuple[bytes, bytes]) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self._thread = threading.Thread(target=self._run, name="scripted-server")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(2 * PATIENCE)
        self._listener.close()
        assert not self._thread.is_alive(), "the script did not end"

    @property
    def address(self) -> str:
        """Host and port, as they stand in a URL."""
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    def _run(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(PATIENCE)
            for expected, reply in self._script:
                heard = b""
                while not heard.endswith(expected):
                    more = connection.recv(65_536)
                    if not more:
                        return
                    heard += more
                connection.sendall(reply)


def refused_address() -> tuple[socket.socket, str]:
    """Return an address nobody listens at, and the socket that keeps it so until it is closed."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    host, port = holder.getsockname()
    return holder, f"{host}:{port}"
