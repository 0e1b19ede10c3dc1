"""Where tests get their databases from: filled once, copied for each test, opened at one address."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import TYPE_CHECKING, Protocol, Self

from sqlalchemy import make_url

from models.database import open_database, upgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Engine

    Fill = Callable[[str], None]


class Server(Protocol):
    """What lends databases: PostgreSQL, or a folder of SQLite files."""

    def database(self, template: str | None = None, name: str | None = None) -> AbstractContextManager[str]:
        """Lend a new database, empty or as a copy of `template`: yields its address, removes it afterwards."""


@contextmanager
def opening(url: str) -> Iterator[Engine]:
    """Open a database for a while; one that is to be copied may not be open."""
    engine = open_database(url)
    yield engine
    engine.dispose()


class SqliteFolder:
    """A folder with the files of SQLite databases."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    @contextmanager
    def database(self, template: str | None = None, name: str | None = None) -> Iterator[str]:
        """Lend a new database, empty or as a copy of `template`: yields its address, removes it afterwards."""
        path = self._folder / f"{name or next(self._numbers)}.sqlite"
        if template:
            shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        for file in self._folder.glob(f"{path.name}*"):  # its log too
            file.unlink()


class Databases:
    """The databases of one kind for all tests of a process.

    A test says with `fill` what shall be in its database: a function that is given the address of one at the
    program's schema. It runs once, for a template; migrating or opening each database would take a second.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._templates: dict[Fill, str] = {}
        self._engines: dict[str, Engine] = {}
        self._kept = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.close()

    def empty(self) -> AbstractContextManager[str]:
        """Lend the address of an empty database: no table in it, nothing migrated."""
        return self._server.database()

    def copy(self, fill: Fill = upgrade) -> AbstractContextManager[str]:
        """Lend the address of a filled database; without `fill`, it is one without a row."""
        return self._server.database(self._template(fill))

    @contextmanager
    def opened(self, fill: Fill = upgrade) -> Iterator[Engine]:
        """Lend a filled database, opened.

        It has the same address each time and so the same engine, which compiles each statement once and not
        once a test. One of a kind can be lent at a time.
        """
        with self._server.database(self._template(fill), f"{fill.__module__}.{fill.__name__}") as url:
            if url not in self._engines:
                self._engines[url] = open_database(url)
            engine = self._engines[url]
            try:
                yield engine
            finally:
                engine.dispose()

    def _template(self, fill: Fill) -> str:
        """Return the name of the database that was filled so, to be copied."""
        if fill not in self._templates:
            start = None if fill is upgrade else self._template(upgrade)
            url = self._kept.enter_context(self._server.database(start))
            fill(url)
            self._templates[fill] = make_url(url).database or ""
        return self._templates[fill]
