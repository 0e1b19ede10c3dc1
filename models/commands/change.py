"""Changing a measure row: guarded against whoever else changed it meanwhile."""

from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from models.commands.actor import Actor
from models.database import take_turns
from models.errors import DubanError
from models.lifecycle import Refused
from models.measure import Measure
from models.vocabulary import State


class Overtaken(DubanError):
    """Somebody else changed the measure meanwhile."""


def change(session: Session, measure: Measure, actor: Actor, **columns: Any) -> None:  # noqa: ANN401 - any column
    """Change a measure only as it was read, so that nobody's work is lost. Raises `Overtaken`.

    It takes its turn before it locks the row, as the sweep does, so that neither waits for the other in a circle.
    """
    take_turns(session.connection())
    written = session.connection().execute(
        update(Measure)
        .where(col(Measure.id) == measure.id, col(Measure.version) == measure.version)
        .values(version=measure.version + 1, changed_at=actor.at, **columns)
    )
    if written.rowcount != 1:
        raise Overtaken(f"{measure.number} was changed by somebody else just now; look at it again.")
    session.refresh(measure)


def refuse_untracked(session: Session, measure: Measure) -> None:
    """Raise `Refused` for what nobody moves by hand: a divided measure, and a standing duty."""
    if measure.state is None:
        parts = session.exec(select(Measure.number).where(Measure.parent_id == measure.id)).all()
        raise Refused(f"{measure.number} is divided; act on its parts: {', '.join(sorted(parts))}.")
    if measure.standing:
        raise Refused(f"{measure.number} is a standing duty and never done; act on its occurrences.")


def refuse_occurrence(measure: Measure) -> None:
    """Raise `Refused` for an occurrence of a standing duty, whose day its rule sets."""
    if measure.occurs_on is not None:
        raise Refused(f"{measure.number} is one occurrence of a standing duty; its day is fixed.")


def refuse_done(measure: Measure) -> None:
    """Raise `Refused` for a measure that is done."""
    if measure.state is State.DONE:
        raise Refused(f"{measure.number} is done; reopen it first.")


def refuse_suspended(measure: Measure) -> None:
    """Raise `Refused` while the clock of a measure stands."""
    if measure.review_on is not None:
        raise Refused(f"{measure.number} is suspended until {measure.review_on}; resume it first.")
