"""The outbox as people see it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from models.office import Person
from models.outbox import OPEN, Attempt, Message, Resolution
from models.queries.replies import count_replies
from models.vocabulary import MessageState, Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Sent:
    """One message with its latest attempt, and how many of its measures were acknowledged, when last.

    `followed_by` is the message that took over from it, `by_word_of` who said that it arrived.
    """

    id: int
    person: str
    channel: str
    target: str
    subject: str
    body: str
    state: MessageState
    release_at: datetime
    next_try_at: datetime | None
    tries: int
    outcome: Outcome | None
    detail: str
    tried_at: datetime | None
    measures: int = 0
    acknowledged: int = 0
    acknowledged_at: datetime | None = None
    followed_by: int | None = None
    by_word_of: str | None = None

    @property
    def in_doubt(self) -> bool:
        """Whether it is for a person to say what became of it."""
        return self.state is MessageState.IN_DOUBT and self.followed_by is None


def count_held(session: Session) -> int:
    """Return how many messages wait for office hours."""
    return session.exec(select(func.count()).where(OPEN, Message.state == MessageState.HELD)).one()


def messages(
    session: Session, states: tuple[MessageState, ...] = (), last: int = 50, *, final: bool = False
) -> list[Sent]:
    """Return the last messages, newest first; of the given states only, where some are given.

    With `final`, without those that another one took over from.
    """
    query = (
        select(Message, Person.name, Attempt)
        .join(Person, col(Person.id) == Message.person_id)
        .outerjoin(Attempt, (col(Attempt.message_id) == Message.id) & (col(Attempt.number) == Message.tries))
        .order_by(col(Message.id).desc())
        .limit(last)
    )
    if states:
        query = query.where(col(Message.state).in_(states))
    if final:
        follower = aliased(Message)
        query = query.where(~exists().where(col(follower.instead_of) == Message.id))
    rows = session.exec(query).all()
    ids = [message.id for message, *_ in rows]
    following = select(Message.instead_of, Message.id).where(col(Message.instead_of).in_(ids))
    vouching = (
        select(Resolution.message_id, Person.name)
        .join(Person, col(Person.id) == Resolution.person_id)
        .where(col(Resolution.message_id).in_(ids), Resolution.verdict == Verdict.ARRIVED)
    )
    replies = count_replies(session, [number or 0 for number in ids])
    followers, witnesses = dict(session.exec(following).all()), dict(session.exec(vouching).all())
    return [
        _sent(
            message,
            name,
            attempt,
            replies.get(message.id or 0, (0, 0, None)),
            followed_by=followers.get(message.id),
            by_word_of=witnesses.get(message.id or 0),
        )
        for message, name, attempt in rows
    ]


def _sent(
    message: Message,
    person: str,
    attempt: Attempt | None,
    replies: tuple[int, int, datetime | None],
    *,
    followed_by: int | None,
    by_word_of: str | None,
) -> Sent:
    measures, acknowledged, acknowledged_at = replies
    return Sent(
        id=message.id or 0,
        person=person,
        channel=message.channel,
        target=message.target,
        subject=message.subject,
        body=message.body,
        state=message.state,
        release_at=message.release_at,
        next_try_at=message.next_try_at,
        tries=message.tries,
        outcome=attempt.outcome if attempt else None,
        detail=attempt.detail if attempt else "",
        tried_at=attempt.started_at if attempt else None,
        measures=measures,
        acknowledged=acknowledged,
        acknowledged_at=acknowledged_at,
        followed_by=followed_by,
        by_word_of=by_word_of,
    )
