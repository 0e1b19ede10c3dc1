"""The Merkle tree of RFC 6962 and RFC 9162: one hash over a list that only grows, and short proofs about it.

A node is named by its level, leaves being at 0, and its place from the left. Only the ragged right edge of a tree has
nodes that later leaves may change; every other node is perfect, and stands for good.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()
"""The root over nothing."""

LEAF, NODE = b"\x00", b"\x01"
"""What goes before the bytes of an entry, and before those of two nodes, when they are hashed."""

Place = tuple[int, int]
"""The level of a node, and its place from the left."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one entry."""
    return sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two nodes."""
    return sha256(NODE + left + right).digest()


class Tree:
    """A tree that is known by its peaks alone, the roots of its perfect parts: enough to grow, and for its root.

    Nodes at the places in `keep` are remembered as they come into being, for proofs.
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = (), keep: Collection[Place] = ()) -> None:
        """Continue a tree of so many leaves, its peaks from the left to the right."""
        self.size = size
        levels = [level for level in range(size.bit_length()) if size >> level & 1]
        self._peaks = dict(zip(reversed(levels), peaks, strict=True))
        self._keep: dict[int, set[int]] = {}
        for level, place in keep:
            self._keep.setdefault(level, set()).add(place)
        self._kept: dict[Place, bytes] = {}

    @property
    def peaks(self) -> list[bytes]:
        """The roots of the perfect parts, from the left to the right."""
        return [self._peaks[level] for level in sorted(self._peaks, reverse=True)]

    @property
    def root(self) -> bytes:
        """The one hash over all leaves."""
        return self._fold(self._peaks) if self._peaks else EMPTY

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add the hashes of further entries at the right, level by level."""
        nodes, level = list(leaves), 0
        size = self.size + len(nodes)
        while nodes:
            if self.size >> level & 1:
                nodes.insert(0, self._peaks.pop(level))
            self._remember(level, self.size >> level & ~1, nodes)
            if len(nodes) & 1:
                self._peaks[level] = nodes.pop()
            pair = iter(nodes)
            nodes = [sha256(NODE + left + right).digest() for left, right in zip(pair, pair, strict=True)]
            level += 1
        self.size = size

    def node(self, place: Place) -> bytes:
        """Return a node that was to be kept, or one at the ragged edge. Raises KeyError for any other."""
        level, number = place
        if (number + 1) << level > self.size > number << level:
            return self._fold(lower for lower in self._peaks if lower < level)
        return self._kept[place]

    def _remember(self, level: int, first: int, nodes: Sequence[bytes]) -> None:
        for number in self._keep.get(level, ()):
            if first <= number < first + len(nodes):
                self._kept[level, number] = nodes[number - first]

    def _fold(self, levels: Iterable[int]) -> bytes:
        low, *higher = sorted(levels)
        root = self._peaks[low]
        for level in higher:
            root = node_hash(self._peaks[level], root)
        return root


def path(index: int, size: int, level: int = 0) -> Iterator[Place]:
    """Yield the places whose nodes lead from one node of a tree to its root: an inclusion proof, for a leaf."""
    while last := (size - 1) >> level:
        if index & 1 or index < last:
            yield level, index ^ 1
        index >>= 1
        level += 1


def bridge(former: int, size: int) -> Iterator[Place]:
    """Yield the places whose nodes prove that a tree has grown from the first `former` of its leaves."""
    if not 0 < former < size:
        return
    level = (former & -former).bit_length() - 1
    index = (former - 1) >> level
    if index:
        yield level, index
    yield from path(index, size, level)


def root_by_path(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to; None where it does not fit the place (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    last, root = size - 1, leaf
    for node in proof:
        if last == 0:
            return None
        if index & 1 or index == last:
            root = node_hash(node, root)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            root = node_hash(root, node)
        index, last = index >> 1, last >> 1
    return root if last == 0 else None


def has_grown(former: int, former_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether a proof shows that one tree has grown from another one (RFC 9162, 2.1.4.2)."""
    if former in (0, size):
        return not proof and former_root == (root if former else EMPTY)
    if not 0 < former < size or not proof:
        return False
    nodes = list(proof) if former & (former - 1) else [former_root, *proof]
    index, last = former - 1, size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    first = second = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            first, second = node_hash(node, first), node_hash(node, second)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            second = node_hash(second, node)
        index, last = index >> 1, last >> 1
    return last == 0 and (first, second) == (former_root, root)
