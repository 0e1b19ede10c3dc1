"""Proving that facts were sealed: the nodes of the tree that lead from each to the newest seal."""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import asdict
from struct import unpack
from typing import Any

from sqlmodel import Session, col, select

from models.errors import DubanError
from models.merkle import Place, Tree, bridge, path
from models.proof import FORMAT, check
from models.queries.facts import pages
from models.queries.seals import Sealed, hashes, seals
from models.seal import Leaves, instant


class Unprovable(DubanError):
    """Some facts cannot be proved."""


def proof(session: Session, measure: str, facts: Collection[int]) -> dict[str, Any]:
    """Return the proof of those of some facts that are sealed, see `models.proof`.

    Raises `Unprovable` where nothing is sealed, or the ledger differs from its seals.
    """
    chain = seals(session)
    sealed = sorted(fact for fact in facts if chain and fact <= chain[-1].last_fact)
    if not sealed:
        raise Unprovable(f"Nothing about {measure} is sealed yet; the next run does that.")
    indexes = _indexes(session, sealed)
    newest = chain[-1]
    since = [seal for seal in chain if seal.size > min(indexes.values(), default=0)]
    paths = {fact: list(path(index, newest.size)) for fact, index in indexes.items()}
    bridges = {seal.number: list(bridge(seal.size, newest.size)) for seal in since}
    tree = _tree(session, newest, [place for places in (*paths.values(), *bridges.values()) for place in places])
    document = {
        "format": FORMAT,
        "measure": measure,
        "seals": [_seal(seal) | {"bridge": _nodes(tree, bridges[seal.number])} for seal in since],
        "facts": [
            {"index": indexes[fact], "bytes": _bytes(session, fact), "path": _nodes(tree, places)}
            for fact, places in paths.items()
        ],
    }
    if len(indexes) < len(sealed) or check(document).problems:
        raise Unprovable(
            f"What the ledger says of {measure} is not what was sealed; 'duban ledger verify' says where."
        )
    return document


def _indexes(session: Session, facts: Sequence[int]) -> dict[int, int]:
    """Return the place of each fact among all that were sealed, by its id."""
    found, start = {}, 0
    for joined in session.exec(select(Leaves.ids).order_by(col(Leaves.id))):
        ids = unpack(f">{len(joined) // 8}q", joined)
        for fact in facts[bisect_left(facts, ids[0]) : bisect_left(facts, ids[-1] + 1)]:
            place = bisect_left(ids, fact)
            if ids[place] == fact:
                found[fact] = start + place
        start += len(ids)
    return found


def _tree(session: Session, newest: Sealed, keep: Collection[Place]) -> Tree:
    """Return the tree under the newest seal, with some of its nodes kept."""
    tree = Tree(keep=keep)
    under = select(Leaves.hashes).where(Leaves.seal <= newest.number).order_by(col(Leaves.id))
    for joined in session.exec(under):
        tree.extend(hashes(joined))
    return tree


def _nodes(tree: Tree, places: Collection[Place]) -> list[str]:
    return [tree.node(place).hex() for place in places]


def _seal(seal: Sealed) -> dict[str, Any]:
    said = asdict(seal) | {"at": instant(seal.at)}
    return {name: value for name, value in said.items() if name != "facts"}


def _bytes(session: Session, fact: int) -> str:
    """Return the bytes of a fact as text; nothing where it is gone."""
    return "".join(data.decode() for page in pages(session.connection(), fact - 1, fact) for _, data in page)
