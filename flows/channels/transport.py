"""What every way of transport shares: one attempt at a time, and a receipt that is true however it ends."""

import smtplib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import replace
from http.client import HTTPException

from flows.channels.envelope import Envelope
from flows.channels.masking import guises, redact
from flows.channels.receipt import DETAIL_LENGTH, Receipt
from models.pace import Pace
from models.vocabulary import Outcome

_NOTHING_SENT = Receipt(Outcome.RETRY, "nothing was sent")
_NO_ANSWER = Receipt(Outcome.IN_DOUBT, "no answer to the message")


class Transport(ABC):
    """Carries envelopes to one server over a connection that it keeps; for one thread.

    `receipts` says whose word its receipts are. A `robot` is known by a hash of what identifies it at its vendor,
    and may be called at its `pace` only; other channels have neither.
    """

    receipts = "the receiver's own answer"
    pace: Pace | None = None
    robot = ""
    before: Callable[[int], None]  # called before each call to a robot, with its number in the attempt

    def __init__(self, secrets: Iterable[str]) -> None:
        self.so_far = _NOTHING_SENT  # the receipt if the attempt ended here
        self.parts_accepted = 0  # of the envelope under way
        self._hidden = guises(secrets)

    def attempt(self, envelope: Envelope) -> Receipt:
        """Try once to deliver the envelope."""
        self.so_far, self.parts_accepted = _NOTHING_SENT, envelope.parts_accepted
        try:
            receipt = self.deliver(envelope)
        except BaseException as error:
            self.hang_up()
            if not isinstance(error, Exception):
                raise
            receipt = Receipt(self.so_far.outcome, f"{self.so_far.detail}: {_reason(error)}")
        return replace(receipt, detail=self.presentable(receipt.detail), parts_accepted=self.parts_accepted)

    def calls(self, _: Envelope) -> int:
        """Return how many calls to the server the envelope still needs."""
        return 1

    def doubt(self) -> None:
        """Note that from now on only the receiver knows whether it has the message."""
        self.so_far = _NO_ANSWER

    def hide(self, secret: str) -> None:
        """Keep a secret that was learnt on the way out of all that is shown."""
        self._hidden = (*guises([secret]), *self._hidden)

    def reach(self) -> str | None:
        """Connect without sending anything: None if that works, else why it does not."""
        try:
            self.connect()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            return self.presentable(_reason(error))
        finally:
            self.close()
        return None

    def presentable(self, text: str) -> str:
        """Return the text on one line, short, printable, and without any secret of the URL."""
        printable = "".join(sign if sign.isprintable() else " " for sign in redact(text, self._hidden))
        return " ".join(printable.split())[:DETAIL_LENGTH]

    def close(self) -> None:
        """End the connection, if there is one, politely."""
        self.hang_up()

    @abstractmethod
    def deliver(self, envelope: Envelope) -> Receipt:
        """Try once. May raise anything: the attempt then ends with the receipt noted in `so_far`."""

    @abstractmethod
    def connect(self) -> object:
        """Open a connection, or raise."""

    @abstractmethod
    def hang_up(self) -> None:
        """Drop the connection, if there is one, without a word."""


def _reason(error: Exception) -> str:
    """Say what an exception means, if its text cannot quote the message or a login; else only its name."""
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        return f"{error.smtp_code} {reply.decode(errors='replace') if isinstance(reply, bytes) else reply}"
    if isinstance(error, OSError | smtplib.SMTPException | HTTPException):
        return str(error) or type(error).__name__
    return type(error).__name__
