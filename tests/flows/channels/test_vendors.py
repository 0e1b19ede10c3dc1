from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from apprise.manager_plugins import NotificationManager

from flows.channels import open_channel
from flows.channels.channel import MODULES
from flows.channels.dingrobot import sign as ding_sign
from flows.channels.feishurobot import sign as feishu_sign
from flows.channels.webhook import sign as webhook_sign
from flows.standins.dingrobot import DingRobotStandIn
from flows.standins.feishurobot import FeishuRobotStandIn
from flows.standins.opening import stand_in_for
from flows.standins.server import Answer, Break, Request, WebServer
from flows.standins.standin import StandIn, Told, served_by
from flows.standins.webhook import WebhookStandIn
from flows.standins.wecomapp import WeComAppStandIn
from flows.standins.wecomrobot import WeComRobotStandIn
from models.clock import now
from models.vocabulary import Outcome
from tests.flows.channels.samples import envelope
from tests.flows.channels.vendors import BODY, VENDORS

ONE_LINE = "督" * 1366  # 4 KB


def tomorrow() -> datetime:
    return now() + timedelta(days=1)


def send(server: StandIn, **changes: object) -> object:
    with open_channel(server.url) as channel:
        return channel.send(envelope(**changes))


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
def test_our_schemas_are_none_of_apprises_but_for_mail_and_json() -> None:
    apprise = set(NotificationManager().schemas())  # type: ignore[no-untyped-call]
    assert apprise & set(MODULES) == {"mailto", "mailtos", "json", "jsons"}


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_channel_says_the_subject_and_the_text(vendor: str) -> None:
    url, target = VENDORS[vendor]
    with stand_in_for(url) as server, open_channel(server.url) as channel:
        receipt = channel.send(envelope(target=target, subject='题目 "1"', body='第一行\n"引号" \\ 与 <at>\n'))
        assert channel.receipts == "the receiver's own answer"
    assert receipt.outcome is Outcome.ACCEPTED
    (shown,) = server.shown
    shown = json.loads(shown)["text"] if vendor == "smsgateway" else shown
    assert shown.rstrip("\n").endswith('题目 "1"\n\n第一行\n"引号" \\ 与 <at>')


@pytest.mark.parametrize("vendor", VENDORS)
def test_four_kilobytes_of_one_line_arrive_whole(vendor: str) -> None:
    url, target = VENDORS[vendor]
    with stand_in_for(url) as server, open_channel(server.url) as channel:
        receipt = channel.send(envelope(target=target, body=ONE_LINE))
    assert receipt.outcome is Outcome.ACCEPTED
    assert "".join(server.shown).count("督") == len(ONE_LINE) + 1  # one in the subject


@pytest.mark.parametrize(
    ("vendor", "target"),
    [
        *(
            (vendor, target)
            for vendor in ("wecomrobot", "dingrobot", "feishurobot")
            for target in ("", "all", "@all")
        ),
        ("wecomrobot", "张三"),
        ("feishurobot", "13800000000"),
        ("wecomapp", "a|b"),
        ("smsgateway", "zhang.san"),
    ],
)
def test_whoever_cannot_be_meant_is_refused_and_nothing_is_sent(vendor: str, target: str) -> None:
    with stand_in_for(VENDORS[vendor][0]) as server, open_channel(server.url) as channel:
        receipt = channel.send(envelope(target=target))
    assert (receipt.outcome, receipt.personal) == (Outcome.REFUSED, True)
    assert server.log == []


# what the vendors answer


@pytest.mark.parametrize(
    ("vendor", "calls", "waited"),
    [
        ("wecomrobot", 20, timedelta(minutes=1)),
        ("dingrobot", 20, timedelta(minutes=10)),
        ("feishurobot", 5, timedelta(seconds=1)),
    ],
)
def test_a_robot_is_heard_so_often_and_no_more(vendor: str, calls: int, waited: timedelta) -> None:
    url, target = VENDORS[vendor]
    moment = [now()]
    with stand_in_for(url, lambda: moment[0]) as server, open_channel(server.url) as channel:
        receipts = [channel.send(envelope(target=target, key=f"k{number}")) for number in range(calls + 1)]
        moment[0] += waited
        last = channel.send(envelope(target=target))
    assert [receipt.throttled for receipt in receipts] == [False] * calls + [True]
    assert receipts[-1].outcome is Outcome.RETRY
    assert last.outcome is Outcome.ACCEPTED
    assert len(server.shown) == calls + 1


class Saying(WebServer):
    """Says the same to everybody."""

    def __init__(self, status: int, said: dict[str, object]) -> None:
        super().__init__()
        self._said = Answer(status, json.dumps(said))

    def meet(self, _: Request) -> Answer:
        return self._said


