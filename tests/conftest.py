"""What every test may ask for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.servers.postgres import URL_VARIABLE, postgres_server, ram_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
