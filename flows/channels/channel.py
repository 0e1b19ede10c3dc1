"""The one way to send: open a channel by its Apprise URL, and get a true receipt for every message."""

import importlib
from collections.abc import Callable
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Self

from flows.channels.envelope import Envelope
from flows.channels.receipt import Receipt
from models.pace import Pace

if TYPE_CHECKING:
    from flows.channels.dispatch import Dispatcher
    from flows.channels.transport import Transport

# Which module here carries a schema's messages; every other schema is left to Apprise itself.
MODULES = {
    "dingrobot": "dingrobot",
    "feishurobot": "feishurobot",
    "json": "webhook",
    "jsons": "webhook",
    "maildir": "maildir",
    "mailto": "mail",
    "mailtos": "mail",
    "smsgateway": "smsgateway",
    "smsgateways": "smsgateway",
    "wecomapp": "wecomapp",
    "wecomrobot": "wecomrobot",
}

ATTACHING = frozenset({"maildir", "mailto", "mailtos"})
"""Schemas whose channels carry attachments."""


def at_once(_: int) -> None:
    """Let a call be made."""


class Channel:
    """An open channel; keeps its connection from message to message, and belongs to one thread."""

    def __init__(self, transport: "Transport", dispatcher: "Dispatcher") -> None:
        self._transport = transport
        self._dispatcher = dispatcher

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def receipts(self) -> str:
        """Whose word its receipts are."""
        return self._transport.receipts

    @property
    def pace(self) -> Pace | None:
        """How often it may be called; None for a channel that has no such limit."""
        return self._transport.pace

    @property
    def robot(self) -> str:
        """What the robot behind it is known by to all processes, if it has a pace."""
        return self._transport.robot

    def calls(self, envelope: Envelope) -> int:
        """Return how many calls an envelope still needs."""
        return self._transport.calls(envelope)

    def send(self, envelope: Envelope, before: Callable[[int], None] = at_once) -> Receipt:
        """Make one attempt, through Apprise, and return what the receiver answered.

        At a robot `before` is called before each of the calls that the envelope needs, with its number from 0.
        """
        self._transport.before = before
        return self._dispatcher.send(envelope)

    def reach(self) -> str | None:
        """Try to connect without sending anything: None if that works, else a sentence why not."""
        return self._transport.reach()

    def close(self) -> None:
        """End the kept connection; the next message would open a new one."""
        self._transport.close()


def open_channel(url: str, *, private: bool = True) -> Channel:
    """Open the channel that an Apprise URL names; it connects with the first message.

    Without `private` it connects to public addresses only. Raises UnknownChannel for a schema that neither duban nor
    Apprise carries, BadChannel for a URL that does not say where or how. Both are one sentence with the remedy, and
    show the URL masked.
    """
    schema = url.partition("://")[0].lower()
    transport = _module(MODULES.get(schema, "library")).open_transport(url, private=private)
    return Channel(transport, _module("dispatch").Dispatcher(transport))


def attaches(url: str) -> bool:
    """Tell whether the channel of a URL carries attachments."""
    return url.partition("://")[0].lower() in ATTACHING


def _module(name: str) -> ModuleType:
    """Import a module of this package late: Apprise comes with it, and takes a fifth of a second."""
    return importlib.import_module(f"flows.channels.{name}")
