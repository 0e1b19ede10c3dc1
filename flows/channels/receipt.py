"""What the receiving system answered to one attempt."""

from dataclasses import dataclass

from models.vocabulary import Outcome

DETAIL_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receiver's own answer, or how far the attempt came when there was none.

    `personal` where it says something of this recipient alone, and nothing of the channel.
    """

    outcome: Outcome
    detail: str  # in few words, at most DETAIL_LENGTH characters, never a secret
    personal: bool = False
