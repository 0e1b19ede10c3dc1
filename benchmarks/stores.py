"""Where the databases of the benchmarks lie: prepared once, measured on fresh copies."""

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import make_url

from tests.servers.postgres import PostgresServer, postgres_server


class Store(ABC):
    """One kind of database."""

    name: str

    @abstractmethod
    def create(self, name: str) -> str:
        """Make an empty database and return its URL."""

    @abstractmethod
    def drop(self, name: str) -> None:
        """Remove a database."""

    @abstractmethod
    def copy(self, name: str, copy: str) -> str:
        """Copy a database that nobody is connected to, wait until the disk has it, and return the copy's URL."""


class SQLiteStore(Store):
    """Files in a folder."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, name: str) -> str:
        """Name a file that does not exist yet."""
        return f"sqlite:///{self._path(name)}"

    def drop(self, name: str) -> None:
        """Remove the file and what lies beside it."""
        for file in self._folder.glob(f"{name}.db*"):
            file.unlink()

    def copy(self, name: str, copy: str) -> str:
        """Copy the file; its reader has folded the write-ahead log into it on closing."""
        shutil.copy(self._path(name), self._path(copy))
        os.sync()
        return self.create(copy)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.db"


class PostgresStore(Store):
    """Databases on a server of our own, as the tests have it: nothing waits for the disk, on neither side."""

    name = "PostgreSQL"

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    def create(self, name: str) -> str:
        """Create an empty database."""
        self._server.create(name)
        return self._server.url(name)

    def drop(self, name: str) -> None:
        """Drop a database."""
        self._server.drop(name)

    def copy(self, name: str, copy: str) -> str:
        """Create a database file by file from another one, and have all of it written before it is used."""
        url = make_url(self._server.url("postgres")).set(drivername="postgresql")
        with closing(psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)) as connection:
            connection.execute(f"CREATE DATABASE {copy} TEMPLATE {name} STRATEGY FILE_COPY")
            connection.execute("CHECKPOINT")
        os.sync()
        return self._server.url(copy)


@contextmanager
def stores(names: list[str]) -> Iterator[list[Store]]:
    """Lend the stores of these names, in a folder on disk, and clean up afterwards."""
    with TemporaryDirectory(prefix="duban-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)  # the server runs under an account of its own
        found: list[Store] = []
        if "sqlite" in names:
            found.append(SQLiteStore(folder))
        if "postgresql" in names:
            found.append(PostgresStore(stack.enter_context(postgres_server(storage=folder))))
        yield found
