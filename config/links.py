"""Links and codes: what a message carries so that its reader can acknowledge it, and nothing else.

A token names the message and its last day in clear, and signs them together with the message's key and its person:
`41.739000.xYz…`. So it is short enough for a text message, and good for that message alone.
"""

import hmac
import os
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from itsdangerous import Signer

from config.problems import Malformed, Problem
from config.settings import Settings, refuse_readable
from models.errors import DubanError

_BYTES = 32
_LETTERS = "2346789ACEFHJKMNPRTWXY"  # none is taken for another, read or heard
_LENGTH = 6


class NoToken(DubanError):
    """What stands in a link is no token."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """What a token is bound to beside its last day: a message, by its number and its key, and the person."""

    message_id: int
    key: str
    person_id: int


@dataclass(frozen=True, slots=True)
class Call:
    """How a reader replies: under a link, where the office has a page, and with a code; through a last day."""

    link: str | None
    code: str
    through: date


def secret(settings: Settings) -> bytes:
    """Return the key that signs: of the settings, or else of a file in duban's home, made on first need."""
    found = known_secret(settings)
    if found is None:
        _make(settings.home / "secret")
        found = known_secret(settings)
    return found or b""


def known_secret(settings: Settings) -> bytes | None:
    """Return the key that signs, None where there is none yet; nothing is made. Raises Malformed."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    file = settings.home / "secret"
    if not file.exists():
        return None
    refuse_readable(file)
    found = file.read_bytes()
    if len(found) < _BYTES:
        raise Malformed(
            [Problem(str(file), "is cut short; restore it, or remove it and give up the links sent before")]
        )
    return found


def call(settings: Settings, to: Addressed, through: date) -> Call:
    """Return how the reader of a message can reply to it."""
    key = secret(settings)
    link = f"{settings.desk_url.rstrip('/')}/a/{sign(key, to, through)}" if settings.desk_url else None
    return Call(link, code(key, to.key), through)


def sign(key: bytes, to: Addressed, through: date) -> str:
    """Return the token of a message."""
    signature = Signer(key, salt="duban.acknowledge").get_signature(
        f"{to.message_id}.{to.key}.{to.person_id}.{through.toordinal()}"
    )
    return f"{to.message_id}.{through.toordinal()}.{signature.decode()}"


def named(token: str) -> tuple[int, date]:
    """Return the message and the last day that a token names, which proves nothing yet. Raises `NoToken`."""
    try:
        number, day, _ = token.split(".")
        return int(number), date.fromordinal(int(day))
    except (ValueError, OverflowError) as error:
        raise NoToken("This is no link of duban's.") from error


def is_genuine(key: bytes, token: str, to: Addressed) -> bool:
    """Tell whether a token is the very one that was signed for a message, to the last character."""
    _, through = named(token)
    return hmac.compare_digest(token.encode(), sign(key, to, through).encode())


def code(key: bytes, message_key: str) -> str:
    """Return the code of a message, easy to read aloud; it names the message to somebody who knows its reader."""
    number = int.from_bytes(hmac.digest(key, f"duban.code.{message_key}".encode(), sha256), "big")
    letters = []
    for _ in range(_LENGTH):
        number, place = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[place])
    return "".join(letters)


def _make(file: Path) -> None:
    """Write a random key that its owner alone can read; of two at once, both end up with the same one."""
    new = file.with_name(f"{file.name}.{os.getpid()}.{os.urandom(4).hex()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(os.urandom(_BYTES).hex().encode())
        opened.flush()
        os.fsync(opened.fileno())
    try:
        os.link(new, file)  # fails where the other one was first
    except FileExistsError:
        pass
    finally:
        new.unlink()
