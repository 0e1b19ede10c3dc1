"""A custom robot of Feishu (飞书自定义机器人), signed.

The vendor's page (form, mentions, signature, 20 KB, 100 a minute and 5 a second):
https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
"""

import base64
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flows.channels.envelope import Envelope
from flows.channels.exchange import Reply
from flows.channels.parted import JSON_HEADERS, packed, text
from flows.channels.place import Form, read_place
from flows.channels.receipt import Receipt
from flows.channels.robot import RobotTransport, is_mobile
from flows.channels.splitting import in_json, split
from flows.channels.verdict import Fault, document, judge
from models.clock import now
from models.pace import Pace

HOST = "open.feishu.cn"
LIMIT = 20_480  # bytes of the request's body
_AROUND = 600  # bytes of it around the text: the form, the signature, and whom to call

_MALFORMED = 9499

# The page above; what is marked as seen was answered to others, and stands in no list.
FAULTS = {
    _MALFORMED: Fault.MESSAGE,  # not the body it wants, or too large
    11232: Fault.BUSY,  # called too often, or everybody calls: at the full and the half hour
    99991400: Fault.BUSY,  # https://open.feishu.cn/document/server-docs/api-call-guide/frequency-control
    19001: Fault.CHANNEL,  # seen: no such robot
    19007: Fault.CHANNEL,  # seen: the robot is switched off
    19021: Fault.CHANNEL,  # signature or timestamp
    19022: Fault.CHANNEL,  # our address is not among those allowed
    19024: Fault.CHANNEL,  # none of the keywords that the robot's settings want
    19002: Fault.MESSAGE,  # seen: a parameter is missing
}

FORM = Form(example="feishurobot://TOKEN?secret=SECRET", parameters=frozenset({"secret", "server"}))


class FeishuRobot(RobotTransport):
    """Says posts (富文本), in which a call is no part of the text, and the text is no markup."""

    # 100 a minute and 5 a second: five in 3.25 seconds are both, with five seconds to spare, see WeCom's.
    pace = Pace(calls=5, within=timedelta(seconds=3.25), penalty=timedelta(minutes=1))

    def unfit(self, target: str) -> str | None:
        """Say why nobody can be called by a target: this vendor's robots know no numbers."""
        if is_mobile(target):
            return "the target is a mobile number, but Feishu's robots call people by open_id or user_id"
        return super().unfit(target)

    def parts(self, envelope: Envelope) -> list[str]:
        """Split by what the text takes in the body."""
        return split(text(envelope), LIMIT - _AROUND, in_json)

    def say(self, part: str, envelope: Envelope) -> Receipt:
        """Post a text that calls the person."""
        calling = [{"tag": "at", "user_id": envelope.target}]
        lines = [calling, [{"tag": "text", "text": part}]]
        post: dict[str, Any] = {"msg_type": "post", "content": {"post": {"zh_cn": {"content": lines}}}}
        if self.secret:
            timestamp = str(int(now().timestamp()))
            post |= {"timestamp": timestamp, "sign": sign(self.secret, timestamp)}
        reply = self.post(f"/open-apis/bot/v2/hook/{quote(self.token, safe='')}", packed(post), JSON_HEADERS)
        return judge(reply, ("code", "StatusCode"), _faults(reply))


def _faults(reply: Reply) -> Mapping[int, Fault]:
    """Return what the codes mean in a reply: one of them has been seen to say "too many request" as well."""
    busy = "too many" in str(document(reply).get("msg", ""))
    return FAULTS | {_MALFORMED: Fault.BUSY} if busy else FAULTS


def sign(secret: str, timestamp: str) -> str:
    """Return the signature for a timestamp in seconds: of nothing, with both as the key."""
    return base64.b64encode(hmac.digest(f"{timestamp}\n{secret}".encode(), b"", "sha256")).decode()


def open_transport(url: str, *, private: bool) -> FeishuRobot:
    """Return the transport for a feishurobot:// URL; raises BadChannel."""
    place = read_place(url, FORM)
    return FeishuRobot(place, place.vendor(HOST, private=private))
