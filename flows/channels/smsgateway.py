"""An SMS gateway over HTTP, whatever it is called: the URL says what to post, and what a yes looks like."""

import base64
import json
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

from flows.channels.answer import by_status
from flows.channels.envelope import Envelope
from flows.channels.errors import BadChannel
from flows.channels.exchange import Reply, Server
from flows.channels.headers import refuse_bad
from flows.channels.masking import mask
from flows.channels.parted import PartedTransport, text
from flows.channels.place import Form, Place, read_place
from flows.channels.receipt import Receipt
from flows.channels.splitting import split
from flows.channels.verdict import Fault, blame, document
from models.vocabulary import Outcome

LIMIT = 500  # characters: what the gateways here take as one long message
_NUMBER = re.compile(r"\+?\d{5,15}")
_HOLE = re.compile(r"\{(target|text|key)\}")
_KINDS = {"json": "application/json; charset=utf-8", "form": "application/x-www-form-urlencoded; charset=utf-8"}

FORM = Form(
    example='smsgateways://host/path?body={"to":"{target}","text":"{text}","id":"{key}"}&code=code&accepted=0',
    parameters=frozenset({"body", "code", "accepted", "passing"}),
    prefix="+",
)


class SmsGateway(PartedTransport):
    """Posts the body that the URL holds, with number, text and key filled in, and reads the answer as it says.

    `code` is where in the JSON answer the gateway's code stands (`result.code`), `accepted` which it is when all is
    well, `passing` which may pass; any other is a refusal. Lists are separated by commas.
    """

    def __init__(self, place: Place, server: Server, headers: Mapping[str, str]) -> None:
        login = f"{place.user}:{place.password}" if place.user else ""
        template = place.parameters["body"]
        secrets = [place.user, place.password, login, *headers.values(), *_words(template), *_words(place.path)]
        super().__init__(server, [secret for secret in secrets if secret])
        kind = "json" if template.lstrip().startswith(("{", "[")) else "form"
        self._headers = {"User-Agent": "duban", "Content-Type": _KINDS[kind], **headers}
        if login:
            self._headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        self._escape = _in_json if kind == "json" else _in_form
        self._path, self._template = place.path or "/", template
        self._code = place.parameters["code"].split(".")
        self._accepted, self._passing = (_list(place.parameters.get(name, "")) for name in ("accepted", "passing"))

    def unfit(self, target: str) -> str | None:
        """Say why nobody can be reached under a target."""
        return None if _NUMBER.fullmatch(target) else "the target is no telephone number"

    def parts(self, envelope: Envelope) -> list[str]:
        """Split by characters: that is what is sent and paid for."""
        return split(text(envelope), LIMIT, len)

    def say(self, part: str, envelope: Envelope) -> Receipt:
        """Post one message; each has a key of its own, the same on every attempt."""
        key = f"{envelope.key}-{self.parts_accepted + 1}"
        values = {"target": envelope.target, "text": part, "key": key}
        body = _HOLE.sub(lambda hole: self._escape(values[hole[1]]), self._template)
        return self._judge(self.post(self._path, body.encode(), self._headers | {"Idempotency-Key": key}))

    def _judge(self, reply: Reply) -> Receipt:
        outcome = by_status(reply.status)
        if outcome is not Outcome.ACCEPTED:
            return Receipt(outcome, str(reply), throttled=reply.status == 429)  # noqa: PLR2004 - Too Many Requests
        found: object = document(reply)
        for name in self._code:
            found = found.get(name) if isinstance(found, dict) else None
        code = found if isinstance(found, str) else json.dumps(found)
        if code in self._accepted:
            return Receipt(Outcome.ACCEPTED, str(reply))
        if found is None:
            return Receipt(Outcome.IN_DOUBT, f"an answer without the code that the URL names: {reply}")
        return blame(Fault.PASSING if code in self._passing else Fault.MESSAGE, str(reply))


def open_transport(url: str, *, private: bool) -> SmsGateway:
    """Return the transport for a smsgateway:// or smsgateways:// URL; raises BadChannel."""
    place = read_place(url, FORM)
    holes = set(_HOLE.findall(place.parameters.get("body", "")))
    if not {"target", "text"} <= holes or not all(place.parameters.get(name) for name in ("code", "accepted")):
        raise BadChannel(f"{mask(url)} does not say what to post and what a yes is: write {FORM.example}")
    headers = {name[1:]: value for name, value in place.parameters.items() if name.startswith("+")}
    refuse_bad(headers, url)
    server = place.server(place.host, place.port, secure=place.schema.endswith("s"), private=private)
    return SmsGateway(place, server, headers)


def _list(values: str) -> frozenset[str]:
    return frozenset(value.strip() for value in values.split(",") if value.strip())


def _in_json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _in_form(value: str) -> str:
    return quote(value, safe="")


def _words(text: str) -> list[str]:
    """Return what in a template or a path may be a secret: every longer word that is no name of ours."""
    return [word for word in re.split(r"[^\w.~-]+", unquote(text)) if len(word) >= 8]  # noqa: PLR2004 - as keys are
