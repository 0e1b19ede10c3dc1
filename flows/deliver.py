"""Delivering: messages leave through their channels, each attempt on record before the network is touched."""

import os
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session

from config.settings import Settings
from config.workplace import Workplace
from flows.channels import Channel, ChannelError, Envelope, Receipt, open_channel
from models.commands.outbox import Dispatch, Settled, claim, give_back, recover, settle
from models.database import connected
from models.queries.outbox import count_held
from models.vocabulary import Outcome

BATCH = 32
"""Messages leased at once: if the worker dies, so many at most are in doubt."""

PATIENCE = 3
"""Failures in a row after which a channel rests until the next delivery, so that it holds up no other."""


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
) -> Delivered:
    """Send what may leave as of a moment, if that lies in office hours, and settle every receipt.

    Several workers may run at once: a message is leased to one of them. What a dead worker left is taken back
    first. `clock` gives the instants that go on record; `progress` hears the number of messages tried.
    """
    worker = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
    post = _PostOffice(place.settings)
    counts: Counter[Outcome] = Counter()
    with connected(place.engine) as connection, post:
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
    for dispatch in batch:
        if dispatch.channel in post.resting:
            untried.append(dispatch)
        else:
            receipt = post.send(dispatch)
            settled.append(Settled(dispatch, receipt.outcome, receipt.detail, clock()))
    return settled, untried


class _PostOffice:
    """The channels in use, each opened with its first message and kept; one that keeps failing rests."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open = ExitStack()
        self._channels: dict[str, Channel] = {}
        self._failures: Counter[str] = Counter()
        self.resting: set[str] = set()

    def __enter__(self) -> None:
        self._open.__enter__()

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def send(self, dispatch: Dispatch) -> Receipt:
        """Make the attempt and return its receipt; a channel that cannot be opened has sent nothing."""
        receipt = self._attempt(dispatch)
        broken = receipt.outcome in (Outcome.RETRY, Outcome.IN_DOUBT) and not receipt.personal
        self._failures[dispatch.channel] = self._failures[dispatch.channel] + 1 if broken else 0
        if self._failures[dispatch.channel] >= PATIENCE:
            self.resting.add(dispatch.channel)
        return receipt

    def _attempt(self, dispatch: Dispatch) -> Receipt:
        envelope = Envelope(
            key=dispatch.key,
            target=dispatch.target,
            recipient=dispatch.recipient,
            subject=dispatch.subject,
            body=dispatch.body,
            composed_at=dispatch.composed_at,
        )
        try:
            return self._channel(dispatch.channel).send(envelope)
        except ChannelError as error:
            return Receipt(Outcome.RETRY, str(error))

    def _channel(self, name: str) -> Channel:
        if name not in self._channels:
            url = self._settings.channel_url(name)
            if url is None:
                raise ChannelError(f"no channel is called '{name}'; name it in DUBAN_CHANNELS")
            self._channels[name] = self._open.enter_context(open_channel(url))
        return self._channels[name]
