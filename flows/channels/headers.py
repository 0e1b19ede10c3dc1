"""Headers that a channel's URL adds to our own."""

import re
from collections.abc import Mapping

from flows.channels.errors import BadChannel
from flows.channels.masking import mask

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_OURS = frozenset(
    {
        "content-length",
        "content-type",
        "host",
        "idempotency-key",
        "transfer-encoding",
        "webhook-id",
        "webhook-signature",
        "webhook-timestamp",
    }
)


def refuse_bad(headers: Mapping[str, str], url: str) -> None:
    """Raise BadChannel for a header that is ours, or none at all."""
    for name, value in headers.items():
        if name.lower() in _OURS or not (_TOKEN.fullmatch(name) and value.isascii() and value.isprintable()):
            raise BadChannel(
                f"{mask(url)} has a +Header that duban sets itself, or that HTTP cannot carry: remove it"
            )
