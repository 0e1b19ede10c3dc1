"""A receiver of webhooks as https://www.standardwebhooks.com wants it."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flows.channels.address import read
from flows.channels.webhook import SYNTAX, signing_key
from flows.standins.server import Request
from flows.standins.standin import Heard, StandIn, document, moved_to
from models.clock import now

_TOLERANCE = timedelta(minutes=5)


class WebhookStandIn(StandIn):
    """Takes a post once for each Idempotency-Key; signed, where the URL has a secret."""

    throttled = Heard({"error": "too many"}, status=429)
    refused = Heard({"error": "no such room"}, status=410)
    broken = Heard({"errcode": -1, "errmsg": "system busy"})

    def __init__(self, url: str, clock: Callable[[], datetime] = now) -> None:
        super().__init__(read(url, SYNTAX).secret, clock)
        self._url = url

    @property
    def url(self) -> str:
        """The webhook's URL at this server."""
        return moved_to(self._url, self.address)

    def hear(self, request: Request) -> Heard:
        """Judge a call."""
        if self.secret and not self._is_signed(request):
            return Heard({"error": "the signature does not match"}, status=401)
        key, post = request.headers.get("idempotency-key", ""), document(request)
        shown = f"@{post.get('target')} {post.get('subject')}\n\n{post.get('body')}"
        return Heard({"ok": True}, shown=shown, key=key)

    def _is_signed(self, request: Request) -> bool:
        brought = [request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")]
        message, timestamp, signature = brought
        if not timestamp.isdigit():
            return False
        fresh = abs(self.clock() - datetime.fromtimestamp(int(timestamp), UTC)) < _TOLERANCE
        signed = f"{message}.{timestamp}.".encode() + request.body
        digest = hmac.new(signing_key(self.secret, self._url), signed, hashlib.sha256).digest()
        return fresh and signature == f"v1,{base64.b64encode(digest).decode()}"
