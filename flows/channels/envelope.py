"""What a channel carries: one message to one person."""

import re
from dataclasses import dataclass
from datetime import datetime

_KEY = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")  # what may stand in a Message-ID


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message, the same on every attempt but for `parts_accepted`.

    Raises ValueError for a key or an instant no header can hold.
    """

    key: str  # the message's own key: becomes Message-ID <key@duban> and Idempotency-Key
    target: str  # where within the channel: a mail address, a number, a vendor's user id, a maildir's name
    recipient: str  # the person's name as shown
    subject: str
    body: str  # plain text
    composed_at: datetime  # aware, UTC: the Date header
    parts_accepted: int = 0  # by earlier attempts, on channels that send in parts
    attachment: Attachment | None = None  # only mail and Maildir carry one

    def __post_init__(self) -> None:
        """Refuse what would break a header."""
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"{self.key!r} cannot be a message key: use letters, digits, '.', '-' and '_'")
        if self.composed_at.tzinfo is None:
            raise ValueError(f"message {self.key} was composed at {self.composed_at}, without a time zone")
