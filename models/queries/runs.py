"""Runs as people see them: the last one, and those that broke off."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from models.outbox import Message
from models.run import Run
from models.vocabulary import MessageState, RunKind


@dataclass(frozen=True, slots=True)
class LastRun:
    """A run by its number and times; `ended_at` is None where it broke off or is under way."""

    id: int
    as_of: datetime
    started_at: datetime
    ended_at: datetime | None


def last_run(session: Session, kind: RunKind) -> LastRun | None:
    """Return the run of a kind that started last."""
    run = session.exec(select(Run).where(Run.kind == kind).order_by(col(Run.id).desc()).limit(1)).first()
    return LastRun(run.id or 0, run.as_of, run.started_at, run.ended_at) if run else None


def unfinished(session: Session) -> list[int]:
    """Return the runs that broke off, or are under way, and that no later run of everything has made good."""
    made_good = select(func.coalesce(func.max(Run.id), 0)).where(col(Run.ended_at).is_not(None), Run.scope == "{}")
    runs = select(Run.id).where(col(Run.ended_at).is_(None), col(Run.id) > made_good.scalar_subquery())
    return [run for run in session.exec(runs.order_by(col(Run.id))).all() if run is not None]


def count_messages(session: Session) -> dict[MessageState, int]:
    """Return how many messages stand where."""
    rows = session.exec(select(Message.state, func.count()).group_by(col(Message.state))).all()
    return {MessageState(state): number for state, number in rows}
