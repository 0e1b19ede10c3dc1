"""WeCom's applications, as https://developer.work.weixin.qq.com/document/path/90236 and …/91039 describe them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flows.channels.place import read_place
from flows.channels.wecomapp import FORM
from flows.standins.server import Request
from flows.standins.standin import Heard, StandIn, document, query, served_by
from flows.standins.wecomrobot import LIMIT, said
from models.clock import now

_LASTS = timedelta(hours=2)


class WeComAppStandIn(StandIn):
    """One application of one corporation; everybody but `strangers` may be written to."""

    throttled = said(45009, "api freq out of limit")
    refused = said(0, "ok", invaliduser="p", msgid="stand-in")
    broken = said(-1, "system busy")

    def __init__(self, url: str, clock: Callable[[], datetime] = now) -> None:
        place = read_place(url, FORM)
        super().__init__(place.password, clock)
        self._url, self._corporation, self._agent = url, place.user, place.host
        self.strangers: set[str] = set()
        self.tokens: dict[str, datetime] = {}
        self._known: dict[bytes, datetime] = {}

    @property
    def url(self) -> str:
        """The application's URL at this server."""
        return served_by(self._url, self.address)

    def is_message(self, path: str) -> bool:
        """Tell a message from asking for a token."""
        return path.startswith("/cgi-bin/message/send?")

    def hear(self, request: Request) -> Heard:
        """Judge a call."""
        asked = query(request)
        if request.path.startswith("/cgi-bin/gettoken?"):
            return self._give_token(asked)
        if not self.is_message(request.path):
            return Heard({}, status=404)
        token = asked.get("access_token")
        if token not in self.tokens:
            return said(40014, "invalid access_token")
        if self.clock() >= self.tokens[token]:
            return said(42001, "access_token expired")
        return self._take(document(request), request.body)

    def _give_token(self, asked: dict[str, str]) -> Heard:
        if asked.get("corpid") != self._corporation:
            return said(40013, "invalid corpid")
        if asked.get("corpsecret") != self.secret:
            return said(40001, "invalid credential")
        token = f"stand-in-token-{len(self.tokens) + 1}"
        self.tokens[token] = self.clock() + _LASTS
        return said(0, "ok", access_token=token, expires_in=int(_LASTS.total_seconds()))

    def _take(self, post: dict[str, Any], body: bytes) -> Heard:
        content = str((post.get("text") or {}).get("content", ""))
        if str(post.get("agentid")) != self._agent:
            return said(40056, "invalid agentid")
        if post.get("msgtype") != "text" or not content.strip():
            return said(44004, "text content is empty")
        user = str(post.get("touser", ""))
        if not user or user in self.strangers:
            return said(81013, "user & party & tag all invalid")
        if self._has(post, body):
            return said(0, "ok", msgid="stand-in")
        cut = content.encode()[:LIMIT].decode(errors="ignore")  # what is longer is cut off without a word
        return Heard({"errcode": 0, "errmsg": "ok", "msgid": "stand-in"}, shown=f"@{user} {cut}")

    def _has(self, post: dict[str, Any], body: bytes) -> bool:
        """Tell whether the very same was sent a short while ago, where that is to be looked at."""
        known_until = self._known.get(body)
        if not post.get("enable_duplicate_check"):
            return False
        remembered = timedelta(seconds=min(int(post.get("duplicate_check_interval", 1800)), 14_400))
        self._known[body] = self.clock() + remembered
        return known_until is not None and self.clock() < known_until
