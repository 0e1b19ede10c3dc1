"""Channels that say a long message in parts, each judged by its own answer."""

import json
import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace

from flows.channels.envelope import Envelope
from flows.channels.exchange import HttpTransport
from flows.channels.receipt import Receipt
from models.vocabulary import Outcome

MOST_PARTS = 10
"""A message in more parts is nothing that anybody reads in a group, and would use up the group's minute."""

JSON_HEADERS = {"User-Agent": "duban", "Content-Type": "application/json; charset=utf-8"}
MOBILE = re.compile(r"(?:\+86)?1\d{10}")
USER = re.compile(r"(?!all$)[A-Za-z0-9][A-Za-z0-9_@.-]{0,63}")  # `all` would call everybody


class PartedTransport(HttpTransport):
    """Sends the parts in turn, and stops at the first that is not accepted: the next attempt goes on there."""

    _total = 1  # parts of the message under way

    def calls(self, envelope: Envelope) -> int:
        """Return how many parts are still to be sent."""
        parts = self.parts(envelope)
        return 1 if len(parts) > MOST_PARTS else len(parts) - _first(envelope, parts)

    def deliver(self, envelope: Envelope) -> Receipt:
        """Send what is left of the message."""
        trouble = self.unfit(envelope.target)
        if trouble:
            return Receipt(Outcome.REFUSED, trouble, personal=True)
        parts = self.parts(envelope)
        if len(parts) > MOST_PARTS:
            return Receipt(Outcome.REFUSED, f"it would take {len(parts)} parts, and {MOST_PARTS} are the most")
        self._total, self.parts_accepted = len(parts), _first(envelope, parts)
        receipt = Receipt(Outcome.ACCEPTED, "")
        for call, part in enumerate(parts[self.parts_accepted :]):
            if self.parts_accepted:
                self.so_far = Receipt(Outcome.RETRY, f"nothing of {self._part()} was sent")
            self.before(call)
            receipt = self.say(part, envelope)
            if receipt.outcome is not Outcome.ACCEPTED:
                break
            self.parts_accepted += 1
        if len(parts) == 1:
            return receipt
        return replace(receipt, detail=f"{self.parts_accepted} of {len(parts)} parts accepted; {receipt.detail}")

    def doubt(self) -> None:
        """Note which part it is that only the receiver knows about."""
        super().doubt()
        if self._total > 1:
            self.so_far = Receipt(Outcome.IN_DOUBT, f"no answer to {self._part()}")

    def _part(self) -> str:
        return f"part {self.parts_accepted + 1} of {self._total}"

    @abstractmethod
    def parts(self, envelope: Envelope) -> list[str]:
        """Return the whole message in parts, always the same."""

    @abstractmethod
    def unfit(self, target: str) -> str | None:
        """Say why nobody can be reached under a target; None where somebody may."""

    @abstractmethod
    def say(self, part: str, envelope: Envelope) -> Receipt:
        """Send one part and judge the answer; may raise anything, as `deliver` may."""


def text(envelope: Envelope) -> str:
    """Return a message as one text, its subject on the first line."""
    return f"{envelope.subject}\n\n{envelope.body}".rstrip("\n")


def packed(document: Mapping[str, object]) -> bytes:
    """Return a JSON document in as few bytes as it takes."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _first(envelope: Envelope, parts: list[str]) -> int:
    """Return the part to go on with; from the start, where the earlier attempts split it in another way."""
    return envelope.parts_accepted if envelope.parts_accepted < len(parts) else 0
