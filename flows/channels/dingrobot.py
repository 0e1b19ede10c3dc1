"""A custom robot of DingTalk (钉钉自定义机器人), signed.

The vendor's pages, on form, mentions, `msgUuid`, 20 a minute and the ten minutes:
https://open.dingtalk.com/document/robots/custom-robot-access, in English
https://help.dingtalk.io/open/development/custom-robots-send-group-messages; on the signature:
https://open.dingtalk.com/document/robots/customize-robot-security-settings, in English
https://help.dingtalk.io/open/dingstart/customize-robot-security-settings.
"""

import base64
import hmac
from datetime import timedelta
from urllib.parse import urlencode

from flows.channels.envelope import Envelope
from flows.channels.parted import JSON_HEADERS, packed, text
from flows.channels.place import Form, read_place
from flows.channels.receipt import Receipt
from flows.channels.robot import RobotTransport, is_mobile
from flows.channels.splitting import in_json, split
from flows.channels.verdict import Fault, blame, document, judge
from models.clock import now
from models.pace import Pace

HOST = "oapi.dingtalk.com"
LIMIT = 20_000  # bytes of the request's body: so says the answer 460101
_AROUND = 450  # bytes of it around the text: the form, its key, and whom to call

# As others quote the first page above; what is marked as seen was answered to them, and stands in no list.
FAULTS = {
    -1: Fault.PASSING,  # system busy
    130101: Fault.BUSY,  # seen: more than 20 in a minute; nothing is taken for ten minutes
    302033: Fault.BUSY,  # the same, as it was called before
    410100: Fault.BUSY,  # called too often
    660026: Fault.BUSY,  # seen: too many in a minute
    88: Fault.CHANNEL,  # the token is not accepted
    300001: Fault.CHANNEL,  # no such token, as it was called before
    300005: Fault.CHANNEL,  # seen: no such token
    310000: Fault.CHANNEL,  # signature, timestamp, keyword or address does not meet the robot's security settings
    400013: Fault.CHANNEL,  # the group is dissolved
    400101: Fault.CHANNEL,  # no such token
    400102: Fault.CHANNEL,  # the robot is switched off
    400106: Fault.CHANNEL,  # no such robot
    40035: Fault.MESSAGE,  # a parameter is missing or wrong
    43004: Fault.MESSAGE,  # not the content type it wants
    400105: Fault.MESSAGE,  # no such kind of message
    430101: Fault.MESSAGE,  # a link that it thinks unsafe; this and the next three nobody was found to quote
    430102: Fault.MESSAGE,  # words that it thinks improper
    430103: Fault.MESSAGE,  # a picture that it thinks improper
    430104: Fault.MESSAGE,  # something else that it thinks improper
    460101: Fault.MESSAGE,  # seen: too long
    101002: Fault.MESSAGE,  # the same, as it was called before
}

FORM = Form(example="dingrobot://TOKEN?secret=SEC…", parameters=frozenset({"secret", "server"}))


class DingRobot(RobotTransport):
    """Says texts; whom it calls has to stand in the text as well.

    Each part has a key, the same on every attempt, by which the vendor knows a text that it already has.
    """

    # 20 a minute, see WeCom's; whoever calls more often is not heard for ten.
    pace = Pace(calls=5, within=timedelta(seconds=16.25), penalty=timedelta(minutes=10))

    def parts(self, envelope: Envelope) -> list[str]:
        """Split by what the text takes in the body."""
        return split(text(envelope), LIMIT - _AROUND, in_json)

    def say(self, part: str, envelope: Envelope) -> Receipt:
        """Post a text that calls the person."""
        called = "atMobiles" if is_mobile(envelope.target) else "atUserIds"
        said = {"content": f"@{envelope.target} {part}"}
        at = {called: [envelope.target], "isAtAll": False}
        key = f"{envelope.key}-{self.parts_accepted + 1}"
        body = packed({"msgtype": "text", "text": said, "at": at, "msgUuid": key})
        reply = self.post(self._path(), body, JSON_HEADERS)
        answer = document(reply)
        if "punish" in answer and "errcode" not in answer:  # seen: from the wall before the vendor's house
            return blame(Fault.BUSY, str(reply))
        return judge(reply, ("errcode",), FAULTS)

    def _path(self) -> str:
        query = {"access_token": self.token}
        if self.secret:
            timestamp = str(int(now().timestamp() * 1000))
            query |= {"timestamp": timestamp, "sign": sign(self.secret, timestamp)}
        return f"/robot/send?{urlencode(query)}"


def sign(secret: str, timestamp: str) -> str:
    """Return the signature for a timestamp in milliseconds, before it is encoded for the URL."""
    return base64.b64encode(hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), "sha256")).decode()


def open_transport(url: str, *, private: bool) -> DingRobot:
    """Return the transport for a dingrobot:// URL; raises BadChannel."""
    place = read_place(url, FORM)
    return DingRobot(place, place.vendor(HOST, private=private))
