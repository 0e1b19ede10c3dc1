"""Read channel URLs with Apprise's own parsers, and refuse what would be lost on us."""

import logging
from dataclasses import dataclass
from typing import Any

from apprise import NotifyBase

from flows.channels.asset import ASSET
from flows.channels.errors import BadChannel
from flows.channels.masking import mask

CONNECT_TIMEOUT = 5.0  # seconds; looking a name up has the system's own limits
READ_TIMEOUT = 15.0  # seconds, for each answer
# For the parsers: what Apprise logs of a URL may hold its login. (A logger that is only disabled is enabled again
# by whoever configures logging after us, and Prefect does.)
SILENCE = logging.getLogger("flows.channels.silence")
SILENCE.addFilter(lambda _record: False)

_LONGEST_TIMEOUT = 600.0
PORTS = range(1, 65_536)
_ALWAYS_HEEDED = frozenset({"cto", "rto", "verify", "user", "pass", "password"})


@dataclass(frozen=True, slots=True)
class Syntax:
    """How the URLs of one kind of channel are written."""

    parser: type[NotifyBase]
    example: str
    parameters: frozenset[str] = frozenset()  # beside those that every channel heeds
    prefixes: tuple[str, ...] = ()  # of parameters named freely, such as +Header


def read(url: str, syntax: Syntax) -> Any:  # noqa: ANN401 - Apprise's plugins are typed in part
    """Return Apprise's plugin for the URL, to take the settings from.

    Raises BadChannel for a URL that is incomplete, or holds a parameter that would silently not be heeded.
    """
    parts = syntax.parser.parse_url(url)
    if not parts:
        raise BadChannel(f"{mask(url)} is not a complete channel URL: write {syntax.example}")
    heeded = _ALWAYS_HEEDED | syntax.parameters
    if not all(name in heeded or name.startswith(syntax.prefixes) for name in parts["qsd"]):
        known = ", ".join([*sorted(heeded), *(f"{prefix}Name" for prefix in syntax.prefixes)])
        raise BadChannel(f"{mask(url)} has a parameter that would not be heeded: keep only {known}")
    for name in ("cto", "rto"):
        if name in parts and not is_timeout(parts[name]):
            raise BadChannel(timeout_sentence(url, name))
    if parts["port"] is not None and parts["port"] not in PORTS:
        raise BadChannel(f"{mask(url)} names a port that cannot be: ports go from 1 to 65535")
    try:
        return syntax.parser(**parts, asset=ASSET)
    except TypeError:  # Apprise's own sentence may hold the login
        raise BadChannel(f"{mask(url)} is not a complete channel URL: write {syntax.example}") from None


def timeout_sentence(url: str, name: str) -> str:
    """Say how a timeout is written."""
    return f"{mask(url)}: write {name}= in seconds, more than 0, at most {_LONGEST_TIMEOUT:.0f}"


def is_timeout(text: str) -> bool:
    """Tell whether a text is a time that one may wait, in seconds."""
    try:
        return 0 < float(text) <= _LONGEST_TIMEOUT
    except ValueError:
        return False
