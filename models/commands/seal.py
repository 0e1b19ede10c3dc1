"""Sealing: every fact so far goes under one more seal."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from struct import pack

from sqlalchemy import Connection, Engine, text
from sqlmodel import Session, col, func, select

from models.database import writing
from models.ledger import Fact
from models.merkle import LEAF, Tree
from models.queries.facts import PAGE, pages
from models.queries.seals import newest
from models.seal import Leaves, Seal, head_of, instant, last_id, tree_of, written

BATCH = 50_000
"""Facts that are hashed in one transaction."""

PATIENCE = "10s"
"""How long to wait for those who are writing facts: longer than a sweep's batch takes."""

_TURN = 0x7365616C  # "seal": the advisory lock that lets one seal be made at a time


def seal(
    engine: Engine,
    run_id: int,
    now: datetime,
    batch: int = BATCH,
    progress: Callable[[int], None] | None = None,
) -> Seal:
    """Seal every fact so far for a run, and return the seal; one that the run has already is returned as it is.

    Killed anywhere, it leaves whole batches of leaves behind, and the next seal goes on from there. `progress` is
    called after each batch with the facts in it.
    """
    through = _settled(engine)
    made = None
    while made is None:
        with writing(engine) as session:
            session.expire_on_commit = False
            _take_turns(session.connection())
            made = session.exec(select(Seal).where(Seal.run_id == run_id)).first()
            made = made or _advance(session, run_id, through, now, batch)
        if progress:
            progress(batch)
    return made


def _settled(engine: Engine) -> int:
    """Return the id up to which no further fact can appear.

    On PostgreSQL a transaction draws its ids before it commits, so that a fact may become visible after a later
    one. Whoever writes facts holds a lock on the table from before the first id is drawn until the end; this waits
    until nobody does, and asks for the last id while nobody may begin. Nothing else is done under that lock.
    """
    with writing(engine) as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
            connection.execute(text("LOCK TABLE ledger IN SHARE MODE"))
        return session.exec(select(func.max(Fact.id))).one() or 0


def _take_turns(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TURN})


def _advance(session: Session, run_id: int, through: int, now: datetime, batch: int) -> Seal | None:
    """Hash the next batch of facts, and seal where it was the last one."""
    former = newest(session)
    number = former.number + 1 if former else 1
    done = session.exec(select(Leaves).order_by(col(Leaves.id).desc()).limit(1)).first()
    tree, last = (tree_of(done.size, done.peaks), last_id(done.ids)) if done else (Tree(), 0)
    start = tree.size
    for page in pages(session.connection(), last, through, min(batch, PAGE)):
        found = [sha256(LEAF + data).digest() for _, data in page]  # not by a call a fact
        tree.extend(found)
        last = page[-1][0]
        ids = pack(f">{len(page)}q", *(fact for fact, _ in page))
        session.add(Leaves(seal=number, size=tree.size, peaks=written(tree), ids=ids, hashes=b"".join(found)))
        if tree.size - start >= batch:
            return None
    said = [number, run_id, instant(now), tree.size, last, tree.root.hex(), former.head if former else ""]
    made = Seal(
        number=number,
        run_id=run_id,
        at=now,
        size=tree.size,
        last_fact=last,
        root=tree.root.hex(),
        former=former.head if former else "",
        head=head_of(said),
    )
    session.add(made)
    return made
