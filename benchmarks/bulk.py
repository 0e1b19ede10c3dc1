"""Loading many rows at once: executemany on SQLite, COPY on PostgreSQL."""

import sqlite3
from collections.abc import Iterable
from typing import Any

import psycopg
from sqlalchemy import Connection

Driver = sqlite3.Connection | psycopg.Connection[Any]


def driver(connection: Connection) -> Driver:
    """Return the driver's own connection beneath one of SQLAlchemy's."""
    beneath = connection.connection.driver_connection
    if isinstance(beneath, sqlite3.Connection | psycopg.Connection):
        return beneath
    raise TypeError(type(beneath))


def fill(connection: Driver, table: str, width: int, rows: Iterable[tuple[Any, ...]]) -> None:
    """Put rows of `width` columns into a table; dates and words become what the driver makes of them."""
    if isinstance(connection, sqlite3.Connection):
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", rows)
        return
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
