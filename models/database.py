"""The database: opening it, its two kinds of transaction, and bringing it to the program's schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlmodel import Session

from models.errors import DubanError

HEAD = "0001"  # the newest revision in models/migrations/versions
_TURNS = 0x64756261  # "duba": the advisory lock behind `take_turns`

_MINUTE = 60  # seconds: two sweeps at once take turns, batch by batch

_OUT_OF_REACH = (OperationalError, InterfaceError, DatabaseError)  # the last by itself: a file that is no database


class Unreachable(DubanError):
    """The database does not answer."""


class WrongSchema(DubanError):
    """The database is not at the program's schema."""


def open_database(url: str, patience: int | None = None) -> Engine:
    """Open a database, SQLite or PostgreSQL, without looking at what is in it.

    `patience` says how many seconds to wait for a connection, and for a lock; by default a minute on SQLite, and as
    long as it takes on PostgreSQL.

    On SQLite a commit is on the disk before it returns (WAL with synchronous=FULL), because an attempt must
    be remembered before the network is touched, through a power cut too. Raises `Unreachable` on a bad URL.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _open_sqlite(url, patience or _MINUTE)
        if parsed.get_backend_name() == "postgresql":
            bounds = {"connect_timeout": patience, "options": f"-c lock_timeout={patience}s"} if patience else {}
            parsed = parsed.set(drivername="postgresql+psycopg")
            engine = create_engine(parsed, pool_pre_ping=True, connect_args=bounds)
            engine.dialect.use_insertmanyvalues_wo_returning = True  # half the time of one statement a row
            return engine
    except (ArgumentError, ModuleNotFoundError) as error:
        raise Unreachable("DUBAN_DATABASE_URL is not a database URL; write postgresql://… or sqlite:///…") from error
    raise Unreachable(f"DUBAN_DATABASE_URL names {parsed.get_backend_name()}; duban runs on sqlite and postgresql.")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session that reads one consistent state and writes nothing."""
    snapshot = engine
    if engine.dialect.name == "postgresql":  # SQLite's transactions are this anyway
        snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with _explained(engine), Session(snapshot) as session:
        yield session
        session.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Open a session whose writes are committed together at the end, or not at all.

    On SQLite it takes the write lock at once, so that it cannot fail half-way for having read first.
    """
    with _explained(engine), Session(engine.execution_options(writes=True)) as session:
        yield session
        session.commit()


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """Open one connection for several writing transactions, each begun by the caller."""
    with _explained(engine), engine.execution_options(writes=True).connect() as connection:
        yield connection


def take_turns(connection: Connection) -> None:
    """Let no other sweep, composing or arming write until this transaction ends, as SQLite's write lock does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TURNS})


def upgrade(url: str) -> None:
    """Bring a database, empty or older, to the program's schema. Raises `WrongSchema` on a newer one."""
    from alembic import command  # noqa: PLC0415 - a second of import that only this needs
    from alembic.config import Config  # noqa: PLC0415

    engine = open_database(url)
    try:
        with _explained(engine), engine.execution_options(writes=True).begin() as connection:
            take_turns(connection)
            refuse_newer(revision(connection))
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def revision(connection: Connection) -> str | None:
    """Return the schema revision that the database is at; None where duban has never been."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def require_schema(engine: Engine) -> None:
    """Raise `WrongSchema` unless the database is exactly at the program's schema."""
    found = None
    if not _missing_file(engine):  # which merely connecting would create
        with _explained(engine), engine.connect() as connection:
            found = revision(connection)
    refuse_newer(found)
    where = engine.url.render_as_string(hide_password=True)
    if found is None:
        raise WrongSchema(f"{where} holds no duban register yet; run 'duban init'.")
    if found < HEAD:
        raise WrongSchema(f"{where} is at schema {found}, this program needs {HEAD}; run 'duban db upgrade'.")


def refuse_newer(found: str | None) -> None:
    """Raise `WrongSchema` where the database was written by a newer program."""
    if found is not None and found > HEAD:
        raise WrongSchema(
            f"The database is at schema {found}, newer than this program's {HEAD}; install the newer duban."
        )


@contextmanager
def _explained(engine: Engine) -> Iterator[None]:
    """Turn a failure to reach or write the database into one sentence."""
    try:
        yield
    except DBAPIError as error:
        if type(error) not in _OUT_OF_REACH:
            raise
        where = engine.url.render_as_string(hide_password=True)
        cause = str(error.orig).strip().splitlines()[0]
        raise Unreachable(
            f"The database {where} does not answer ({cause}); check DUBAN_DATABASE_URL and the server or disk."
        ) from error


def _missing_file(engine: Engine) -> bool:
    name = engine.url.database
    return engine.dialect.name == "sqlite" and bool(name) and not Path(str(name)).exists()


def _open_sqlite(url: str, patience: int) -> Engine:
    engine = create_engine(url, connect_args={"timeout": patience})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:  # noqa: ANN401
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
