"""The proof: some facts with what shows that they were sealed, checked by whoever has the file and nothing else.

A JSON document: `facts`, each the bytes that were hashed as text, its place among all facts, and the nodes that lead
from it to the root of the newest seal; `seals`, from the first one that covers one of the facts to the newest, each
with the head of the one before it and the nodes which show that the newest has grown from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.merkle import has_grown, leaf_hash, root_by_path
from models.seal import Kept, Stamp, head_of

FORMAT = "duban-proof-1"
_SAID = ("number", "run", "at", "size", "last_fact", "root", "former")
_TYPES = {
    "number": int, "run": int, "at": str, "size": int, "last_fact": int, "root": str, "former": str, "head": str,
    "bridge": list, "index": int, "bytes": str, "path": list,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checked:
    """What a proof shows: how many facts, of which measure, under which seal; every problem with its place."""

    measure: str
    facts: int
    newest: Stamp | None
    problems: tuple[str, ...]


def check(document: Any, kept: Kept | None = None) -> Checked:  # noqa: ANN401 - whatever JSON may hold
    """Check a proof, and that one of its seals has the head that was kept, where one was."""
    shape = tuple(_misshapen(document))
    if shape:
        return Checked("", 0, None, shape)
    seals, facts = document["seals"], document["facts"]
    newest = seals[-1]
    problems = (*_of_seals(seals), *_of_facts(facts, newest), *_of_head(seals, kept))
    stamp = Stamp(newest["number"], newest["size"], newest["head"])
    return Checked(str(document.get("measure", "")), len(facts), stamp, problems)


def _misshapen(document: Any) -> Iterator[str]:  # noqa: ANN401
    """Name every place where a document has not the form of a proof."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        yield f"format: is not '{FORMAT}'; this is no proof that duban wrote"
        return
    for name, keys in (("seals", (*_SAID, "head", "bridge")), ("facts", ("index", "bytes", "path"))):
        rows = document.get(name)
        if not isinstance(rows, list) or not (rows or name == "facts"):
            yield f"{name}: is missing"
            continue
        for number, row in enumerate(rows):
            for key in keys:
                value = row.get(key) if isinstance(row, dict) else None
                if type(value) is not _TYPES[key]:
                    yield f"{name}[{number}].{key}: is missing, or not what it should be"
                elif _is_no_hash(key, value):
                    yield f"{name}[{number}].{key}: is not in hexadecimal digits"


def _is_no_hash(key: str, value: Any) -> bool:  # noqa: ANN401
    hashes = {"root": [value], "bridge": value, "path": value}.get(key, [])
    try:
        return any(len(bytes.fromhex(one)) != len(leaf_hash(b"")) for one in hashes)
    except (TypeError, ValueError):
        return True


def _of_seals(seals: list[dict[str, Any]]) -> Iterator[str]:
    newest, before = seals[-1], None
    for place, seal in enumerate(seals):
        where = f"seals[{place}] (seal {seal['number']})"
        if head_of([seal[name] for name in _SAID]) != seal["head"]:
            yield f"{where}: its head is not the one over what it says"
        if before and (before["number"] + 1, before["head"]) != (seal["number"], seal["former"]):
            yield f"{where}: does not follow on the one before it"
        bridge = [bytes.fromhex(node) for node in seal["bridge"]]
        roots = bytes.fromhex(seal["root"]), bytes.fromhex(newest["root"])
        if not has_grown(seal["size"], roots[0], newest["size"], roots[1], bridge):
            yield f"{where}: the newest seal has not grown from it"
        before = seal


def _of_facts(facts: list[dict[str, Any]], newest: dict[str, Any]) -> Iterator[str]:
    for place, fact in enumerate(facts):
        nodes = [bytes.fromhex(node) for node in fact["path"]]
        root = root_by_path(leaf_hash(fact["bytes"].encode()), fact["index"], newest["size"], nodes)
        if root is None or root.hex() != newest["root"]:
            number = fact["bytes"].partition(",")[0].lstrip("[")[:12]
            yield f"facts[{place}] (fact {number}): is not under seal {newest['number']}"


def _of_head(seals: list[dict[str, Any]], kept: Kept | None) -> Iterator[str]:
    if kept is None:
        return
    alike = [seal for seal in seals if kept.number in (None, seal["number"])]
    if not any(seal["head"].startswith(kept.head) for seal in alike):
        first, last = seals[0]["number"], seals[-1]["number"]
        yield f"seals: none of {first} to {last} has the head that was kept; this is of another ledger or time"
