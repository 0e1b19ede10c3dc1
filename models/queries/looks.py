"""Looks: when the register was last swept, and whether a night's sweep is done."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from models.run import Run
from models.vocabulary import RunKind


def last_look(session: Session) -> datetime | None:
    """Return the latest moment as of which there was a sweep."""
    return session.exec(select(func.max(Run.as_of))).one()


def night_is_done(session: Session, as_of: datetime) -> bool:
    """Tell whether a nightly sweep as of a moment, or a later one, has come to its end."""
    done = select(Run.id).where(Run.kind == RunKind.NIGHTLY, col(Run.as_of) >= as_of, col(Run.ended_at).is_not(None))
    return session.exec(done.limit(1)).first() is not None
