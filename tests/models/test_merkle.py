from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.merkle import EMPTY, Tree, bridge, has_grown, leaf_hash, path, root_by_path

VECTORS = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The reference entries of the certificate-transparency project, and the roots over the first 0 to 8 of them."""

entries = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


def mth(data: list[bytes]) -> bytes:
    """MTH, as RFC 6962 section 2.1 writes it."""
    if not data:
        return sha256(b"").digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    k = split(len(data))
    return sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def audit_path(m: int, data: list[bytes]) -> list[bytes]:
    """PATH, as section 2.1.1 writes it."""
    if len(data) == 1:
        return []
    k = split(len(data))
    if m < k:
        return [*audit_path(m, data[:k]), mth(data[k:])]
    return [*audit_path(m - k, data[k:]), mth(data[:k])]


def subproof(m: int, data: list[bytes], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF, as section 2.1.2 writes it."""
    if m == len(data):
        return [] if whole else [mth(data)]
    k = split(len(data))
    if m <= k:
        return [*subproof(m, data[:k], whole=whole), mth(data[k:])]
    return [*subproof(m - k, data[k:], whole=False), mth(data[:k])]


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    return 1 << (n - 1).bit_length() - 1


def tree(data: list[bytes], keep: list[tuple[int, int]] | None = None) -> Tree:
    grown = Tree(keep=keep or [])
    grown.extend(map(leaf_hash, data))
    return grown


def inclusion(index: int, data: list[bytes]) -> list[bytes]:
    places = list(path(index, len(data)))
    grown = tree(data, places)
    return [grown.node(place) for place in places]


def consistency(former: int, data: list[bytes]) -> list[bytes]:
    places = list(bridge(former, len(data)))
    grown = tree(data, places)
    return [grown.node(place) for place in places]


def flipped(proof: list[bytes], bit: int) -> list[bytes]:
    """The proof with one bit of it turned."""
    where, within = divmod(bit % (256 * len(proof)), 256)
    number = int.from_bytes(proof[where]) ^ 1 << within
    return [*proof[:where], number.to_bytes(32), *proof[where + 1 :]]


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_the_published_roots_come_out(size: int) -> None:
    assert tree(VECTORS[:size]).root.hex() == ROOTS[size]


def test_the_published_proofs_come_out() -> None:
    assert [node.hex() for node in inclusion(5, VECTORS)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [node.hex() for node in consistency(6, VECTORS)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(data=entries)
def test_the_root_is_the_one_that_the_rfc_defines(data: list[bytes]) -> None:
    assert tree(data).root == mth(data)


@given(data=entries, cuts=st.lists(st.integers(0, 70)))
def test_a_tree_that_grows_in_pieces_and_is_put_away_between_is_the_same(data: list[bytes], cuts: list[int]) -> None:
    grown, done = Tree(), 0
    for cut in [*sorted(cuts), len(data)]:
        grown = Tree(grown.size, grown.peaks)
        grown.extend(map(leaf_hash, data[done:cut]))
        done = max(done, min(cut, len(data)))
    assert (grown.size, grown.root) == (len(data), mth(data))


@pytest.mark.parametrize("size", range(1, 34))
def test_every_proof_of_every_small_tree_is_the_one_that_the_rfc_defines_and_holds(size: int) -> None:
    data = [bytes([number]) for number in range(size)]
    root = mth(data)
    for number in range(size):
        proof = inclusion(number, data)
        assert proof == audit_path(number, data)
        assert root_by_path(leaf_hash(data[number]), number, size, proof) == root
    for former in range(1, size + 1):
        proof = consistency(former, data)
        assert proof == subproof(former, data)
        assert has_grown(former, mth(data[:former]), size, root, proof)
    assert has_grown(0, EMPTY, size, root, [])


@given(data=entries, index=st.integers(0, 69), other=st.integers(0, 69), bit=st.integers(0))
def test_no_inclusion_proof_holds_with_a_bit_turned_or_for_another_place(
    data: list[bytes], index: int, other: int, bit: int
) -> None:
    size = len(data)
    index, other = index % size, other % size
    proof, root, leaf = inclusion(index, data), mth(data), leaf_hash(data[index])
    assert root_by_path(flipped([leaf], bit)[0], index, size, proof) != root
    if proof:
        assert root_by_path(leaf, index, size, flipped(proof, bit)) != root
        assert root_by_path(leaf, index, size, proof[1:]) != root
    assert root_by_path(leaf, index, size, [*proof, root]) is None
    assert root_by_path(leaf, size, size, proof) is None
    if leaf_hash(data[other]) != leaf:
        assert root_by_path(leaf, other, size, inclusion(other, data)) != root


@given(data=entries, former=st.integers(1, 70), bit=st.integers(0))
def test_no_consistency_proof_holds_with_a_bit_turned_or_for_another_history(
    data: list[bytes], former: int, bit: int
) -> None:
    size = len(data)
    former = (former - 1) % size + 1
    proof, root, before = consistency(former, data), mth(data), mth(data[:former])
    assert not has_grown(former, flipped([before], bit)[0], size, root, proof)
    assert not has_grown(former, before, size, flipped([root], bit)[0], proof)
    assert not has_grown(size + 1, before, size, root, proof)
    assert not has_grown(former, before, size, root, [*proof, root])
    if proof:
        assert not has_grown(former, before, size, root, flipped(proof, bit))
        assert not has_grown(former, before, size, root, proof[:-1])
