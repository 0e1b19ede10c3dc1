"""Receipts: what came of the attempts, and what becomes of their messages."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, SQLModel, col, select

from models.commands.failover import Failure, Going, Word, go_on, onward
from models.commands.leases import Dispatch, leased
from models.commands.ledger import record_all
from models.commands.wordings import wordings
from models.failover import Failover
from models.outbox import OPEN, Attempt, Message
from models.vocabulary import FactKind, MessageState, Outcome

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 240, 240, 240))
"""The wait after each passing failure; after the last the message counts as refused."""

_MESSAGE = SQLModel.metadata.tables["message"]
_UNSETTLED = (None, Outcome.IN_DOUBT)
_STATE_AFTER = {
    Outcome.ACCEPTED: MessageState.ACCEPTED,
    Outcome.REFUSED: MessageState.REFUSED,
    Outcome.IN_DOUBT: MessageState.IN_DOUBT,
}


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a dispatch."""

    dispatch: Dispatch
    outcome: Outcome
    detail: str
    at: datetime
    parts_accepted: int = 0
    personal: bool = False  # it says something of this recipient alone


def settle(session: Session, settled: Collection[Settled], failover: Failover, word: Word) -> None:
    """Write down what came of dispatches, and what is to become of their messages.

    What failed at its address goes on to the person's next one, by the policy's word. What is written down already
    stays so, unless that was a doubt.
    """
    found = leased(session, [one.dispatch for one in settled])
    tried = [(one, *found[one.dispatch.lease]) for one in settled if one.dispatch.lease in found]
    tried = [(one, message, attempt) for one, message, attempt in tried if attempt.outcome in _UNSETTLED]
    facts = wordings(session, [(message, attempt) for _, message, attempt in tried])
    facts += [_conclude(message, attempt, one.outcome, one.detail, one.at) for one, message, attempt in tried]
    record_all(session, facts)
    goings = _goings(session, tried, failover)
    after: dict[tuple[MessageState, datetime | None, int], list[int]] = defaultdict(list)
    for one, message, _ in tried:
        after[*_after(one, message, goings), one.parts_accepted].append(one.dispatch.message_id)
    for (state, next_try_at, parts), ids in after.items():
        change = update(_MESSAGE).where(_MESSAGE.c.id.in_(ids))
        stands = {"state": state, "next_try_at": next_try_at, "parts_accepted": parts}
        session.connection().execute(change.values(lease_until=None, **stands))
    if goings:
        go_on(session, goings.values(), word, max(one.at for one in settled))


def recover(session: Session, resumable: Collection[str], failover: Failover, word: Word, at: datetime) -> int:
    """Take back what workers died over: their attempts are in doubt, since nobody knows how far they came.

    On a `resumable` channel, which recognises a message it already has, the message may be tried again; on any
    other it stays in doubt, or a second copy follows it, as the policy says. Returns how many attempts those were.
    """
    expired = session.exec(
        select(Message, Attempt)
        .join(Attempt, (col(Attempt.message_id) == Message.id) & (col(Attempt.number) == Message.tries))
        .where(OPEN, Message.state == MessageState.SENDING, col(Message.lease_until) < at)
        .with_for_update(skip_locked=True)
    ).all()
    _doubt(session, expired, resumable, failover, word, "the worker did not come back", at)
    return len(expired)


def break_off(
    session: Session, dispatch: Dispatch, resumable: Collection[str], failover: Failover, word: Word, at: datetime
) -> None:
    """Take back the message over which its worker was interrupted, as `recover` does, unless its receipt is there."""
    waiting = [row for row in leased(session, [dispatch]).values() if row[1].outcome is None]
    _doubt(session, waiting, resumable, failover, word, "the delivery was broken off", at)


def _doubt(
    session: Session,
    broken: Sequence[tuple[Message, Attempt]],
    resumable: Collection[str],
    failover: Failover,
    word: Word,
    detail: str,
    at: datetime,
) -> None:
    facts, failures = wordings(session, broken), []
    for message, attempt in broken:
        again = message.channel in resumable
        message.state = MessageState.RETRY if again else MessageState.IN_DOUBT
        message.next_try_at, message.lease_until = (at if again else None), None
        facts.append(_conclude(message, attempt, Outcome.IN_DOUBT, detail, at))
        if not again:
            failures.append(Failure(message, Outcome.IN_DOUBT, detail, personal=False, at=at))
    record_all(session, facts)
    go_on(session, onward(session, failures, failover).values(), word, at)


def _goings(
    session: Session, tried: Iterable[tuple[Settled, Message, Attempt]], failover: Failover
) -> dict[int, Going]:
    failures = [
        Failure(message, one.outcome, one.detail, one.personal, one.at)
        for one, message, _ in tried
        if one.outcome is not Outcome.ACCEPTED
    ]
    return onward(session, failures, failover) if failures else {}


def _after(one: Settled, message: Message, goings: Mapping[int, Going]) -> tuple[MessageState, datetime | None]:
    """Return what is to become of a message after so many tries, and when it is tried again."""
    if one.outcome is not Outcome.RETRY:
        return _STATE_AFTER[one.outcome], None
    if message.tries > len(BACKOFF) or message.id in goings:
        return MessageState.REFUSED, None
    return MessageState.RETRY, one.at + BACKOFF[message.tries - 1]


def _conclude(message: Message, attempt: Attempt, outcome: Outcome, detail: str, at: datetime) -> dict[str, Any]:
    """Put down what came of an attempt, and return the fact that tells it."""
    attempt.outcome, attempt.detail, attempt.ended_at = outcome, detail, at
    told = {"key": message.key, "attempt": attempt.number, "outcome": outcome, "detail": detail}
    return {"kind": FactKind.RECEIPT, "at": at, "person_id": message.person_id, "payload": told}
