"""What the database has of seals and hashes, whatever that may be by now: it is asked past all types and models."""

from itertools import pairwise
from struct import error as BadStructure  # noqa: N812 - an exception's name
from struct import unpack
from typing import Any, NamedTuple

from sqlalchemy import Connection

from models.merkle import Tree
from models.queries.seals import hashes
from models.seal import head_of, last_id, tree_of

_ID = 8  # bytes of an id
_AT = {"sqlite": "at", "postgresql": "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"}
_MARK = {"sqlite": "?", "postgresql": "%s"}


class StoredSeal(NamedTuple):
    """A seal as the database has it, whatever that may be by now."""

    number: int
    run_id: Any
    at: Any
    size: Any
    last_fact: Any
    root: Any
    former: Any
    head: Any

    @property
    def sound(self) -> bool:
        """Whether it says what it said when its head was computed."""
        return bool(head_of(self[:7]) == self.head)

    def covers(self, tree: Tree) -> bool:
        """Tell whether this is the tree that it covers."""
        return (tree.size, tree.root.hex()) == (self.size, self.root)


class StoredLeaves(NamedTuple):
    """Recorded hashes as the database has them, whatever they may be by now."""

    size: Any
    peaks: Any
    ids: Any
    hashes: Any

    @property
    def last(self) -> int | None:
        """The last of the ids; None where there is none to be read."""
        try:
            return last_id(self.ids)
        except (BadStructure, TypeError):
            return None

    def read(self) -> tuple[tuple[int, ...], list[bytes]]:
        """Return ids and hashes; what cannot be read is as good as not there."""
        try:
            ids, found = unpack(f">{len(self.ids) // _ID}q", self.ids), hashes(bytes(self.hashes))
        except (BadStructure, TypeError):
            return (), []
        in_order = all(earlier < later for earlier, later in pairwise(ids))
        return (ids, found) if in_order and len(ids) == len(found) else ((), [])

    def tree(self) -> Tree | None:
        """Return the tree after them, by its peaks; None where there cannot be such a tree."""
        try:
            return tree_of(self.size, self.peaks)
        except (AttributeError, TypeError, ValueError):
            return None


def stored_seals(connection: Connection) -> list[StoredSeal]:
    """Return every seal, by number."""
    at = _AT[connection.dialect.name]
    query = f"SELECT number, run_id, {at}, size, last_fact, root, former, head FROM seal ORDER BY number"  # noqa: S608 - no value in it
    return [StoredSeal(*row) for row in _fetch(connection, query)]


def stored_leaves(connection: Connection, seal: int) -> list[StoredLeaves]:
    """Return the hashes recorded for a seal, in order."""
    mark = _MARK[connection.dialect.name]
    query = f"SELECT size, peaks, ids, hashes FROM leaves WHERE seal = {mark} ORDER BY id"  # noqa: S608 - no value in it
    return [StoredLeaves(*row) for row in _fetch(connection, query, seal)]


def begun(connection: Connection) -> set[int]:
    """Return the numbers of the seals for which hashes were recorded."""
    return {number for (number,) in _fetch(connection, "SELECT DISTINCT seal FROM leaves")}


def facts_after(connection: Connection, fact: int) -> int:
    """Count the facts with greater ids."""
    query = f"SELECT count(*) FROM ledger WHERE id > {_MARK[connection.dialect.name]}"  # noqa: S608 - no value in it
    ((facts,),) = _fetch(connection, query, fact)
    return int(facts)


def _fetch(connection: Connection, query: str, *values: object) -> list[Any]:
    cursor = connection.connection.cursor()
    cursor.execute(query, values)
    return list(cursor.fetchall())
