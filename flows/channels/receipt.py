"""What the receiving system answered to one attempt."""

from dataclasses import dataclass

from models.vocabulary import Outcome

DETAIL_LENGTH = 200

LIBRARY_ONLY = "library only"
"""Whose word a receipt is where Apprise alone has it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receiver's own answer, or how far the attempt came when there was none.

    `personal` where it says something of this recipient alone, and nothing of the channel; `throttled` where it
    says that it was called too often. `parts_accepted` counts the parts of the message that the receiver has, those
    of earlier attempts included; only channels that send in parts count.
    """

    outcome: Outcome
    detail: str  # in few words, at most DETAIL_LENGTH characters, never a secret
    personal: bool = False
    throttled: bool = False
    parts_accepted: int = 0
