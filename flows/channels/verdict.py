"""What a vendor's own error code means for a message."""

import json
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Any

from flows.channels.answer import by_status, number
from flows.channels.exchange import Reply
from flows.channels.receipt import Receipt
from models.vocabulary import Outcome


class Fault(Enum):
    """Whose fault an error is, and with that whether it passes."""

    BUSY = auto()  # passing: called too often
    PASSING = auto()  # passing: the vendor's own trouble
    CHANNEL = auto()  # ours, and would befall every message: tried again, for it may be corrected
    MESSAGE = auto()  # permanent: this text will never be taken
    PERSON = auto()  # permanent: this recipient will never be reached here


_OUTCOMES = {
    Fault.BUSY: Outcome.RETRY,
    Fault.PASSING: Outcome.RETRY,
    Fault.CHANNEL: Outcome.RETRY,
    Fault.MESSAGE: Outcome.REFUSED,
    Fault.PERSON: Outcome.REFUSED,
}


def blame(fault: Fault, said: str) -> Receipt:
    """Return the receipt for an error."""
    return Receipt(_OUTCOMES[fault], said, personal=fault is Fault.PERSON, throttled=fault is Fault.BUSY)


def document(reply: Reply) -> dict[str, Any]:
    """Return the JSON object that a reply holds; an empty one where it holds none."""
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def judge(reply: Reply, names: Sequence[str], faults: Mapping[int, Fault]) -> Receipt:
    """Judge a reply by the vendor's own code, which stands under the first name that its JSON object has.

    An unknown code is the vendor's word that it did not take the message, so it is tried again. Without a code the
    status has to do: a 2xx alone is no receipt, for somebody else may have answered; any other but a gateway's
    silence (504) says that nothing was taken.
    """
    answer = document(reply)
    code = next((number(answer[name]) for name in names if name in answer), None)
    if code == 0:
        return Receipt(Outcome.ACCEPTED, str(reply))
    if code is not None:
        return blame(faults.get(code, Fault.PASSING), str(reply))
    outcome = by_status(reply.status)
    if outcome is Outcome.ACCEPTED:
        return Receipt(Outcome.IN_DOUBT, f"an answer without a code: {reply}")
    return Receipt(Outcome.RETRY if outcome is Outcome.REFUSED else outcome, str(reply))
