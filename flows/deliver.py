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

from config import wording
from config.settings import Settings
from config.workplace import Workplace
from flows.channels import Attachment, Channel, ChannelError, Envelope, Receipt, open_channel
from models.commands.failover import Word, leave_disabled
from models.commands.outbox import Choice, Dispatch, Settled, break_off, claim, give_back, recover, settle
from models.commands.pace import keep_away, take_turns_at
from models.database import connected
from models.outbox import Message
from models.pace import Pace
from models.queries.outbox import count_held
from models.vocabulary import Onward, Outcome

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
    """Send what may leave as of a moment, outside office hours only what is urgent, and settle every receipt.

    Several workers may run at once: a message is leased to one of them. What a dead worker left is taken back
    first. `clock` gives the instants that go on record; `progress` hears the number of messages tried; `pause` waits
    some seconds for a robot's next turn.
    """
    with connected(place.engine) as connection, _PostOffice(place.settings, connection, clock, pause) as post:
        worker = _Worker(place, as_of, clock, connection, post)
        worker.take_back()
        try:
            while worker.send_batch():
                if progress:
                    progress(worker.counts.total())
        except BaseException:
            worker.break_off()
            raise
        with connection.begin(), Session(connection) as session:
            held = count_held(session)
    return Delivered(
        accepted=worker.counts[Outcome.ACCEPTED],
        retry=worker.counts[Outcome.RETRY],
        refused=worker.counts[Outcome.REFUSED],
        in_doubt=worker.counts[Outcome.IN_DOUBT],
        held=held,
        resting=sorted(post.resting),
    )


def wording_onward(place: Workplace) -> Word:
    """Return what words the messages that follow others, in the office's language."""

    def word(message: Message, onward: Onward) -> tuple[str, str]:
        before = wording.Before(message.subject, message.body, wording.hint(message.target), message.attached)
        return wording.onward(before, onward, place.office.locale)

    return word


def _in_office_hours(place: Workplace, as_of: datetime) -> bool:
    return place.policy.hours.release(as_of, place.calendar, place.zone) == as_of


@dataclass(slots=True)
class _Hand:
    """What a worker has in hand: leased and untried, the one that is under way, and what came of the others."""

    untried: list[Dispatch] = field(default_factory=list)
    under_way: Dispatch | None = None
    settled: list[Settled] = field(default_factory=list)


class _Worker:
    """Sends batch by batch, and writes down what came of one when it leases the next."""

    def __init__(
        self,
        place: Workplace,
        as_of: datetime,
        clock: Callable[[], datetime],
        connection: Connection,
        post: "_PostOffice",
    ) -> None:
        self._place, self._as_of, self._clock = place, as_of, clock
        self._connection, self._post = connection, post
        self._name = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
        self._word = wording_onward(place)
        self._urgent_only = not _in_office_hours(place, as_of)
        self._hand = _Hand()
        self.counts: Counter[Outcome] = Counter()

    def take_back(self) -> None:
        """Take back what dead workers left, and turn away from addresses that were disabled."""
        failover, resumable, now = self._place.policy.failover, self._place.settings.resumable, self._clock()
        with self._connection.begin(), Session(self._connection) as session:
            self.counts[Outcome.IN_DOUBT] += recover(session, resumable, failover, self._word, now)
            leave_disabled(session, self._word, now)
            session.flush()

    def send_batch(self) -> bool:
        """Write the last batch down, send the next one, and tell whether there was one."""
        with self._connection.begin(), Session(self._connection) as session:
            self._write_down(session)
            choice = Choice(self._as_of, self._post.resting, self._urgent_only, BATCH)
            batch = claim(session, self._name, choice, self._clock())
            self._hand.untried += batch  # so that `break_off` gives it back from here on
            session.flush()
        self._hand = _Hand(list(batch))
        self._send_all()
        return bool(batch)

    def break_off(self) -> None:
        """Keep every receipt there is and give back what was not tried: only what was under way is in doubt."""
        failover, resumable = self._place.policy.failover, self._place.settings.resumable
        with self._connection.begin(), Session(self._connection) as session:
            self._write_down(session)
            if self._hand.under_way:
                break_off(session, self._hand.under_way, resumable, failover, self._word, self._clock())
            session.flush()

    def _write_down(self, session: Session) -> None:
        settle(session, self._hand.settled, self._place.policy.failover, self._word)
        give_back(session, self._hand.untried)

    def _send_all(self) -> None:
        """Try a batch in turn; what is left of it when its channel goes to rest stays untried."""
        hand = self._hand
        self._post.waited = timedelta()
        for dispatch in tuple(hand.untried):
            if dispatch.channel in self._post.resting or not self._post.has_turn(dispatch):
                continue
            hand.under_way = dispatch
            hand.untried.remove(dispatch)
            receipt = self._post.send(dispatch)
            hand.settled.append(_settled(dispatch, receipt, self._clock()))
            hand.under_way = None
        self.counts.update(one.outcome for one in hand.settled)


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

    def has_turn(self, dispatch: Dispatch) -> bool:
        """Wait for the turns that the message needs, if they come soon; else the channel rests."""
        try:
            channel = self._channel(dispatch.channel)
        except ChannelError:
            return True  # the attempt will tell
        return not channel.pace or self._takes_turns(channel, channel.pace, dispatch)

    def send(self, dispatch: Dispatch) -> Receipt:
        """Make the attempt and return its receipt; a channel that cannot be opened has sent nothing."""
        try:
            channel = self._channel(dispatch.channel)
            receipt = channel.send(_envelope(dispatch))
            if channel.pace and receipt.throttled:
                self._rest(channel, channel.pace, dispatch.channel)
        except ChannelError as error:
            receipt = Receipt(Outcome.RETRY, str(error), parts_accepted=dispatch.parts_accepted)
        broken = receipt.outcome in (Outcome.RETRY, Outcome.IN_DOUBT) and not receipt.personal
        self._failures[dispatch.channel] = self._failures[dispatch.channel] + 1 if broken else 0
        if self._failures[dispatch.channel] >= PATIENCE:
            self.resting.add(dispatch.channel)
        return receipt

    def _takes_turns(self, channel: Channel, pace: Pace, dispatch: Dispatch) -> bool:
        if self.waited >= LONGEST_WAIT:
            return False
        with self._connection.begin(), Session(self._connection) as session:
            now, calls = self._clock(), channel.calls(_envelope(dispatch))
            turn = take_turns_at(session, channel.robot, pace, calls, now, NEAR)
            session.flush()
        if turn is None:
            self.resting.add(dispatch.channel)
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


def _settled(dispatch: Dispatch, receipt: Receipt, at: datetime) -> Settled:
    return Settled(
        dispatch,
        receipt.outcome,
        receipt.detail,
        at,
        parts_accepted=receipt.parts_accepted,
        personal=receipt.personal,
    )


def _envelope(dispatch: Dispatch) -> Envelope:
    return Envelope(
        key=dispatch.key,
        target=dispatch.target,
        recipient=dispatch.recipient,
        subject=dispatch.subject,
        body=dispatch.body,
        composed_at=dispatch.composed_at,
        parts_accepted=dispatch.parts_accepted,
        attachment=_attachment(dispatch),
    )


def _attachment(dispatch: Dispatch) -> Attachment | None:
    file = dispatch.attachment
    return Attachment(file.name, file.media_type, file.content) if file else None
