"""Apprise between the outbox and a transport: dispatches, but adds no retry, pause, thread or verdict of its own."""

from apprise import Apprise, NotifyBase

from flows.channels.asset import ASSET
from flows.channels.envelope import Envelope
from flows.channels.receipt import Receipt
from flows.channels.transport import Transport
from models.vocabulary import Outcome

_NOBODY = Receipt(Outcome.REFUSED, "no channel matched: Apprise handed the message to nobody, perhaps it is empty")


class _Plugin(NotifyBase):  # type: ignore[no-untyped-call] # Apprise is typed in part
    """The Apprise plugin: it delivers the envelope it was given beforehand.

    For what Apprise hands over is not quite what it was handed: stripped, and without key, recipient and date.
    """

    request_rate_per_sec = 0  # the outbox owns pacing
    envelope: Envelope
    receipt: Receipt | None = None

    def __init__(self, transport: Transport) -> None:
        super().__init__(asset=ASSET)  # type: ignore[no-untyped-call]
        self._transport = transport

    def send(self, *_: object, **__: object) -> bool:
        self.receipt = self._transport.attempt(self.envelope)
        return self.receipt.outcome is Outcome.ACCEPTED


class Dispatcher:
    """One Apprise object with one plugin, kept for thousands of messages.

    Apprise gets the plugin itself. A class registered for mailto:// or json:// would change these schemas for
    everybody else in the process, Prefect's notifications for one, and make Apprise load all its plugins first.
    """

    def __init__(self, transport: Transport) -> None:
        self._plugin = _Plugin(transport)
        self._apprise = Apprise(self._plugin, asset=ASSET)

    def send(self, envelope: Envelope) -> Receipt:
        """Have Apprise make one attempt, and return what the receiver answered.

        What Apprise answers (True, False, None in version 1, an AppriseResult in version 2) is not looked at: it
        never says more than the plugin's receipt, and without a receipt the plugin was never called.
        """
        self._plugin.envelope, self._plugin.receipt = envelope, None
        self._apprise.notify(body=envelope.body, title=envelope.subject)
        return self._plugin.receipt or _NOBODY
