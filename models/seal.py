"""The seal: one hash over every fact so far and over the seal before, so that none can change without notice."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from struct import unpack

from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime
from models.merkle import Tree

SHORT = 16
"""Digits of a head that are printed for people, and enough to compare by."""


class Seal(SQLModel, table=True):
    """What a run sealed: the first `size` facts in the order of their ids, the last of which is `last_fact`.

    `root` is the root of the Merkle tree over them (RFC 6962). `former` is the head of the seal before; `head` is the
    hash over all this, and whoever has it on paper has everything before it. Hashes are hexadecimal. A trigger on
    either database refuses every UPDATE and DELETE.
    """

    number: int = Field(primary_key=True)
    run_id: int = Field(unique=True)
    at: datetime = Field(sa_type=UTCDateTime)
    size: int
    last_fact: int
    root: str
    former: str
    head: str


class Leaves(SQLModel, table=True):
    """The hashes of some of the facts that a seal covers, beside their ids: with them a fact that changed is named.

    `ids` are big-endian integers of 8 bytes, `hashes` leaf hashes of 32, in the order of the tree. `size` and `peaks`
    are those of the tree after them, with which sealing goes on: it never hashes the history again. Append-only, too.
    """

    id: int | None = Field(default=None, primary_key=True)
    seal: int = Field(index=True)
    size: int
    peaks: str
    ids: bytes
    hashes: bytes


@dataclass(frozen=True, slots=True)
class Stamp:
    """A seal as it is printed for people, outside the database."""

    number: int
    size: int
    head: str

    @property
    def short(self) -> str:
        """The head's first digits."""
        return self.head[:SHORT]


@dataclass(frozen=True, slots=True)
class Kept:
    """A head that somebody kept outside the database, whole or its first digits, with its seal's number if known."""

    number: int | None
    head: str

    @classmethod
    def read(cls, text: str) -> "Kept":
        """Read `NUMBER:HEX` or `HEX`."""
        number, _, head = text.rpartition(":")
        return cls(int(number) if number else None, head.lower())


def instant(at: datetime) -> str:
    """Return an instant as it is hashed: in UTC, to the microsecond."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def head_of(said: Sequence[object]) -> str:
    """Return the head of a seal that says this: number, run, instant as text, size, last fact, root, former head.

    It is the SHA-256 of these as a JSON array without blanks.
    """
    return sha256(json.dumps(said, separators=(",", ":"), default=str).encode()).hexdigest()


def written(tree: Tree) -> str:
    """Return a tree's peaks as they are kept."""
    return " ".join(peak.hex() for peak in tree.peaks)


def tree_of(size: int, peaks: str) -> Tree:
    """Return the tree of these peaks, to go on with. Raises ValueError where they are not those of such a tree."""
    return Tree(size, [bytes.fromhex(peak) for peak in peaks.split()])


def last_id(ids: bytes) -> int:
    """Return the last of some ids."""
    found: int = unpack(">q", ids[-8:])[0]
    return found