@pytest.mark.parametrize(
    ("vendor", "status", "said", "outcome", "throttled"),
    [
        ("feishurobot", 200, {"StatusCode": 0, "StatusMessage": "success"}, Outcome.ACCEPTED, False),
        ("feishurobot", 200, {"StatusCode": 0, "code": 19021, "msg": "sign match fail"}, Outcome.RETRY, False),
        ("feishurobot", 200, {"code": 9499, "msg": "Bad Request"}, Outcome.REFUSED, False),
        ("feishurobot", 400, {"code": 9499, "msg": "too many request"}, Outcome.RETRY, True),
        ("feishurobot", 429, {"code": 99991400, "msg": "request trigger frequency limit"}, Outcome.RETRY, True),
        ("dingrobot", 200, {"status": 1111, "wait": 5, "source": "x5", "punish": "deny"}, Outcome.RETRY, True),
        ("dingrobot", 200, {"errcode": 660026, "errmsg": "sending too many messages"}, Outcome.RETRY, True),
        ("dingrobot", 200, {"errcode": 88, "sub_code": "40014"}, Outcome.RETRY, False),
        ("wecomrobot", 200, {"errcode": 45009, "errmsg": "api freq out of limit"}, Outcome.RETRY, True),
        ("wecomrobot", 200, {"errcode": 123_456, "errmsg": "never heard of"}, Outcome.RETRY, False),
        ("wecomrobot", 200, {"hello": "there"}, Outcome.IN_DOUBT, False),
        ("wecomrobot", 504, {}, Outcome.IN_DOUBT, False),
        ("wecomapp", 200, {"access_token": "t", "errcode": 60021, "errmsg": "not allow"}, Outcome.REFUSED, False),
    ],
)
def test_an_answer_is_taken_for_what_the_vendor_means_by_it(
    vendor: str,
    status: int,
    said: dict[str, object],
    outcome: Outcome,
    throttled: bool,  # noqa: FBT001 - a parameter
) -> None:
    url, target = VENDORS[vendor]
    with Saying(status, said) as server, open_channel(served_by(url, server.address)) as channel:
        receipt = channel.send(envelope(target=target))
    assert (receipt.outcome, receipt.throttled) == (outcome, throttled)


class Keeping(StandIn):
    """A stand-in that keeps the calls as they came."""

    calls: list[Request]

    def meet(self, request: Request) -> Answer | Break:
        self.calls = [*getattr(self, "calls", []), request]
        return super().meet(request)


class WeComRobotKept(Keeping, WeComRobotStandIn):
    pass


class DingRobotKept(Keeping, DingRobotStandIn):
    pass


@pytest.mark.parametrize(
    ("target", "member"), [("13800000000", "mentioned_mobile_list"), ("zhang.san", "mentioned_list")]
)
def test_wecoms_robot_calls_people_by_number_or_id(target: str, member: str) -> None:
    with WeComRobotKept(VENDORS["wecomrobot"][0]) as server:
        send(server, target=target)
    text = json.loads(server.calls[0].body)["text"]
    assert {name: value for name, value in text.items() if name != "content"} == {member: [target]}


@pytest.mark.parametrize(("target", "member"), [("13800000000", "atMobiles"), ("user123", "atUserIds")])
def test_dingtalks_robot_calls_people_in_the_text_too(target: str, member: str) -> None:
    with DingRobotKept(VENDORS["dingrobot"][0]) as server:
        send(server, target=target)
    post = json.loads(server.calls[0].body)
    assert post["at"] == {member: [target], "isAtAll": False}
    assert post["text"]["content"].startswith(f"@{target} ")


def test_dingtalk_knows_a_text_that_it_already_has() -> None:
    with DingRobotKept(VENDORS["dingrobot"][0]) as server, open_channel(server.url) as channel:
        again = [channel.send(envelope(target="13800000000")).outcome for _ in range(2)]
    assert again == [Outcome.ACCEPTED, Outcome.ACCEPTED]
    assert [json.loads(call.body)["msgUuid"] for call in server.calls] == ["4f1c9a-1", "4f1c9a-1"]
    assert len(server.shown) == 1


def test_dingtalks_signature_is_encoded_once() -> None:
    with DingRobotKept(VENDORS["dingrobot"][0]) as server:
        send(server, target="13800000000")
    query = dict(parse_qsl(urlsplit(server.calls[0].path).query, strict_parsing=True))
    expected = hmac.new(b"SECS3cr3t", f"{query['timestamp']}\nSECS3cr3t".encode(), hashlib.sha256).digest()
    assert base64.b64decode(query["sign"], validate=True) == expected


