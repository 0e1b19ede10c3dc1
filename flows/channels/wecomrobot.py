"""A group robot of WeCom (企业微信群机器人).

The vendor's page (form, mentions, 2048 bytes, 20 a minute): https://developer.work.weixin.qq.com/document/path/91770
"""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flows.channels.envelope import Envelope
from flows.channels.parted import JSON_HEADERS, packed, text
from flows.channels.place import Form, read_place
from flows.channels.receipt import Receipt
from flows.channels.robot import RobotTransport, is_mobile
from flows.channels.splitting import split
from flows.channels.verdict import Fault, judge
from models.pace import Pace

HOST = "qyapi.weixin.qq.com"
LIMIT = 2048  # bytes of UTF-8 in a text

# https://developer.work.weixin.qq.com/document/path/90313, which does not say which of WeCom's codes a robot meets.
# Whoever calls too often in a minute is shut out for one, says …/path/90454.
FAULTS = {
    -1: Fault.PASSING,  # system busy
    45009: Fault.BUSY,  # called too often
    45033: Fault.BUSY,  # called too often at once
    93000: Fault.CHANNEL,  # no robot has this key, or it was removed from the group
    93004: Fault.CHANNEL,  # the robot was disabled
    93008: Fault.CHANNEL,  # the robot is not in the group
    40001: Fault.CHANNEL,
    60020: Fault.CHANNEL,  # our address is not among those allowed
    40008: Fault.MESSAGE,  # no such kind of message
    40058: Fault.MESSAGE,  # a parameter, such as a text that is too long
    44004: Fault.MESSAGE,  # an empty text
    45002: Fault.MESSAGE,  # too long
    47001: Fault.MESSAGE,  # not the JSON it wants
    82004: Fault.MESSAGE,  # characters that it thinks break an app
}

FORM = Form(example="wecomrobot://KEY", parameters=frozenset({"server"}))


class WeComRobot(RobotTransport):
    """Says texts; a digest is plain text, which its Markdown would take for markup."""

    # 20 a minute. A quarter at a time, so that the next turn is never far; and what is reserved for a moment may
    # leave five seconds later, but no sooner.
    pace = Pace(calls=5, within=timedelta(seconds=16.25), penalty=timedelta(minutes=1))

    def parts(self, envelope: Envelope) -> list[str]:
        """Split at the vendor's limit."""
        return split(text(envelope), LIMIT)

    def say(self, part: str, envelope: Envelope) -> Receipt:
        """Post a text that calls the person."""
        called = "mentioned_mobile_list" if is_mobile(envelope.target) else "mentioned_list"
        said: dict[str, Any] = {"content": part, called: [envelope.target]}
        body = packed({"msgtype": "text", "text": said})
        reply = self.post(f"/cgi-bin/webhook/send?key={quote(self.token, safe='')}", body, JSON_HEADERS)
        return judge(reply, ("errcode",), FAULTS)


def open_transport(url: str, *, private: bool) -> WeComRobot:
    """Return the transport for a wecomrobot:// URL; raises BadChannel."""
    place = read_place(url, FORM)
    return WeComRobot(place, place.vendor(HOST, private=private))
