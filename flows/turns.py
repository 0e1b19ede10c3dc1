"""Turns at a robot: taken in the database, so that everybody who sends through it keeps its pace together."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlmodel import Session

from flows.channels import Channel, Envelope, Receipt
from models.commands.pace import keep_away, take_turns_at
from models.database import connected, open_database, require_schema
from models.errors import DubanError
from models.vocabulary import Outcome

PATIENCE = timedelta(minutes=1)
"""How far off a turn may lie for a message that is in no outbox; so long WeCom and Feishu punish, at most."""

_DATABASE = 5  # seconds to wait for it: the message may be the very one that tells of its trouble


def take_turns(
    connection: Connection, channel: Channel, envelope: Envelope, now: datetime, patience: timedelta
) -> list[datetime] | None:
    """Take a turn for each call that a message needs, none where its channel has no pace, and return when they are.

    None, and no turn taken, where the first of them is further off than the patience.
    """
    if channel.pace is None:
        return []
    with connection.begin(), Session(connection) as session:
        calls = channel.calls(envelope)
        turns = take_turns_at(session, channel.robot, channel.pace, calls, now, patience)
        session.flush()
    return turns


def leave_alone(connection: Connection, channel: Channel, now: datetime) -> None:
    """Let nobody call a robot for as long as its vendor punishes: it said that it was called too often."""
    if channel.pace is None:
        return
    with connection.begin(), Session(connection) as session:
        keep_away(session, channel.robot, now, channel.pace.penalty)
        session.flush()


def in_turn(
    turns: Sequence[datetime], clock: Callable[[], datetime], pause: Callable[[float], None]
) -> Callable[[int], None]:
    """Return what lets the turn of a call come, by the call's number."""

    def wait(call: int) -> None:
        ahead = (turns[call] - clock()).total_seconds() if turns else 0.0
        if ahead > 0:
            pause(ahead)

    return wait


def send_in_turn(
    database: str,
    channel: Channel,
    envelope: Envelope,
    clock: Callable[[], datetime],
    pause: Callable[[float], None],
) -> Receipt:
    """Send a message that is in no outbox when the robot has a turn; where none is near, say so and send nothing.

    Where the database does not answer, it leaves without a turn.
    """
    if channel.pace is None:
        return channel.send(envelope)
    turns: list[datetime] | None = []
    with suppress(DubanError), _connected(database) as connection:
        turns = take_turns(connection, channel, envelope, clock(), PATIENCE)
    if turns is None:
        near = f"within {PATIENCE.total_seconds():.0f} seconds"
        return Receipt(Outcome.RETRY, f"nothing was sent: the robot has no turn {near}")
    receipt = channel.send(envelope, in_turn(turns, clock, pause))
    if receipt.throttled:
        with suppress(DubanError), _connected(database) as connection:
            leave_alone(connection, channel, clock())
    return receipt


@contextmanager
def _connected(database: str) -> Iterator[Connection]:
    engine = open_database(database, _DATABASE)
    try:
        require_schema(engine)
        with connected(engine) as connection:
            yield connection
    finally:
        engine.dispose()