def test_the_signatures_are_those_of_the_vendors_examples() -> None:
    assert (
        ding_sign("this is secret", "1577262236757")
        == base64.b64encode(
            hmac.new(b"this is secret", b"1577262236757\nthis is secret", hashlib.sha256).digest()
        ).decode()
    )
    assert (
        feishu_sign("demo", "1599360473")
        == base64.b64encode(hmac.new(b"1599360473\ndemo", digestmod=hashlib.sha256).digest()).decode()
    )
    # the example of the Standard Webhooks specification
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signature = webhook_sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("stand_in", "vendor", "said"),
    [(DingRobotStandIn, "dingrobot", "310000"), (FeishuRobotStandIn, "feishurobot", "19021")],
)
def test_a_signature_of_another_day_is_the_channels_fault(
    stand_in: type[DingRobotStandIn | FeishuRobotStandIn], vendor: str, said: str
) -> None:
    url, target = VENDORS[vendor]
    with stand_in(url, tomorrow) as server, open_channel(server.url) as channel:
        receipt = channel.send(envelope(target=target))
    assert (receipt.outcome, receipt.personal, server.shown) == (Outcome.RETRY, False, [])
    assert said in receipt.detail


def test_a_webhooks_signature_of_another_day_is_not_taken() -> None:
    with WebhookStandIn(VENDORS["webhook"][0], tomorrow) as server, open_channel(server.url) as channel:
        assert channel.send(envelope()).outcome is Outcome.RETRY
    assert server.shown == []


@pytest.mark.parametrize("vendor", ["dingrobot", "feishurobot"])
def test_a_robot_without_a_secret_is_not_signed(vendor: str) -> None:
    url, target = VENDORS[vendor]
    with stand_in_for(url.partition("?")[0]) as server, open_channel(server.url) as channel:
        assert channel.send(envelope(target=target)).outcome is Outcome.ACCEPTED


# WeCom's applications


def test_one_access_token_serves_many_messages() -> None:
    with WeComAppStandIn(VENDORS["wecomapp"][0]) as server, open_channel(server.url) as channel:
        for number in range(5):
            assert channel.send(envelope(target="zhang", body=f"第{number}条")).outcome is Outcome.ACCEPTED
    assert len(server.tokens) == 1
    assert server.connections == 1


@pytest.mark.parametrize("gone", ["expired", "forgotten"])
def test_an_access_token_that_ran_out_is_renewed_within_the_attempt(gone: str) -> None:
    with WeComAppStandIn(VENDORS["wecomapp"][0]) as server, open_channel(server.url) as channel:
        channel.send(envelope(target="zhang"))
        if gone == "expired":
            server.tokens = dict.fromkeys(server.tokens, datetime.min.replace(tzinfo=UTC))
        else:
            server.tokens = {"another": now()}
        assert channel.send(envelope(target="zhang", body="又一条")).outcome is Outcome.ACCEPTED
    assert len(server.shown) == 2


def test_an_access_token_is_a_secret_too() -> None:
    class Echoing(WeComAppStandIn):
        def hear(self, request: Request) -> object:  # type: ignore[override]
            heard = super().hear(request)
            if self.is_message(request.path):
                heard.answer["errmsg"] = request.path
            return heard

    with Echoing(VENDORS["wecomapp"][0]) as server, open_channel(server.url) as channel:
        receipt = channel.send(envelope(target="zhang"))
    assert "stand-in-token" not in receipt.detail
    assert "access_token=***" in receipt.detail


@pytest.mark.parametrize("code", [0, 81013])
def test_a_person_whom_the_application_may_not_write_to_is_refused(code: int) -> None:
    with WeComAppStandIn(VENDORS["wecomapp"][0]) as server, open_channel(server.url) as channel:
        if code:
            server.strangers = {"zhang"}
        else:
            server.tell(Told.REFUSE)  # invaliduser in an answer of 0
        receipt = channel.send(envelope(target="zhang"))
    assert (receipt.outcome, receipt.personal) == (Outcome.REFUSED, True)
    assert f'"errcode": {code}' in receipt.detail


def test_wecom_drops_a_text_that_the_person_already_has() -> None:
    with WeComAppStandIn(VENDORS["wecomapp"][0]) as server, open_channel(server.url) as channel:
        receipts = [channel.send(envelope(target="zhang")).outcome for _ in range(2)]
    assert receipts == [Outcome.ACCEPTED, Outcome.ACCEPTED]
    assert len(server.shown) == 1


# SMS


def test_a_gateway_that_wants_a_form_gets_one() -> None:
    form = f"{VENDORS['smsgateway'][0].replace(BODY, 'to={target}%26text={text}')}&+X-App=S3cr3t-app"
    with stand_in_for(form) as server, open_channel(server.url) as channel:
        receipt = channel.send(envelope(target="+8613800000000", subject="a&b", body="督=办"))
    assert receipt.outcome is Outcome.ACCEPTED
    assert server.shown == ["to=%2B8613800000000&text=a%26b%0A%0A%E7%9D%A3%3D%E5%8A%9E"]


def test_an_answer_without_the_code_is_no_receipt() -> None:
    url = VENDORS["smsgateway"][0]
    with stand_in_for(url) as server, open_channel(server.url.replace("result.code", "status")) as channel:
        receipt = channel.send(envelope(target="13800000000"))
    assert receipt.outcome is Outcome.IN_DOUBT
    assert "without the code" in receipt.detail
