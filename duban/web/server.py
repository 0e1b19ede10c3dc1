"""Serving the desk: alone, or in a thread beside the schedule."""

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import uvicorn
from fastapi import FastAPI

from config.settings import Settings
from duban.web.app import create_app
from models.errors import DubanError


class NoDesk(DubanError):
    """The desk cannot listen where it is to."""


def serve_alone(listening: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM; both are a good end."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):  # uvicorn stops at the signal, and then passes it on
        _server(create_app()).run([listening])


@contextmanager
def served(listening: socket.socket, app: FastAPI) -> Iterator[None]:
    """Serve in a thread until the end of the block; the requests under way are answered."""
    server = _server(app)
    thread = Thread(target=server.run, args=([listening],), name="desk")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def listen(settings: Settings) -> socket.socket:
    """Listen where the settings say, and let callers wait until somebody serves. Raises `NoDesk`."""
    try:
        family = socket.getaddrinfo(settings.host, settings.desk_port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((settings.host, settings.desk_port), family=family)
    except OSError as error:
        cause = str(error.strerror).partition(" (while ")[0]
        raise NoDesk(
            f"The desk cannot listen on {settings.host}:{settings.desk_port} ({cause}); choose another "
            "DUBAN_HOST or DUBAN_DESK_PORT."
        ) from error


def _server(app: FastAPI) -> uvicorn.Server:
    # no log of requests: their addresses are what lets a reader reply
    return uvicorn.Server(
        uvicorn.Config(app, access_log=False, log_config=None, server_header=False, timeout_graceful_shutdown=5)
    )
