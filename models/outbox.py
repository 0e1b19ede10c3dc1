"""What leaves: messages, and every attempt to send them with what the receiver answered."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime, words
from models.vocabulary import MessageKind, MessageState, Outcome, Verdict

OPEN = text("state IN ('held', 'retry', 'sending')")
"""Messages that are still on their way; in a query this very text, or SQLite would not know the index by it."""


class Message(SQLModel, table=True):
    """The digest of reminders for one person on one address.

    `key` is the message's own name in the world: Message-ID and Idempotency-Key, the same on every attempt.
    `answers_for` names the absent whose posts the person answers for.
    While it is held and was never tried, further reminders join it and its text is written anew.
    From then on its text is fixed: where it goes on to another address, or a second copy is sent, that is a message
    of its own which takes over the reminders. `instead_of` is the message that it follows; a copy leaves under that
    one's key, `sent_as`, so that a receiver who honours it drops the copy.
    A long text leaves in parts on some channels: the next attempt goes on behind the `parts_accepted`.
    """

    __table_args__ = (Index("message_by_person", "person_id", "release_at"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    person_id: int = Field(foreign_key="person.id")
    channel: str
    target: str
    kind: MessageKind = Field(default=MessageKind.DIGEST, sa_type=words(MessageKind))
    answers_for: str = ""
    subject: str
    body: str
    state: MessageState = Field(sa_type=words(MessageState))
    composed_at: datetime = Field(sa_type=UTCDateTime)
    release_at: datetime = Field(sa_type=UTCDateTime)
    next_try_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    tries: int = 0
    attached: bool = False
    instead_of: int | None = Field(default=None, foreign_key="message.id")
    sent_as: str | None = None
    parts_accepted: int = 0


class Attachment(SQLModel, table=True):
    """A file that goes along with a message, apart from it: most have none."""

    message_id: int = Field(foreign_key="message.id", primary_key=True)
    name: str
    media_type: str
    content: bytes


class Attempt(SQLModel, table=True):
    """One try to send, committed before the network is touched.

    Without an outcome it is under way; where its worker died, in doubt.
    """

    __table_args__ = (UniqueConstraint("message_id", "number", name="attempt_numbered"),)

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id")
    number: int
    worker: str
    started_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    outcome: Outcome | None = Field(default=None, sa_type=words(Outcome))
    detail: str = ""


class Resolution(SQLModel, table=True):
    """What a supervisor said became of a message in doubt."""

    message_id: int = Field(foreign_key="message.id", primary_key=True)
    verdict: Verdict = Field(sa_type=words(Verdict))
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UTCDateTime)
    reason: str
