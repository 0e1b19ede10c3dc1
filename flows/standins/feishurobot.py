"""Feishu's custom robots, as https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot describes them."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flows.channels.feishurobot import FORM
from flows.channels.place import read_place
from flows.standins.server import Request
from flows.standins.standin import Heard, StandIn, Throttle, document, served_by
from models.clock import now

LIMIT = 20_480
_HOUR = timedelta(hours=1)


def said(code: int, message: str) -> Heard:
    """Return an error in Feishu's form."""
    return Heard({"code": code, "msg": message, "data": {}})


class FeishuRobotStandIn(StandIn):
    """One robot in one group, whose security setting is the signature, where the URL has a secret."""

    throttled = said(11232, "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]")
    refused = said(9499, "Bad Request")
    broken = said(5000, "internal error")

    def __init__(self, url: str, clock: Callable[[], datetime] = now) -> None:
        place = read_place(url, FORM)
        super().__init__(place.parameters.get("secret", ""), clock)
        self._url, self._token = url, place.host
        self.throttles = (Throttle(100, timedelta(minutes=1)), Throttle(5, timedelta(seconds=1)))

    @property
    def url(self) -> str:
        """The robot's URL at this server."""
        return served_by(self._url, self.address)

    def hear(self, request: Request) -> Heard:
        """Judge a call."""
        if request.path != f"/open-apis/bot/v2/hook/{self._token}":
            return said(19001, "param invalid: incoming webhook access token invalid")
        if len(request.body) > LIMIT:
            return said(9499, "Bad Request: the body is larger than 20 KB")
        post = document(request)
        if self.secret and not self._is_signed(str(post.get("timestamp", "")), str(post.get("sign", ""))):
            return said(19021, "sign match fail or timestamp is not within one hour from current time")
        lines = post.get("content", {}).get("post", {}).get("zh_cn", {}).get("content", [])
        tags = [tag for line in lines for tag in line]
        if post.get("msg_type") != "post" or not tags:
            return said(9499, "Bad Request")
        shown = "".join(f"@{tag['user_id']} " if tag["tag"] == "at" else tag["text"] for tag in tags)
        done = {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}
        return Heard(done, shown=shown)

    def _is_signed(self, timestamp: str, sign: str) -> bool:
        if not timestamp.isdigit():
            return False
        signed_at = datetime.fromtimestamp(int(timestamp), UTC)
        signed = hmac.new(f"{timestamp}\n{self.secret}".encode(), b"", hashlib.sha256)
        return abs(self.clock() - signed_at) < _HOUR and sign == base64.b64encode(signed.digest()).decode()
