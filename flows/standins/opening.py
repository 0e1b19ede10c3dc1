"""Which stand-in takes the place of which vendor."""

from collections.abc import Callable
from datetime import datetime

from flows.channels.errors import UnknownChannel
from flows.channels.masking import mask
from flows.standins.dingrobot import DingRobotStandIn
from flows.standins.feishurobot import FeishuRobotStandIn
from flows.standins.mail import MailStandIn
from flows.standins.smsgateway import SmsGatewayStandIn
from flows.standins.standin import StandIn
from flows.standins.webhook import WebhookStandIn
from flows.standins.wecomapp import WeComAppStandIn
from flows.standins.wecomrobot import WeComRobotStandIn
from models.clock import now

_STAND_INS: dict[str, Callable[[str, Callable[[], datetime]], StandIn]] = {
    "dingrobot": DingRobotStandIn,
    "feishurobot": FeishuRobotStandIn,
    "json": WebhookStandIn,
    "jsons": WebhookStandIn,
    "mailto": MailStandIn,
    "mailtos": MailStandIn,
    "smsgateway": SmsGatewayStandIn,
    "smsgateways": SmsGatewayStandIn,
    "wecomapp": WeComAppStandIn,
    "wecomrobot": WeComRobotStandIn,
}


def stand_in_for(url: str, clock: Callable[[], datetime] = now) -> StandIn:
    """Return the stand-in of a channel's vendor, which knows the secrets in the URL; it serves in a `with` block.

    Raises UnknownChannel where nobody stands in, BadChannel for a URL of no use.
    """
    schema = url.partition("://")[0].lower()
    if schema not in _STAND_INS:
        known = ", ".join(f"{name}://" for name in _STAND_INS)
        raise UnknownChannel(f"{mask(url)} has no stand-in: leave --stand-in out; there are some for {known}")
    return _STAND_INS[schema](url, clock)
