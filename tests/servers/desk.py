"""The web desk, run by uvicorn on a free port, and a plain client for it."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from duban.web.app import create_app
from duban.web.server import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime


@contextmanager
def serving(clock: Callable[[], datetime]) -> Iterator[httpx.Client]:
    """Serve the office of DUBAN_HOME at the moments of a clock, and lend a client that follows no redirect."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        served(listening, create_app(clock)),
        httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", trust_env=False) as client,
    ):
        yield client
