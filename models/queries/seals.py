"""The seals: how far the ledger is sealed, and the heads to keep outside the database."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from models.ledger import Fact
from models.seal import Seal, Stamp

HASH = 32
"""Bytes of a hash."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One seal; `facts` is how many it added."""

    number: int
    run: int
    at: datetime
    size: int
    facts: int
    last_fact: int
    root: str
    former: str
    head: str


def newest(session: Session) -> Seal | None:
    """Return the last seal."""
    return session.exec(select(Seal).order_by(col(Seal.number).desc()).limit(1)).first()


def stamp(session: Session) -> Stamp | None:
    """Return the last seal as it is printed for people."""
    found = newest(session)
    return Stamp(found.number, found.size, found.head) if found else None


def seals(session: Session, last: int | None = None) -> list[Sealed]:
    """Return the seals, the newest that many, in order."""
    more = None if last is None else last + 1
    rows = session.exec(select(Seal).order_by(col(Seal.number).desc()).limit(more)).all()[::-1]
    before = [0, *(one.size for one in rows)]
    found = [
        Sealed(
            one.number, one.run_id, one.at, one.size, one.size - size, one.last_fact, one.root, one.former, one.head
        )
        for one, size in zip(rows, before, strict=False)
    ]
    return found if last is None else found[-last:]


def unsealed(session: Session) -> int:
    """Count the facts that no seal covers yet."""
    found = newest(session)
    query = select(func.count()).select_from(Fact)
    return session.exec(query.where(col(Fact.id) > found.last_fact) if found else query).one()


def hashes(joined: bytes) -> list[bytes]:
    """Part hashes that lie side by side."""
    return [joined[start : start + HASH] for start in range(0, len(joined), HASH)]
