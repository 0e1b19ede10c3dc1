"""What the stand-ins share: they judge as the vendor does, count what people were shown, and do as they are told."""

import json
import threading
from abc import abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto
from socketserver import StreamRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flows.standins.server import Answer, Break, Request, WebServer
from models.clock import now


class Told(StrEnum):
    """How a stand-in may be told to answer, in its vendor's own way."""

    THROTTLE = auto()  # called too often
    REFUSE = auto()  # this message or person, for good
    ERROR = auto()  # the vendor's own trouble, in a 200
    STRANGER = auto()  # it knows another secret than the sender


@dataclass(frozen=True, slots=True)
class Heard:
    """What a stand-in makes of a request: its answer, and what people are shown of it, if anything.

    What comes under a `key` is shown once.
    """

    answer: dict[str, Any]
    shown: str | None = None
    status: int = 200
    key: str = ""


class Throttle:
    """A vendor's limit: so many calls in so long; who makes more is not heard for the penalty."""

    def __init__(self, calls: int, within: timedelta, penalty: timedelta = timedelta()) -> None:
        self._within, self._penalty = within, penalty
        self._times: deque[datetime] = deque(maxlen=calls)
        self._closed_until: datetime | None = None

    def lets(self, at: datetime) -> bool:
        """Take a call, and tell whether it is heard."""
        full = len(self._times) == self._times.maxlen and at - self._times[0] < self._within
        if full:
            self._closed_until = at + self._penalty
        closed = self._closed_until is not None and at < self._closed_until
        if not (full or closed):
            self._times.append(at)
        return not (full or closed)


class StandIn(WebServer):
    """Answers the calls of one channel as its vendor would.

    `shown` is what people were shown, in order; `log` a line for each call. Both tell what came, not who called.
    """

    somebody = "zhang.san"  # a target that the vendor would know
    throttles: tuple[Throttle, ...] = ()
    throttled: Heard
    refused: Heard
    broken: Heard

    def __init__(
        self,
        secret: str,
        clock: Callable[[], datetime] = now,
        handler: type[StreamRequestHandler] | None = None,
    ) -> None:
        super().__init__(handler=handler)
        self.secret = secret
        self.clock = clock
        self.shown: list[str] = []
        self.log: list[str] = []
        self._told: Told | Break | None = None
        self._keys: set[str] = set()
        self._turn = threading.Lock()  # one call after the other is judged

    @property
    @abstractmethod
    def url(self) -> str:
        """The channel's URL with this server in the place of the vendor's."""

    @abstractmethod
    def hear(self, request: Request) -> Heard:
        """Judge a call as the vendor does."""

    def tell(self, what: Told | Break | None) -> None:
        """Do so from now on; None for what the vendor does."""
        self._told = what
        if what is Told.STRANGER:
            self.secret = "another-secret"  # noqa: S105 - nobody's

    def greets(self, path: str) -> bool:
        """Cut the connection before the body where that is wanted."""
        cut = self._told is Break.CUT and self.is_message(path)
        if cut:
            self.log.append("cut before the body was read")
        return not cut

    def meet(self, request: Request) -> Answer | Break:
        """Judge a call, or do as told; what breaks off after the body was taken in all the same."""
        with self._turn:
            heard = self._heard(request)
        if heard.shown is not None:
            self.shown.append(heard.shown)
        answer = self.words(heard)
        kind = "a message" if self.is_message(request.path) else "a question"  # the path may hold the token
        what = f"{kind} of {len(request.body)} bytes"
        told = self._told if isinstance(self._told, Break) and self.is_message(request.path) else None
        self.log.append(f"{what}: {told or answer}")
        return told or Answer(heard.status, answer)

    def _heard(self, request: Request) -> Heard:
        told = {Told.THROTTLE: self.throttled, Told.REFUSE: self.refused, Told.ERROR: self.broken}
        if self._told in told and self.is_message(request.path):
            return told[Told(self._told)]
        heard = self.hear(request)
        if heard.shown is None:
            return heard
        if heard.key in self._keys:
            return replace(heard, shown=None)
        if not all(throttle.lets(self.clock()) for throttle in self.throttles):
            return self.throttled
        self._keys |= {heard.key} - {""}
        return heard

    def words(self, heard: Heard) -> str:
        """Return an answer as it is said."""
        return json.dumps(heard.answer, ensure_ascii=False)

    def is_message(self, _path: str) -> bool:
        """Tell a message from what else a channel may ask."""
        return True


def query(request: Request) -> dict[str, str]:
    """Return the parameters of a call."""
    return dict(parse_qsl(urlsplit(request.path).query, keep_blank_values=True))


def document(request: Request) -> dict[str, Any]:
    """Return the JSON object that a call carries; an empty one where there is none."""
    try:
        found = json.loads(request.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def served_by(url: str, address: str) -> str:
    """Return a vendor's channel URL with another server in it."""
    base, _, parameters = url.partition("?")
    kept = [one for one in parameters.split("&") if one and not one.startswith("server=")]
    return f"{base}?{'&'.join([*kept, f'server=http://{address}'])}"


def moved_to(url: str, address: str) -> str:
    """Return the URL of a channel that names its host with another one in it, spoken to without TLS."""
    schema, _, rest = url.partition("://")
    place, mark, parameters = rest.partition("?")
    login, at, server = place.rpartition("@")
    path = "/".join(["", *server.split("/")[1:]])
    return f"{schema.lower().removesuffix('s')}://{login}{at}{address}{path}{mark}{parameters}"
