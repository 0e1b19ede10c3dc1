"""Every other channel that Apprise knows: it works, and what it says of a message is all that there is."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from apprise import Apprise, NotifyBase
from apprise.manager_plugins import NotificationManager

from flows.channels.address import SILENCE
from flows.channels.asset import ASSET
from flows.channels.envelope import Envelope
from flows.channels.errors import BadChannel, UnknownChannel
from flows.channels.masking import mask
from flows.channels.receipt import LIBRARY_ONLY, Receipt
from flows.channels.transport import Transport
from models.vocabulary import Outcome

_HOLE = "{target}"
# Apprise's own that answer yes to a vendor's no, and ours that do not.
_BETTER = {
    "wecombot": "wecomrobot://KEY",
    "wechat": "wecomapp://CORPID:SECRET@AGENTID",
    "dingtalk": "dingrobot://TOKEN?secret=SEC…",
    "feishu": "feishurobot://TOKEN?secret=SECRET",
}


class LibraryTransport(Transport):
    """Sends through Apprise's own plugin, a new one for each message: a kept one would pause between two.

    `{target}` in the URL stands for the person's address; without it, everything goes where the URL says.
    Apprise's yes is accepted, its no is tried again: it does not say why, nor whether something left, so that a
    second copy is possible. Nothing tells these cases apart, and to hold every no for a person would hold each
    message that met a busy server.
    """

    receipts = LIBRARY_ONLY

    def __init__(self, url: str) -> None:
        super().__init__([])
        self._url = url

    def connect(self) -> NotifyBase:
        """Read the URL: of the connection itself the library says nothing beforehand."""
        return _plugin(self._url, "target")

    def deliver(self, envelope: Envelope) -> Receipt:
        """Have the plugin send, and take its word."""
        plugin = _plugin(self._url, envelope.target)
        self.doubt()
        sent = plugin.notify(body=envelope.body, title=envelope.subject)
        if sent:
            return Receipt(Outcome.ACCEPTED, f"receipt: {LIBRARY_ONLY}; Apprise says that it was sent")
        return Receipt(Outcome.RETRY, f"receipt: {LIBRARY_ONLY}; Apprise says that it failed, and not why")

    def hang_up(self) -> None:
        """Do nothing: the plugin keeps its connections to itself."""


def open_transport(url: str, *, private: bool) -> LibraryTransport:
    """Return the transport for a URL of Apprise's; raises UnknownChannel, BadChannel."""
    schema = url.partition("://")[0].lower()
    if schema in _BETTER:
        raise BadChannel(f"{mask(url)} takes the vendor's no for a yes in Apprise: write {_BETTER[schema]}")
    if schema not in _schemas():
        raise UnknownChannel(
            f"{mask(url)} is no channel that duban or Apprise knows: write one of those in docs/channels.md"
        )
    if not private:
        raise BadChannel(
            f"{mask(url)} is sent by Apprise, which does not say where it connects to: "
            "choose a channel of duban's own, or set DUBAN_PRIVATE_NETS to allow"
        )
    _plugin(url, "target")
    return LibraryTransport(url)


def _schemas() -> set[str]:
    """Return the schemas that Apprise knows; it loads all its plugins for that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # one of them looks for imghdr
        return set(NotificationManager().schemas())  # type: ignore[no-untyped-call]


def _plugin(url: str, target: str) -> NotifyBase:
    with _silence():
        plugin = Apprise.instantiate(url.replace(_HOLE, quote(target, safe="")), asset=ASSET)
    if not isinstance(plugin, NotifyBase):
        raise BadChannel(f"{mask(url)} is not a complete channel URL: Apprise's page on it says how to write it")
    plugin.logger = SILENCE
    plugin.retry = 0  # the outbox tries again, and puts each attempt on record
    return plugin


@contextmanager
def _silence() -> Iterator[None]:
    """Let Apprise log nothing meanwhile: of a URL that it cannot read it logs what it read."""
    log = logging.getLogger("apprise")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before
