"""An SMS gateway that answers as the channel's URL says it does."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flows.channels.place import read_place
from flows.channels.smsgateway import FORM
from flows.standins.server import Request
from flows.standins.standin import Heard, StandIn, moved_to
from models.clock import now


class SmsGatewayStandIn(StandIn):
    """Takes whatever is posted, once for each key, from whoever brings the login and headers of the URL."""

    somebody = "13800000000"

    def __init__(self, url: str, clock: Callable[[], datetime] = now) -> None:
        place = read_place(url, FORM)
        super().__init__("", clock)
        self._url, self._path = url, place.path or "/"
        self._code, self._accepted = place.parameters["code"], place.parameters["accepted"].split(",")[0]
        self._headers = {name[1:].lower(): value for name, value in place.parameters.items() if name.startswith("+")}
        self._login = bool(place.user)
        self.throttled = Heard({"error": "too many"}, status=429)
        self.refused = Heard(self._answer("stand-in-refused"))
        passing = place.parameters.get("passing", "").split(",")[0]
        self.broken = Heard(self._answer(passing or "stand-in-broken"))

    @property
    def url(self) -> str:
        """The gateway's URL at this server."""
        return moved_to(self._url, self.address)

    def hear(self, request: Request) -> Heard:
        """Judge a call."""
        brought = all(request.headers.get(name) == value for name, value in self._headers.items())
        stranger = bool(self.secret) or not brought or (self._login and "authorization" not in request.headers)
        if stranger:
            return Heard({"error": "who are you"}, status=401)
        key = request.headers.get("idempotency-key", "")
        return Heard(self._answer(self._accepted), shown=request.body.decode(errors="replace"), key=key)

    def _answer(self, code: str) -> dict[str, Any]:
        answer: Any = json.loads(code) if code.isdigit() else code
        for name in reversed(self._code.split(".")):
            answer = {name: answer}
        return dict(answer)
