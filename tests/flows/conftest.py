"""The register that sweeps are tested over, on either database."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from models.database import open_database
from tests.owed import fill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.servers.postgres import PostgresServer


def fill_at(url: str) -> None:
    engine = open_database(url)
    fill(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_register(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The register on SQLite, to be copied."""
    path = tmp_path_factory.mktemp("register") / "duban.sqlite"
    shutil.copyfile(sqlite_template, path)
    fill_at(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_register(postgres: PostgresServer, postgres_template: str) -> Iterator[str]:
    """The name of the register on PostgreSQL, to be cloned."""
    with postgres.database(postgres_template) as url:
        fill_at(url)
        yield make_url(url).database or ""


@pytest.fixture
def register(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A register of the test's own with something of every kind in it, see `tests.owed.fill`."""
    if backend == "sqlite":
        copy = shutil.copyfile(request.getfixturevalue("sqlite_register"), tmp_path / "register.sqlite")
        engine = open_database(f"sqlite:///{copy}")
        yield engine
        engine.dispose()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database(request.getfixturevalue("postgres_register")) as url:
        engine = open_database(url)
        yield engine
        engine.dispose()
