"""What every test may ask for."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.databases import Databases, SqliteFolder
from tests.servers.postgres import URL_VARIABLE, postgres_server, ram_disk

if TYPE_CHECKING:
    from collections.abc import Iterator

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

LONGEST = [
    "tests/flows/test_prefect.py",
    "tests/models/test_machine.py",
    "tests/faults/test_kill.py",
    "tests/scenarios/test_audit.py",
    "tests/scenarios/test_qiyang.py",
]
"""The files that take longest, to begin with: none of them may be what the last process is waited for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first."""
    first = [item for name in LONGEST for item in items if item.nodeid.startswith(name)]
    items[:] = first + [item for item in items if item not in first]


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what stays for good, modules and tests, and come less often.

    It took a seventh of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL, started when the first test asks for it."""
    with postgres_server(storage=ram_disk()) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Each of the two databases in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def sqlite() -> Iterator[Databases]:
    """All databases on SQLite."""
    with TemporaryDirectory(dir=ram_disk()) as folder, Databases(SqliteFolder(Path(folder))) as databases:
        yield databases


@pytest.fixture(scope="session")
def postgresql(postgres: PostgresServer) -> Iterator[Databases]:
    """All databases on PostgreSQL."""
    with Databases(postgres) as databases:
        yield databases


@pytest.fixture
def databases(backend: str, request: pytest.FixtureRequest) -> Databases:
    """The databases of each kind in turn."""
    found: Databases = request.getfixturevalue(backend)
    return found


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The address of a new, empty database: no table in it, nothing migrated."""
    with databases.empty() as url:
        yield url


@pytest.fixture
def engine(databases: Databases) -> Iterator[Engine]:
    """A new database at the program's schema, opened."""
    with databases.opened() as engine:
        yield engine


@pytest.fixture
def migrated_url(engine: Engine) -> str:
    """The address of that database."""
    return engine.url.render_as_string(hide_password=False)
