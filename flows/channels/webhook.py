"""A JSON webhook over HTTP, on one connection kept alive from post to post."""

import base64
import json
import re
import select
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection, IncompleteRead
from urllib.parse import unquote, urlencode

from apprise.plugins.custom_json import NotifyJSON

from flows.channels.address import CONNECT_TIMEOUT, READ_TIMEOUT, SILENCE, Syntax, read
from flows.channels.answer import by_body, by_status
from flows.channels.envelope import Envelope
from flows.channels.errors import BadChannel
from flows.channels.masking import mask
from flows.channels.receipt import Receipt
from flows.channels.tls import trust
from flows.channels.transport import Transport
from models.vocabulary import Outcome

_ANSWER_LENGTH = 65_536  # bytes; what an answer has to say stands in its first lines
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_OUR_HEADERS = frozenset({"content-length", "content-type", "host", "idempotency-key", "transfer-encoding"})


class _WebhookURL(NotifyJSON):  # type: ignore[no-untyped-call] # Apprise is typed in part
    """Apprise's own reading of a webhook URL."""

    logger = SILENCE
    socket_connect_timeout = CONNECT_TIMEOUT
    socket_read_timeout = READ_TIMEOUT


_SYNTAX = Syntax(parser=_WebhookURL, example="json://host:port/path?+Header=value", prefixes=("+", "-"))


@dataclass(frozen=True, slots=True, repr=False)  # its headers may hold tokens
class Endpoint:
    """Where and how to post."""

    host: str
    port: int | None  # None for the schema's own
    path: str  # encoded, with the query
    headers: dict[str, str]
    tls: ssl.SSLContext | None
    connect_timeout: float  # seconds
    read_timeout: float  # seconds, for each answer


class WebhookTransport(Transport):
    """Posts the envelope as JSON.

    Header `Idempotency-Key` and member `key` are the same on every attempt, so that a receiver can tell a second
    attempt from a second message. Redirects are not followed, they would carry the headers elsewhere; proxies
    named in the environment are not used.
    """

    def __init__(self, endpoint: Endpoint, secrets: Iterable[str]) -> None:
        super().__init__(secrets)
        self._endpoint = endpoint
        self._http: HTTPConnection | None = None

    def connect(self) -> HTTPConnection:
        """Connect; nothing is said yet."""
        self.hang_up()
        to = self._endpoint
        if to.tls is None:
            self._http = HTTPConnection(to.host, to.port, timeout=to.connect_timeout)
        else:
            self._http = HTTPSConnection(to.host, to.port, timeout=to.connect_timeout, context=to.tls)
        self._http.connect()
        self._http.sock.settimeout(to.read_timeout)
        return self._http

    def deliver(self, envelope: Envelope) -> Receipt:
        """Post once and judge the answer."""
        body = _post(envelope)
        to, connection = self._endpoint, self._kept() or self.connect()
        # A request that breaks while it is written has not arrived whole: nothing to doubt yet.
        connection.request("POST", to.path, body, to.headers | {"Idempotency-Key": envelope.key})
        self.doubt()
        with connection.getresponse() as answer:
            said = f"{answer.status} {answer.reason}"
            outcome = by_status(answer.status)
            if outcome is not Outcome.ACCEPTED:
                self.so_far = Receipt(outcome, said)  # stands, even if the body breaks off
            text = answer.read(_ANSWER_LENGTH)
            if not answer.isclosed():
                self.hang_up()  # the rest of the body would be taken for the next answer
                if len(text) < _ANSWER_LENGTH:  # http.client returns what it got before the cut
                    raise IncompleteRead(text)
        if outcome is Outcome.ACCEPTED:
            outcome = by_body(text)
        return Receipt(outcome, f"{said} {text.decode(errors='replace')}")

    def hang_up(self) -> None:
        """Drop the connection."""
        http, self._http = self._http, None
        if http is not None:
            http.close()

    def _kept(self) -> HTTPConnection | None:
        """Return the kept connection unless it has gone: an idle one has something to read only when it closes."""
        if self._http is None or self._http.sock is None:
            return None
        poll = select.poll()
        poll.register(self._http.sock, select.POLLIN)
        return None if poll.poll(0) else self._http


def open_transport(url: str) -> WebhookTransport:
    """Return the transport for a json:// or jsons:// URL; raises BadChannel."""
    parsed = read(url, _SYNTAX)
    for name, value in parsed.headers.items():
        if name.lower() in _OUR_HEADERS or not (_TOKEN.fullmatch(name) and value.isascii() and value.isprintable()):
            raise BadChannel(
                f"{mask(url)} has a +Header that duban sets itself, or that HTTP cannot carry: remove it"
            )
    login = f"{parsed.user}:{parsed.password or ''}" if parsed.user else ""
    path = parsed.fullpath or "/"
    endpoint = Endpoint(
        host=parsed.host.strip("[]"),
        port=parsed.port,
        path=f"{path}?{urlencode(parsed.params)}" if parsed.params else path,
        headers=_headers(login) | parsed.headers,
        tls=trust(verify=parsed.verify_certificate) if parsed.secure else None,
        connect_timeout=parsed.socket_connect_timeout,
        read_timeout=parsed.socket_read_timeout,
    )
    # Tokens live in all of these.
    secrets = [
        login,
        *login.split(":", 1),
        *parsed.headers.values(),
        *parsed.params.values(),
        *unquote(path).split("/"),
    ]
    return WebhookTransport(endpoint, secrets)


def _post(envelope: Envelope) -> bytes:
    post = {
        "key": envelope.key,
        "target": envelope.target,
        "recipient": envelope.recipient,
        "subject": envelope.subject,
        "body": envelope.body,
        "composed_at": envelope.composed_at.isoformat(),
    }
    return json.dumps(post, ensure_ascii=False).encode()


def _headers(login: str) -> dict[str, str]:
    headers = {"User-Agent": "duban", "Content-Type": "application/json; charset=utf-8"}
    if login:
        headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    return headers
