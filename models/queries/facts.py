"""The bytes of facts, as they are hashed: written by the database, the same on either one.

A fact's bytes are a JSON array of its columns in their order, without blanks, in UTF-8: integers as such, the instant
as text in UTC to the microsecond, the payload as the text that it is. `canonical` says it in Python.
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from models.seal import instant

PAGE = 4096
"""Facts that are read at once."""

_COLUMNS = ("at", "kind", "measure_id", "person_id", "post_id", "run_id", "payload")
# SQLite keeps whatever it is given: bytes, which JSON cannot hold, are read as what they are in SQL.
_SQLITE = "cast(json_array(id, {}) AS blob)".format(
    ", ".join(f"iif(typeof({name}) = 'blob', quote({name}), {name})" for name in _COLUMNS)
)
_NUMBERS = ", ',', ".join(f"coalesce({name}::text, 'null')" for name in _COLUMNS[2:6])
_POSTGRES = (
    "convert_to(concat('[', id, ',\"', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), '\",', "
    f"to_json(kind::text), ',', {_NUMBERS}, ',', to_json(payload), ']'), 'UTF8')"
)
_PAGE = "SELECT id, {bytes} FROM ledger WHERE id > {mark} AND id <= {mark} ORDER BY id LIMIT {mark}"
_QUERIES = {
    "sqlite": _PAGE.format(bytes=_SQLITE, mark="?"),
    "postgresql": _PAGE.format(bytes=_POSTGRES, mark="%s"),
}


def canonical(fact: dict[str, Any]) -> bytes:
    """Return the bytes of a fact, by its columns."""
    values = [fact["id"], instant(fact["at"]), *(fact[name] for name in _COLUMNS[1:])]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def pages(connection: Connection, after: int, through: int, size: int = PAGE) -> Iterator[list[tuple[int, bytes]]]:
    """Yield the facts with ids above one and up to another, each as its id and its bytes, in order, page by page."""
    cursor = connection.connection.cursor()  # the driver's own: these are the rows of the whole history
    binary = {"binary": True} if connection.dialect.name == "postgresql" else {}
    while True:
        cursor.execute(_QUERIES[connection.dialect.name], (after, through, size), **binary)
        rows: list[tuple[int, bytes]] = list(cursor.fetchall())
        if rows:
            yield rows
            after = rows[-1][0]
        if len(rows) < size:
            return
