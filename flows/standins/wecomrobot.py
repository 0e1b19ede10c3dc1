"""WeCom's group robots, as https://developer.work.weixin.qq.com/document/path/91770 describes them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flows.channels.place import read_place
from flows.channels.wecomrobot import FORM
from flows.standins.server import Request
from flows.standins.standin import Heard, StandIn, Throttle, document, query, served_by
from models.clock import now

LIMIT = 2048


def said(errcode: int, errmsg: str, **more: object) -> Heard:
    """Return an answer in WeCom's form."""
    return Heard({"errcode": errcode, "errmsg": errmsg, **more})


class WeComRobotStandIn(StandIn):
    """One robot in one group."""

    throttled = said(45009, "api freq out of limit")
    refused = said(40058, "content exceed max length. invalid Request Parameter")
    broken = said(-1, "system busy")

    def __init__(self, url: str, clock: Callable[[], datetime] = now) -> None:
        super().__init__(read_place(url, FORM).host, clock)
        self._url = url
        self.throttles = (Throttle(20, timedelta(minutes=1)),)

    @property
    def url(self) -> str:
        """The robot's URL at this server."""
        return served_by(self._url, self.address)

    def hear(self, request: Request) -> Heard:
        """Judge a call."""
        if not request.path.startswith("/cgi-bin/webhook/send?") or query(request).get("key") != self.secret:
            return said(93000, "invalid webhook url, hint: [stand-in]")
        post = document(request)
        if not post:
            return said(47001, "data format error")
        if post.get("msgtype") != "text":
            return said(40008, "invalid message type")
        return _text(post.get("text") or {})


def _text(text: dict[str, Any]) -> Heard:
    content = str(text.get("content", ""))
    if not content.strip():
        return said(44004, "text content is empty")
    if len(content.encode()) > LIMIT:
        return WeComRobotStandIn.refused
    called = [*text.get("mentioned_list", ()), *text.get("mentioned_mobile_list", ())]
    return Heard({"errcode": 0, "errmsg": "ok"}, shown="".join(f"@{one} " for one in called) + content)
