"""Delivering: messages leave through their channels, each attempt on record before the network is touched."""

import os
import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self
from uuid import uuid4

from sqlalchemy import Connection
from sqlmodel import Session

from config.settings import Settings
from config.workplace import Workplace
from flows.channels import Channel, ChannelError, Envelope, Receipt, open_channel
from models.commands.outbox import Dispatch, Settled, claim, give_back, recover, settle
from models.commands.pace import keep_away, take_turns_at
from models.database import connected
from models.pace import Pace
from models.queries.outbox import count_held
from models.vocabulary import Outcome

BATCH = 32
"""Messages leased at once: if the worker dies, so many at most are in doubt."""

PATIENCE = 3
"""Failures in a row after which a channel rests until the next delivery, so that it holds up no other."""

NEAR = timedelta(seconds=20)
"""How far off a robot's next turn may lie for a worker to wait for it; beyond, the channel rests."""

LONGEST_WAIT = timedelta(minutes=4)
"""How long a worker waits for turns over one batch; what is left of it then is leased anew."""


@dataclass(slots=True)
class Delivered:
    """What became of the messages tried, and how many are still held; `resting` names channels given up for now."""

    accepted: int = 0
    retry: int = 0
    refused: int = 0
    in_doubt: int = 0
    held: int = 0
    resting: list[str] = field(default_factory=list)


def deliver(
    place: Workplace,
    as_of: datetime,
    clock: Callable[[], datetime],
    progress: Callable[[int], None] | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Delivered:
    """Send what may leave as of a moment, if that lies in office hours, and settle every receipt.

    Several workers may run at once: a message is leased to one of them. What a dead worker left is taken back
    first. `clock` gives the instants that go on record; `progress` hears the number of messages tried; `pause` waits
    some seconds for a robot's next turn.
    """
    worker = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
    counts: Counter[Outcome] = Counter()
    with connected(place.engine) as connection, _PostOffice(place.settings, connection, clock, pause) as post:
        with connection.begin(), Session(connection) as session:
            counts[Outcome.IN_DOUBT] += recover(session, place.settings.resumable, clock())
            session.flush()
        settled: list[Settled] = []
        untried: list[Dispatch] = []
        while _may_leave(place, as_of):
            with connection.begin(), Session(connection) as session:
                settle(session, settled)
                give_back(session, untried)
                batch = claim(session, worker, as_of, clock(), post.resting, BATCH)
                session.flush()
            settled, untried = _send_all(post, batch, clock)
            counts.update(one.outcome for one in settled)
            if progress:
                progress(counts.total())
            if not batch:
                break
        with connection.begin(), Session(connection) as session:
            held = count_held(session)
    return Delivered(
        accepted=counts[Outcome.ACCEPTED],
        retry=counts[Outcome.RETRY],
        refused=counts[Outcome.REFUSED],
        in_doubt=counts[Outcome.IN_DOUBT],
        held=held,
        resting=sorted(post.resting),
    )


def _may_leave(place: Workplace, as_of: datetime) -> bool:
    return place.policy.hours.release(as_of, place.calendar, place.zone) == as_of


def _send_all(
    post: "_PostOffice", batch: list[Dispatch], clock: Callable[[], datetime]
) -> tuple[list[Settled], list[Dispatch]]:
    """Try a batch in turn; what is left of it when its channel goes to rest comes back untried."""
    settled: list[Settled] = []
    untried: list[Dispatch] = []
    post.waited = timedelta()
    for dispatch in batch:
        receipt = None if dispatch.channel in post.resting else post.send(dispatch)
        if receipt is None:
            untried.append(dispatch)
        else:
            settled.append(Settled(dispatch, receipt.outcome, receipt.detail, clock(), receipt.parts_accepted))
    return settled, untried


class _PostOffice:
    """The channels in use, each opened with its first message and kept; one that keeps failing rests.

    So does one whose robot has no turn soon. `waited` adds up what was waited for turns.
    """

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        clock: Callable[[], datetime],
        pause: Callable[[float], None],
    ) -> None:
        self._settings = settings
        self._connection, self._clock, self._pause = connection, clock, pause
        self._open = ExitStack()
        self._channels: dict[str, Channel] = {}
        self._failures: Counter[str] = Counter()
        self.resting: set[str] = set()
        self.waited = timedelta()

    def __enter__(self) -> Self:
        self._open.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def send(self, dispatch: Dispatch) -> Receipt | None:
        """Make the attempt and return its receipt; None, and nothing was sent, where it is not the channel's turn.

        A channel that cannot be opened has sent nothing either, but is broken.
        """
        envelope = _envelope(dispatch)
        try:
            channel = self._channel(dispatch.channel)
            if channel.pace and not self._has_turn(channel, channel.pace, dispatch.channel, envelope):
                return None
            receipt = channel.send(envelope)
            if channel.pace and receipt.throttled:
                self._rest(channel, channel.pace, dispatch.channel)
        except ChannelError as error:
            receipt = Receipt(Outcome.RETRY, str(error), parts_accepted=dispatch.parts_accepted)
        broken = receipt.outcome in (Outcome.RETRY, Outcome.IN_DOUBT) and not receipt.personal
        self._failures[dispatch.channel] = self._failures[dispatch.channel] + 1 if broken else 0
        if self._failures[dispatch.channel] >= PATIENCE:
            self.resting.add(dispatch.channel)
        return receipt

    def _has_turn(self, channel: Channel, pace: Pace, name: str, envelope: Envelope) -> bool:
        """Wait for the turns that the envelope needs, if they come soon; else the channel rests."""
        if self.waited >= LONGEST_WAIT:
            return False
        with self._connection.begin(), Session(self._connection) as session:
            now, calls = self._clock(), channel.calls(envelope)
            turn = take_turns_at(session, channel.robot, pace, calls, now, NEAR)
            session.flush()
        if turn is None:
            self.resting.add(name)
            return False
        if turn > now:
            self._pause((turn - now).total_seconds())
            self.waited += turn - now
        return True

    def _rest(self, channel: Channel, pace: Pace, name: str) -> None:
        """Let nobody call a robot that was called too often."""
        with self._connection.begin(), Session(self._connection) as session:
            keep_away(session, channel.robot, self._clock(), pace.penalty)
            session.flush()
        self.resting.add(name)

    def _channel(self, name: str) -> Channel:
        if name not in self._channels:
            url = self._settings.channel_url(name)
            if url is None:
                raise ChannelError(f"no channel is called '{name}'; name it in DUBAN_CHANNELS")
            opened = open_channel(url, private=self._settings.private)
            self._channels[name] = self._open.enter_context(opened)
        return self._channels[name]


def _envelope(dispatch: Dispatch) -> Envelope:
    return Envelope(
        key=dispatch.key,
        target=dispatch.target,
        recipient=dispatch.recipient,
        subject=dispatch.subject,
        body=dispatch.body,
        composed_at=dispatch.composed_at,
        parts_accepted=dispatch.parts_accepted,
    )
