"""Verifying the ledger: everything is computed anew from the facts, and compared with every seal."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import groupby
from struct import pack

from sqlalchemy import Connection
from sqlmodel import Session, func, select

from models.ledger import Fact
from models.merkle import LEAF, Tree
from models.queries.facts import pages
from models.queries.stored import StoredLeaves, StoredSeal, begun, facts_after, stored_leaves, stored_seals
from models.seal import Kept, Stamp, written

_BELOW = -(2**63)  # every id that a fact can have

Progress = Callable[[int, int], None]


class Breach(StrEnum):
    """In what way the ledger differs from its seals."""

    CHANGED = "changed"  # a fact is not what was sealed
    REMOVED = "removed"
    INSERTED = "inserted"
    UNPROVEN = "unproven"  # some facts do not make the sealed root, nor do the hashes recorded of them
    HASHES_CHANGED = "hashes_changed"  # the facts are as sealed, the hashes recorded of them are not
    SEAL_CHANGED = "seal_changed"
    SEAL_REMOVED = "seal_removed"
    UNFINISHED = "unfinished"  # facts were hashed for a seal that is not there: it broke off, or was removed
    OTHER_HEAD = "other_head"  # no seal has the head that somebody kept


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between the ledger and its seals: under which seal, and which facts from one id to another."""

    kind: Breach
    seal: int | None
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying found: how many seals, facts under them and facts not yet sealed; no difference is a proof."""

    seals: int
    facts: int
    unsealed: int
    newest: Stamp | None
    differences: tuple[Difference, ...]


def verify(session: Session, kept: Kept | None = None, progress: Progress | None = None) -> Verified:
    """Compute every hash anew, and name what was changed, removed, inserted or reordered, and where.

    `kept` finds a ledger that was forged whole, seals and all. `progress` hears the facts done and all of them.
    """
    connection = session.connection()
    total = session.exec(select(func.count()).select_from(Fact)).one() if progress else 0
    found = {seal.number: seal for seal in stored_seals(connection)}
    check = _Check(connection, progress and (lambda done: progress(done, total)))
    for number in sorted(found.keys() | begun(connection)):
        check.seal(number, found.get(number), is_last=not found or number > max(found))
    if kept is not None:
        check.differences += _unlike(kept, found.values())
    newest = found[max(found)] if found else None
    return Verified(
        seals=len(found),
        facts=check.tree.size,
        unsealed=facts_after(connection, check.through),
        newest=Stamp(newest.number, newest.size, str(newest.head)) if newest else None,
        differences=tuple(check.differences),
    )


class _Check:
    """Goes through the seals in order, with the tree of what was sealed so far."""

    def __init__(self, connection: Connection, progress: Callable[[int], None] | None) -> None:
        self._connection = connection
        self._progress = progress
        self._before: tuple[int, object] | None = (0, "")  # the number and the head of the seal before
        self.tree = Tree()
        self.through = _BELOW
        self.differences: list[Difference] = []

    def seal(self, number: int, seal: StoredSeal | None, *, is_last: bool) -> None:
        """Compare what is under one seal, or was."""
        after, start = self.through, Tree(self.tree.size, self.tree.peaks)
        leaves = stored_leaves(self._connection, number)
        found = [each for one in leaves for each in self._compare(number, one)]
        if seal is None:
            kind = Breach.UNFINISHED if is_last else Breach.SEAL_REMOVED
            self.differences += [*found, Difference(kind, number, *self._span(after))]
            self._before = None
            return
        if not (self._follows(seal) and seal.sound):
            self.differences.append(Difference(Breach.SEAL_CHANGED, number))
        self._before = number, seal.head
        if not seal.covers(self.tree):
            found = self._unproven(seal, start, after, found, leaves)
        self.differences += found

    def _follows(self, seal: StoredSeal) -> bool:
        """Tell whether a seal holds the head of the one before it, where that is there."""
        if self._before is None:
            return True
        number, head = self._before
        if seal.number != number + 1:
            self.differences += [Difference(Breach.SEAL_REMOVED, gone) for gone in range(number + 1, seal.number)]
            return True
        return bool(seal.former == head)

    def _compare(self, number: int, leaves: StoredLeaves) -> Iterator[Difference]:
        """Compare facts with the hashes that were recorded of them, and go on from what was recorded."""
        last = leaves.last
        ids, found = self._facts(self.through, self.through if last is None else last)
        if (pack(f">{len(ids)}q", *ids), b"".join(found)) == (leaves.ids, leaves.hashes):
            self.through = last or self.through
            self.tree.extend(found)
        else:
            recorded, sealed = leaves.read()
            yield from _differences(
                number, dict(zip(recorded, sealed, strict=True)), dict(zip(ids, found, strict=True))
            )
            self.through = max((self.through, *recorded))
            self.tree.extend(sealed)
        if (leaves.size, leaves.peaks) != (self.tree.size, written(self.tree)):
            yield Difference(Breach.HASHES_CHANGED, number, *ids[:1], *ids[-1:])

    def _facts(self, after: int, through: int) -> tuple[list[int], list[bytes]]:
        """Return the ids and the hashes of some facts."""
        ids: list[int] = []
        found: list[bytes] = []
        for page in pages(self._connection, after, through):
            ids += [fact for fact, _ in page]
            found += [sha256(LEAF + data).digest() for _, data in page]
            if self._progress:
                self._progress(self.tree.size + len(ids))
        return ids, found

    def _unproven(
        self, seal: StoredSeal, start: Tree, after: int, found: list[Difference], leaves: Sequence[StoredLeaves]
    ) -> list[Difference]:
        """Find out what is wrong where the recorded hashes do not make a seal's root, and go on from its end."""
        if not seal.sound:  # it says nothing that could be relied on
            return found
        self.through = seal.last_fact
        start.extend(self._facts(after, self.through)[1])
        if seal.covers(start):
            self.tree = start
            return [Difference(Breach.HASHES_CHANGED, seal.number, *self._span(after))]
        for tree in (one.tree() for one in leaves):
            if tree and seal.covers(tree):
                self.tree = tree
        return [*found, Difference(Breach.UNPROVEN, seal.number, *self._span(after))]

    def _span(self, after: int) -> tuple[int | None, int | None]:
        """Return the first and the last fact that a seal stands for."""
        facts = [fact for page in pages(self._connection, after, self.through) for fact, _ in page]
        return (facts[0], facts[-1]) if facts else (None, None)


def _differences(number: int, was: dict[int, bytes], now: dict[int, bytes]) -> Iterator[Difference]:
    """Name the facts that are not what they were, side by side where alike."""
    for kind, alike in groupby(sorted(was.keys() | now.keys()), lambda fact: _breach(was.get(fact), now.get(fact))):
        named = list(alike)
        if kind:
            yield Difference(kind, number, named[0], named[-1])


def _breach(was: bytes | None, now: bytes | None) -> Breach | None:
    if was == now:
        return None
    if was is None:
        return Breach.INSERTED
    return Breach.REMOVED if now is None else Breach.CHANGED


def _unlike(kept: Kept, seals: Iterable[StoredSeal]) -> list[Difference]:
    """Return the difference to a head that was kept, where no seal has it."""
    heads = [str(seal.head) for seal in seals if kept.number in (None, seal.number)]
    alike = any(head.startswith(kept.head.lower()) for head in heads)
    return [] if alike else [Difference(Breach.OTHER_HEAD, kept.number)]
