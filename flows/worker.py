"""The worker: leases messages batch by batch, sends them, and writes every receipt down."""

import os
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection
from sqlmodel import Session

from config.workplace import Workplace
from flows.channels import Receipt
from flows.postoffice import PostOffice
from models.commands.failover import Word, leave_disabled
from models.commands.leases import Choice, Dispatch, claim, give_back
from models.commands.receipts import Settled, break_off, recover, settle
from models.vocabulary import Outcome

BATCH = 32
"""Messages leased at once: if the worker dies, so many at most are in doubt."""


@dataclass(slots=True)
class _Hand:
    """What a worker has in hand: leased and untried, the one that is under way, and what came of the others."""

    untried: list[Dispatch] = field(default_factory=list)
    under_way: Dispatch | None = None
    settled: list[Settled] = field(default_factory=list)


class Worker:
    """Sends batch by batch, and writes down what came of one when it leases the next, or has to wait for a turn."""

    def __init__(
        self,
        place: Workplace,
        as_of: datetime,
        clock: Callable[[], datetime],
        connection: Connection,
        post: PostOffice,
        word: Word,
    ) -> None:
        self._place, self._as_of, self._clock = place, as_of, clock
        self._connection, self._post, self._word = connection, post, word
        self._name = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
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

    def _write_down(self, session: Session, kept: Dispatch | None = None) -> None:
        settle(session, self._hand.settled, self._place.policy.failover, self._word)
        give_back(session, [dispatch for dispatch in self._hand.untried if dispatch is not kept])

    def _send_all(self) -> None:
        """Try a batch in turn, up to the first message that has to wait; what is not tried stays untried."""
        for dispatch in tuple(self._hand.untried):
            turns = self._post.take_turns(dispatch)
            if turns is None:
                continue
            waits = bool(turns) and turns[-1] > self._clock()
            if waits:
                self._put_down_all_but(dispatch)
                self._post.wait(turns)
            self._send(dispatch, turns)
            if waits:
                break

    def _put_down_all_but(self, dispatch: Dispatch) -> None:
        """Write everything down, and give back all others, before a wait: who dies in it loses no receipt."""
        with self._connection.begin(), Session(self._connection) as session:
            self._write_down(session, kept=dispatch)
            session.flush()
        self._hand = _Hand([dispatch])

    def _send(self, dispatch: Dispatch, turns: Sequence[datetime]) -> None:
        hand = self._hand
        hand.under_way = dispatch
        hand.untried.remove(dispatch)
        receipt = self._post.send(dispatch, turns)
        hand.settled.append(_settled(dispatch, receipt, self._clock()))
        hand.under_way = None
        self.counts[receipt.outcome] += 1


def _in_office_hours(place: Workplace, as_of: datetime) -> bool:
    return place.policy.hours.release(as_of, place.calendar, place.zone) == as_of


def _settled(dispatch: Dispatch, receipt: Receipt, at: datetime) -> Settled:
    return Settled(
        dispatch,
        receipt.outcome,
        receipt.detail,
        at,
        parts_accepted=receipt.parts_accepted,
        personal=receipt.personal,
    )
