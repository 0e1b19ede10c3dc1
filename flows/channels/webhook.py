"""A JSON webhook over HTTP, signed where the URL holds a secret (https://www.standardwebhooks.com)."""

import base64
import binascii
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlencode

from apprise.plugins.custom_json import NotifyJSON

from flows.channels.address import CONNECT_TIMEOUT, READ_TIMEOUT, SILENCE, Syntax, read
from flows.channels.answer import by_body, by_status
from flows.channels.envelope import Envelope
from flows.channels.errors import BadChannel
from flows.channels.exchange import HttpTransport, Server
from flows.channels.headers import refuse_bad
from flows.channels.masking import mask
from flows.channels.receipt import Receipt
from flows.channels.tls import trust
from models.clock import now
from models.vocabulary import Outcome

_ENCODED = "whsec_"  # before a secret in base64


class _WebhookURL(NotifyJSON):  # type: ignore[no-untyped-call] # Apprise is typed in part
    """Apprise's own reading of a webhook URL, and the secret, which it does not know."""

    logger = SILENCE
    socket_connect_timeout = CONNECT_TIMEOUT
    socket_read_timeout = READ_TIMEOUT

    def __init__(self, **parts: Any) -> None:  # noqa: ANN401 - Apprise's own
        super().__init__(**parts)  # type: ignore[no-untyped-call]
        self.secret: str = parts["qsd"].get("secret", "")


SYNTAX = Syntax(
    parser=_WebhookURL,
    example="json://host:port/path?+Header=value",
    parameters=frozenset({"secret"}),
    prefixes=("+", "-"),
)


class WebhookTransport(HttpTransport):
    """Posts the envelope as JSON.

    Header `Idempotency-Key` and member `key` are the same on every attempt, so that a receiver can tell a second
    attempt from a second message. With a `key` the headers of Standard Webhooks sign it.
    """

    def __init__(
        self, server: Server, path: str, headers: Mapping[str, str], key: bytes, secrets: Iterable[str]
    ) -> None:
        super().__init__(server, secrets)
        self._path, self._headers, self._key = path, dict(headers), key

    def deliver(self, envelope: Envelope) -> Receipt:
        """Post once and judge the answer."""
        body = _post(envelope)
        signature = _signature(self._key, envelope.key, body) if self._key else {}
        reply = self.post(self._path, body, self._headers | {"Idempotency-Key": envelope.key} | signature)
        outcome = by_status(reply.status)
        if outcome is Outcome.ACCEPTED:
            outcome = by_body(reply.body)
        return Receipt(outcome, str(reply))


def open_transport(url: str, *, private: bool) -> WebhookTransport:
    """Return the transport for a json:// or jsons:// URL; raises BadChannel."""
    parsed = read(url, SYNTAX)
    refuse_bad(parsed.headers, url)
    login = f"{parsed.user}:{parsed.password or ''}" if parsed.user else ""
    path = parsed.fullpath or "/"
    server = Server(
        host=parsed.host.strip("[]"),
        port=parsed.port,
        tls=trust(verify=parsed.verify_certificate) if parsed.secure else None,
        connect_timeout=parsed.socket_connect_timeout,
        read_timeout=parsed.socket_read_timeout,
        private=private,
    )
    # Tokens live in all of these.
    secrets = [
        login,
        *login.split(":", 1),
        parsed.secret,
        *parsed.headers.values(),
        *parsed.params.values(),
        *unquote(path).split("/"),
    ]
    return WebhookTransport(
        server,
        path=f"{path}?{urlencode(parsed.params)}" if parsed.params else path,
        headers=_headers(login) | parsed.headers,
        key=signing_key(parsed.secret, url),
        secrets=secrets,
    )


def sign(key: bytes, message: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a message under its id, at a time in seconds."""
    signed = f"{message}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"


def _signature(key: bytes, message: str, body: bytes) -> dict[str, str]:
    timestamp = str(int(now().timestamp()))
    return {
        "webhook-id": message,
        "webhook-timestamp": timestamp,
        "webhook-signature": sign(key, message, timestamp, body),
    }


def signing_key(secret: str, url: str) -> bytes:
    """Return the bytes to sign with: a secret may be written in base64, as the standard has it, or plainly."""
    if not secret.startswith(_ENCODED):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_ENCODED), validate=True)
    except binascii.Error:
        raise BadChannel(
            f"{mask(url)} has a secret that begins with {_ENCODED} and is not base64: copy it again"
        ) from None


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
