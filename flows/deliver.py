"""Delivering: messages leave through their channels, each attempt on record before the network is touched."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from config import wording
from config.workplace import Workplace
from flows.postoffice import PostOffice
from flows.worker import Worker
from models.commands.failover import Word
from models.database import connected
from models.outbox import Message
from models.queries.outbox import count_held
from models.vocabulary import Onward, Outcome


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
    with connected(place.engine) as connection, PostOffice(place.settings, connection, clock, pause) as post:
        worker = Worker(place, as_of, clock, connection, post, wording_onward(place))
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
