"""What left, or is to: every message beside its reminders, its attempts and its facts."""

import json
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from sqlalchemy import select
from sqlmodel import Session

from models.audit.difference import Difference
from models.audit.record import Record, table
from models.audit.staff import Staff
from models.audit.waiting import Openings, difference_of, held_too_long, tried_too_late
from models.ledger import Fact
from models.outbox import Attempt, Message
from models.reminder import Reminder
from models.vocabulary import FactKind, MessageKind, MessageState, Outcome, Verdict

_ATTEMPT, _FACT, _MESSAGE, _REMINDER = table(Attempt), table(Fact), table(Message), table(Reminder)
SIZE = 1_000
"""Messages looked at together."""

_FITTING = {
    MessageState.RETRY: (Outcome.RETRY, Outcome.IN_DOUBT),  # in doubt where the channel recognises what it has
    MessageState.SENDING: (None,),
    MessageState.ACCEPTED: (Outcome.ACCEPTED,),
    MessageState.REFUSED: (Outcome.REFUSED, Outcome.RETRY),  # given up after many tries
    MessageState.IN_DOUBT: (Outcome.IN_DOUBT,),
}
"""What the last attempt at a message in each state can have come to."""
_BY_WORD = {Verdict.ARRIVED: MessageState.ACCEPTED, Verdict.LOST: MessageState.REFUSED}
"""How a message in doubt stands once a supervisor said what became of it."""


