"""Acknowledgements: what was replied to a message, and which messages got no reply in time."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime, words
from models.vocabulary import Reply, ReplyBy, WatchKind


class Acknowledgement(SQLModel, table=True):
    """A person's reply, for a post, to one step that a message says of a measure.

    `until` is the day from which the step may be said to the post again, if nothing else has happened.
    """

    __table_args__ = (
        UniqueConstraint(
            "message_id", "measure_id", "watch", "anchor", "step", "post_id", "reply", name="replied_once"
        ),
        Index("acknowledgement_of_watch", "measure_id", "watch", "anchor"),
    )

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id")
    person_id: int = Field(foreign_key="person.id")
    post_id: int = Field(foreign_key="post.id")
    measure_id: int = Field(foreign_key="measure.id")
    watch: WatchKind = Field(sa_type=words(WatchKind))
    anchor: date
    step: str
    reply: Reply = Field(sa_type=words(Reply))
    until: date
    at: datetime = Field(sa_type=UTCDateTime)
    how: ReplyBy = Field(sa_type=words(ReplyBy))


class Unacknowledged(SQLModel, table=True):
    """A message without a reply in time was reported upwards, once, in a notice."""

    message_id: int = Field(foreign_key="message.id", primary_key=True)
    notice_id: int = Field(foreign_key="message.id", index=True)
    on: date
