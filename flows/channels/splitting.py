"""Splitting a text into parts that a vendor takes, at line ends where that is possible."""

import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import count

Size = Callable[[str], int]  # of a text, the sum of its characters' sizes

_JOINER = "\u200d"
_SKINS = range(0x1F3FB, 0x1F400)
_FLAGS = range(0x1F1E6, 0x1F200)


def utf8(text: str) -> int:
    """Return a text's size in bytes of UTF-8."""
    return len(text.encode())


def in_json(text: str) -> int:
    """Return a text's size in bytes as it stands in a JSON document, between its quotes."""
    return utf8(json.dumps(text, ensure_ascii=False)) - 2


def split(text: str, limit: int, size: Size = utf8) -> list[str]:
    """Return the text as it is, or its parts, each marked (1/3) at its head and within the limit, mark included.

    Behind their marks the parts, put together, are the text. Only a line that is too long by itself is cut, never
    within a character, nor within what readers see as one. Raises ValueError for a limit that holds no character.
    """
    if size(text) <= limit:
        return [text]
    for digits in count(1):
        room = limit - size(_mark("9" * digits, "9" * digits))
        chunks = list(_chunks(text, room, size))
        if len(chunks) < 10**digits:
            break
    return [_mark(number, len(chunks)) + chunk for number, chunk in enumerate(chunks, 1)]


def _mark(number: object, total: object) -> str:
    return f"({number}/{total})\n"


def _chunks(text: str, room: int, size: Size) -> Iterator[str]:
    lines = text.splitlines(keepends=True)
    return _gathered((piece for line in lines for piece in _pieces(line, room, size)), room, size)


def _pieces(line: str, room: int, size: Size) -> Iterable[str]:
    """Return a line whole, or as many pieces as it needs."""
    return [line] if size(line) <= room else _gathered(_clusters(line, room, size), room, size)


def _gathered(pieces: Iterable[str], room: int, size: Size) -> Iterator[str]:
    """Yield the pieces, as many at a time as there is room for."""
    gathered, used = "", 0
    for piece in pieces:
        weight = size(piece)
        if used + weight > room:
            yield gathered
            gathered, used = "", 0
        gathered, used = gathered + piece, used + weight
    yield gathered


def _clusters(line: str, room: int, size: Size) -> Iterator[str]:
    """Yield what readers see as one character; where that is too long itself, the characters it is made of."""
    cluster = ""
    for sign in line:
        if cluster and not _belongs(sign, cluster):
            yield from _fitting(cluster, room, size)
            cluster = ""
        cluster += sign
    yield from _fitting(cluster, room, size)


def _fitting(cluster: str, room: int, size: Size) -> Iterator[str]:
    if size(cluster) <= room:
        yield cluster
        return
    for sign in cluster:
        if size(sign) > room:
            raise ValueError(f"a limit that leaves {room} for a part holds no character")
        yield sign


def _belongs(sign: str, cluster: str) -> bool:
    """Tell whether a character belongs to those before it: a mark, what a joiner joins, a skin, half a flag."""
    if unicodedata.category(sign).startswith("M") or sign == _JOINER or ord(sign) in _SKINS:
        return True
    if cluster.endswith(_JOINER) or (sign == "\n" and cluster == "\r"):
        return True
    return ord(sign) in _FLAGS and len(cluster) == 1 and ord(cluster) in _FLAGS