@dataclass(slots=True)
class Proof:
    """What the ledger has of one message: the hash of its text, its reminders, and the outcome of each attempt.

    `verdict` is what a supervisor said of it; `unreachable` tells that it was given up for want of an address.
    """

    body: str | None = None
    reminders: Sequence[int] = field(default_factory=lambda: array("q"))
    receipts: dict[int, str] = field(default_factory=dict)
    verdict: str | None = None
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with what hangs on it."""

    message: Record
    attempts: list[Record]
    reminders: dict[int, int]  # the post of each, by its id
    proof: Proof


def wrong_letters(session: Session, staff: Staff, openings: Openings) -> Iterator[Difference]:
    """Find messages that do not fit their reminders, attempts and facts, and facts of messages that are gone."""
    proofs = _proofs(session)
    passed: dict[str, date] = {}
    told: set[int] = set()
    for letter in _letters(session, proofs):
        message = letter.message
        if message.tries:
            day = openings.day(message.release_at)
            passed[message.channel] = max(day, passed.get(message.channel, day))
            if day == openings.day(openings.next) and message.kind == MessageKind.DIGEST:
                told.add(message.person_id)
        yield from _text(letter)
        yield from _attempts(letter)
        yield from _readers(letter, staff, openings)
    for key, proof in proofs.items():
        what = f"the ledger has a message with the key {key} and {len(proof.reminders)} reminders, and it is gone"
        yield Difference("outbox", what, "duban outbox")
    yield from held_too_long(session, passed, told, openings)
    yield from tried_too_late(session)


def _letters(session: Session, proofs: dict[str, Proof]) -> Iterator[Letter]:
    """Go through all messages in the order of ids, and take from the proofs what is theirs."""
    execute = session.connection().execute
    last = 0
    while True:
        found = select(_MESSAGE).where(_MESSAGE.c.id > last).order_by(_MESSAGE.c.id).limit(SIZE)
        messages = execute(found).all()
        if not messages:
            return
        first, last = messages[0].id, messages[-1].id
        attempts: dict[int, list[Record]] = defaultdict(list)
        tried = select(_ATTEMPT).where(_ATTEMPT.c.message_id.between(first, last))
        for attempt in execute(tried.order_by(_ATTEMPT.c.message_id, _ATTEMPT.c.number)):
            attempts[attempt.message_id].append(attempt)
        posts: dict[int, dict[int, int]] = defaultdict(dict)
        in_them = select(_REMINDER.c.message_id, _REMINDER.c.id, _REMINDER.c.post_id).where(
            _REMINDER.c.message_id.is_not(None), _REMINDER.c.message_id.between(first, last)
        )
        for message_id, reminder_id, post_id in execute(in_them):
            posts[message_id][reminder_id] = post_id
        for message in messages:
            number = message.id
            yield Letter(message, attempts[number], posts[number], proofs.pop(message.key, Proof()))


def _proofs(session: Session) -> dict[str, Proof]:
    proofs: dict[str, Proof] = defaultdict(Proof)
    kinds = (FactKind.COMPOSE, FactKind.RECEIPT, FactKind.RESOLVE)
    given_up = (_FACT.c.kind == FactKind.WITHHOLD) & _FACT.c.measure_id.is_(None)
    facts = select(_FACT.c.kind, _FACT.c.payload).where(_FACT.c.kind.in_(kinds) | given_up)
    for kind, payload in session.connection().execute(facts):
        told = json.loads(payload)
        if "key" not in told:
            continue  # a notice for which there was no address from the beginning
        proof = proofs[told["key"]]
        if kind is FactKind.COMPOSE:
            proof.body, proof.reminders = told["body_sha256"], array("q", told["reminders"])
        elif kind is FactKind.RECEIPT:
            proof.receipts[told["attempt"]] = told["outcome"]
        elif kind is FactKind.RESOLVE:
            proof.verdict = told["verdict"]
        else:
            proof.unreachable = True
    return proofs


def _text(letter: Letter) -> Iterator[Difference]:
    """Find a message whose text or reminders are not those that left."""
    message, proof = letter.message, letter.proof
    concluded = any(attempt.outcome for attempt in letter.attempts)
    if message.state is MessageState.WITHDRAWN and letter.reminders:
        yield _difference(letter, f"was withdrawn with {len(letter.reminders)} reminders in it, which nobody hears")
    if concluded and proof.body is None:
        yield _difference(letter, "was tried, and no fact of the ledger has what left")
    if proof.body is None:
        return
    if proof.body != sha256(message.body.encode()).hexdigest():
        yield _difference(letter, "has another text than the one that left")
    for number in letter.reminders.keys() - set(proof.reminders):
        yield _difference(letter, f"has reminder {number} in it, which was not there when it left")
    if message.state is MessageState.ACCEPTED:
        for number in set(proof.reminders) - letter.reminders.keys():
            yield _difference(letter, f"left with reminder {number} in it, which is not there any more")


def _attempts(letter: Letter) -> Iterator[Difference]:
    """Find a message whose attempts are not those that it counts, or not those that the ledger has."""
    message, receipts = letter.message, letter.proof.receipts
    made = {attempt.number: attempt.outcome for attempt in letter.attempts}
    if sorted(made) != list(range(1, message.tries + 1)):
        yield _difference(letter, f"counts {message.tries} attempts, and {len(made)} are on record")
    if message.tries and message.state not in _FITTING:
        yield _difference(letter, f"is {message.state}, and was tried")
    if message.state in _FITTING and made.get(message.tries) not in _FITTING[message.state] and not _excused(letter):
        last = made.get(message.tries) or "nothing"
        yield _difference(letter, f"is {message.state}, and its last attempt came to {last}")
    for number, outcome in made.items():
        if outcome and number not in receipts:
            yield _difference(letter, f"has no receipt in the ledger for attempt {number}, which came to {outcome}")
        elif outcome and receipts[number] != outcome:
            yield _difference(letter, f"came to {outcome} at attempt {number}; the ledger has {receipts[number]}")
    for number in receipts.keys() - {number for number, outcome in made.items() if outcome}:
        yield _difference(letter, f"has a receipt in the ledger for attempt {number}, which is not on record")


def _excused(letter: Letter) -> bool:
    """Tell whether a message stands otherwise than its last attempt for a reason that is on record.

    A supervisor said what became of it, it is a copy that waits, or it was given up for want of an address.
    """
    message, proof = letter.message, letter.proof
    if message.tries:
        return proof.verdict is not None and _BY_WORD.get(Verdict(proof.verdict)) is message.state
    if message.state is MessageState.RETRY:
        return message.instead_of is not None
    return message.state is MessageState.REFUSED and proof.unreachable


def _readers(letter: Letter, staff: Staff, openings: Openings) -> Iterator[Difference]:
    """Find posts whose reminders went to somebody who answered for them on no day on which it can have left."""
    message = letter.message
    first, last = openings.day(message.release_at), openings.day(openings.next)
    if letter.attempts:
        last = openings.day(letter.attempts[0].started_at)
    elif first > last:
        last = first  # it waits for the day after
    for post in sorted(set(letter.reminders.values())):
        days = (last, last) if not letter.attempts else (first, last)
        if staff.answered(post, message.person_id, *days) or staff.changed(post, message.composed_at):
            continue
        held = staff.answers(post, first)
        yield Difference(
            f"message {message.id}",
            f"goes to {staff.persons.get(message.person_id)}, and the post is held by "
            f"{staff.persons.get(held or 0, 'nobody')} on {first}",
            f"duban outbox --show {message.id}",
            post=staff.names.get(post, f"post {post}"),
        )


def _difference(letter: Letter, what: str) -> Difference:
    return difference_of(letter.message.id, what)
