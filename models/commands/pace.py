"""Taking turns at a robot, so that all processes together keep its pace."""

from datetime import datetime, timedelta

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, select

from models.pace import Pace, next_turns
from models.robot import Robot

_ROBOT = SQLModel.metadata.tables["robot"]


def take_turns_at(
    session: Session, robot: str, pace: Pace, count: int, now: datetime, patience: timedelta
) -> list[datetime] | None:
    """Take the next turns at a robot, one for each call, and return when they are.

    None, and no turn taken, where the first of them is further off than one is willing to wait.
    """
    row = _locked(session, robot, now)
    taken = [datetime.fromisoformat(turn) for turn in row.taken]
    turns = next_turns(pace, taken, row.closed_until, now, count)
    if turns[0] - now > patience:
        return None
    row.taken = [turn.isoformat() for turn in [*taken, *turns][-pace.calls :]]
    session.add(row)
    return turns


def keep_away(session: Session, robot: str, now: datetime, penalty: timedelta) -> None:
    """Let nobody call a robot for a while: it said that it was called too often."""
    row = _locked(session, robot, now)
    row.closed_until = now + penalty
    session.add(row)


def _locked(session: Session, robot: str, now: datetime) -> Robot:
    """Return the robot's row, which nobody else may touch until the transaction ends."""
    connection = session.connection()
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    new = make(_ROBOT).values(fingerprint=robot, taken=[], closed_until=now)
    connection.execute(new.on_conflict_do_nothing())
    return session.exec(select(Robot).where(Robot.fingerprint == robot).with_for_update()).one()
