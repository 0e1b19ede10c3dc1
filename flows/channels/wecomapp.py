"""An application of WeCom (企业微信应用), which writes to each person alone.

The vendor's pages: https://developer.work.weixin.qq.com/document/path/90236 (messages: 2048 bytes, more is cut off;
texts that the person already has are dropped), …/path/91039 (the access token).
"""

from urllib.parse import urlencode

from flows.channels.answer import number
from flows.channels.envelope import Envelope
from flows.channels.errors import BadChannel
from flows.channels.exchange import Server
from flows.channels.masking import mask
from flows.channels.parted import JSON_HEADERS, USER, PartedTransport, packed, text
from flows.channels.place import Form, Place, read_place
from flows.channels.receipt import Receipt
from flows.channels.splitting import split
from flows.channels.verdict import Fault, blame, document, judge
from flows.channels.wecomrobot import HOST, LIMIT
from models.vocabulary import Outcome

TOKEN_GONE = frozenset({40014, 42001})  # an access token that is wrong by now, or has run out
_REMEMBERS = 4 * 60 * 60  # seconds, at most, for which the vendor drops a message that it already has

# https://developer.work.weixin.qq.com/document/path/90313
FAULTS = {
    -1: Fault.PASSING,  # system busy
    45009: Fault.BUSY,  # called too often
    45033: Fault.BUSY,  # called too often at once
    40001: Fault.CHANNEL,  # no such secret
    40013: Fault.CHANNEL,  # no such corporation
    40014: Fault.CHANNEL,
    40056: Fault.CHANNEL,  # no such application
    41001: Fault.CHANNEL,
    42001: Fault.CHANNEL,
    48002: Fault.CHANNEL,  # the application may not do that
    50003: Fault.CHANNEL,  # the application is switched off
    60011: Fault.CHANNEL,  # the application may not do that to whomever it names
    60020: Fault.CHANNEL,  # our address is not among those allowed
    301002: Fault.CHANNEL,  # not this application's
    40008: Fault.MESSAGE,  # no such kind of message
    40058: Fault.MESSAGE,  # a parameter
    44004: Fault.MESSAGE,  # an empty text
    45002: Fault.MESSAGE,  # too long
    47001: Fault.MESSAGE,  # not the JSON it wants
    82004: Fault.MESSAGE,  # characters that it thinks break an app
    40003: Fault.PERSON,  # no such user
    40031: Fault.PERSON,
    46004: Fault.PERSON,  # no such user
    60021: Fault.PERSON,  # not among those whom the application sees
    60111: Fault.PERSON,  # no such user
    81013: Fault.PERSON,  # nobody named may be written to by this application
    82001: Fault.PERSON,  # nobody is named
}

FORM = Form(example="wecomapp://CORPID:SECRET@AGENTID", parameters=frozenset({"server"}), login=True)


class WeComApp(PartedTransport):
    """Writes to the user `envelope.target`.

    The access token is fetched with the first message, kept as long as it lasts, and fetched anew where the vendor
    says that it has run out. Within four hours the vendor itself drops a text that the person already has.
    """

    def __init__(self, place: Place, server: Server) -> None:
        super().__init__(server, [place.user, place.password])
        self._login = {"corpid": place.user, "corpsecret": place.password}
        self._agent = int(place.host)
        self._token: str | None = None

    def unfit(self, target: str) -> str | None:
        """Say why nobody can be written to under a target."""
        return None if USER.fullmatch(target) else "the target is no user id"

    def parts(self, envelope: Envelope) -> list[str]:
        """Split at the vendor's limit."""
        return split(text(envelope), LIMIT)

    def say(self, part: str, envelope: Envelope) -> Receipt:
        """Send a text; with a token that has run out nothing was sent, so once more with a new one."""
        known = self._token is not None
        receipt, code = self._try(part, envelope)
        if code in TOKEN_GONE:
            self._token = None
            if known:
                self.so_far = Receipt(Outcome.RETRY, "nothing was sent, the access token had run out")
                receipt, _ = self._try(part, envelope)
        return receipt

    def _try(self, part: str, envelope: Envelope) -> tuple[Receipt, int | None]:
        trouble = self._fetch_token() if self._token is None else None
        if trouble:
            return trouble, None
        said = {
            "touser": envelope.target,
            "msgtype": "text",
            "agentid": self._agent,
            "text": {"content": part},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": _REMEMBERS,
        }
        path = f"/cgi-bin/message/send?{urlencode({'access_token': self._token})}"
        reply = self.post(path, packed(said), JSON_HEADERS)
        receipt, answer = judge(reply, ("errcode",), FAULTS), document(reply)
        left_out = [name for name in ("invaliduser", "unlicenseduser") if answer.get(name)]
        if receipt.outcome is Outcome.ACCEPTED and left_out:
            receipt = blame(Fault.PERSON, str(reply))
        return receipt, number(answer.get("errcode"))

    def _fetch_token(self) -> Receipt | None:
        """Fetch an access token; return why that did not work, which is nothing of the message's fault."""
        reply = self.ask(f"/cgi-bin/gettoken?{urlencode(self._login)}")
        token = document(reply).get("access_token")
        if isinstance(token, str) and token:
            self._token = token
            self.hide(token)
            return None
        receipt = judge(reply, ("errcode",), FAULTS)
        return Receipt(Outcome.RETRY, f"no access token: {receipt.detail}", throttled=receipt.throttled)


def open_transport(url: str, *, private: bool) -> WeComApp:
    """Return the transport for a wecomapp:// URL; raises BadChannel."""
    place = read_place(url, FORM)
    if not (place.host.isascii() and place.host.isdigit()):
        raise BadChannel(f"{mask(url)} names no application: write {FORM.example}, AGENTID is a number")
    return WeComApp(place, place.vendor(HOST, private=private))
