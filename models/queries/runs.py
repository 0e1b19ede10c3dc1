"""Runs as people see them: the last good night, and those that broke off."""

from datetime import datetime, timedelta

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from models.outbox import Message
from models.run import Run
from models.seal import Seal
from models.vocabulary import MessageState, RunKind

STALE = timedelta(hours=36)
"""After which a night was missed: a day, and half a day for an outage that is seen to."""


def last_good_night(session: Session) -> datetime | None:
    """Return when a nightly run last looked through everything that was delivered and sealed, too.

    The seal is a run's last deed: one that died over its messages has none.
    """
    sealed = exists().where(col(Seal.run_id) == Run.id)
    ended = select(func.max(Run.ended_at)).where(Run.kind == RunKind.NIGHTLY, sealed)
    return session.exec(ended).one()


def is_stale(last_good_night: datetime | None, now: datetime) -> bool:
    """Tell whether a night was missed."""
    return last_good_night is None or now - last_good_night > STALE


def unfinished(session: Session) -> list[int]:
    """Return the runs that broke off, or are under way, and that no later run of everything has made good."""
    made_good = select(func.coalesce(func.max(Run.id), 0)).where(col(Run.ended_at).is_not(None), Run.scope == "{}")
    runs = select(Run.id).where(col(Run.ended_at).is_(None), col(Run.id) > made_good.scalar_subquery())
    return [run for run in session.exec(runs.order_by(col(Run.id))).all() if run is not None]


def count_messages(session: Session) -> dict[MessageState, int]:
    """Return how many messages stand where, without those that another one took over from."""
    follower = aliased(Message)
    final = ~exists().where(col(follower.instead_of) == Message.id)
    rows = session.exec(select(Message.state, func.count()).where(final).group_by(col(Message.state))).all()
    return {MessageState(state): number for state, number in rows}
