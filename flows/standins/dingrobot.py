"""DingTalk's custom robots, as the pages in `flows/channels/dingrobot.py` describe them."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flows.channels.dingrobot import FORM
from flows.channels.place import read_place
from flows.standins.server import Request
from flows.standins.standin import Heard, StandIn, Throttle, document, query, served_by
from flows.standins.wecomrobot import said
from models.clock import now

LIMIT = 20_000
_HOUR = timedelta(hours=1)


class DingRobotStandIn(StandIn):
    """One robot in one group, whose security setting is the signature, where the URL has a secret."""

    throttled = said(130101, "send too fast, exceed 20 times per minute")
    refused = said(430102, "message contains inappropriate words")
    broken = said(-1, "system busy")

    def __init__(self, url: str, clock: Callable[[], datetime] = now) -> None:
        place = read_place(url, FORM)
        super().__init__(place.parameters.get("secret", ""), clock)
        self._url, self._token = url, place.host
        self.throttles = (Throttle(20, timedelta(minutes=1), timedelta(minutes=10)),)

    @property
    def url(self) -> str:
        """The robot's URL at this server."""
        return served_by(self._url, self.address)

    def hear(self, request: Request) -> Heard:
        """Judge a call."""
        asked = query(request)
        if not request.path.startswith("/robot/send?") or asked.get("access_token") != self._token:
            return said(300005, "token is not exist")
        if self.secret and not self._is_signed(asked.get("timestamp", ""), asked.get("sign", "")):
            return said(310000, "sign not match, or timestamp is not within one hour")
        if "json" not in request.headers.get("content-type", ""):
            return said(43004, "Content-Type must be application/json")
        if len(request.body) > LIMIT:
            return said(460101, "message too long, exceed 20000 bytes")
        post = document(request)
        content = str((post.get("text") or {}).get("content", ""))
        if post.get("msgtype") != "text" or not content.strip():
            return said(40035, "param error: text is missing")
        return Heard({"errcode": 0, "errmsg": "ok"}, shown=content, key=str(post.get("msgUuid", "")))

    def _is_signed(self, timestamp: str, sign: str) -> bool:
        if not timestamp.isdigit():
            return False
        signed_at = datetime.fromtimestamp(int(timestamp) / 1000, UTC)
        signed = hmac.new(self.secret.encode(), f"{timestamp}\n{self.secret}".encode(), hashlib.sha256)
        return abs(self.clock() - signed_at) < _HOUR and sign == base64.b64encode(signed.digest()).decode()
