"""An office and a register to send from, and servers to send to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.desk import SmallOffice
from tests.owed import fill
from tests.servers.http import HttpServer
from tests.servers.smtp import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.databases import Databases


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> SmallOffice:
    """A small office at work."""
    return SmallOffice(engine, tmp_path)


@pytest.fixture
def register(databases: Databases) -> Iterator[Engine]:
    """A register of the test's own with something of every kind in it, see `tests.owed.fill`."""
    with databases.opened(fill) as engine:
        yield engine


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    """A mail server."""
    with SmtpServer() as server:
        yield server


@pytest.fixture
def http() -> Iterator[HttpServer]:
    """A server that takes the posts of a webhook."""
    with HttpServer() as server:
        yield server
