"""What every test may ask for."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from sqlalchemy import make_url

from models.database import open_database, upgrade
from tests.servers.postgres import URL_VARIABLE, postgres_server, ram_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.servers.postgres import PostgresServer

# Nothing that whoever runs the tests has set for a real office, or for libpq, may reach them.
for _name in list(os.environ):
    if _name.startswith(("DUBAN_", "PREFECT_", "PG")) and _name != URL_VARIABLE:
        del os.environ[_name]

# A busy machine must not fail a property, and the same commit must not fail only now and then in CI.
settings.register_profile("duban", deadline=None)
settings.register_profile("duban-ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("duban-ci" if "CI" in os.environ else "duban")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL, started when the first test asks for it."""
    with postgres_server(storage=ram_disk()) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Each of the two databases in turn."""
    return str(request.param)


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new, empty database: no table in it, nothing migrated."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'duban.sqlite'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database without a row, to be copied."""
    path = tmp_path_factory.mktemp("template") / "duban.sqlite"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> Iterator[str]:
    """The name of a migrated PostgreSQL database without a row, to be cloned."""
    with postgres.database() as url:
        upgrade(url)
        yield make_url(url).database or ""


@pytest.fixture
def migrated_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new database at the program's schema: copied, for migrating each would take a second."""
    if backend == "sqlite":
        copy = tmp_path / "office.sqlite"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), copy)
        yield f"sqlite:///{copy}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database(request.getfixturevalue("postgres_template")) as url:
        yield url


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    """A new database at the program's schema, opened."""
    engine = open_database(migrated_url)
    yield engine
    engine.dispose()
