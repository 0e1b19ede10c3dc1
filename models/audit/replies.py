"""What was replied to messages, by the ledger and by the replies kept, and the messages that it was replied to."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from models.acknowledgement import Acknowledgement
from models.audit.record import Record, table
from models.ledger import Fact
from models.outbox import Message
from models.reminder import Reminder
from models.vocabulary import FactKind, Reply, WatchKind

_ACKNOWLEDGEMENT, _FACT = table(Acknowledgement), table(Fact)
_MESSAGE, _REMINDER = table(Message), table(Reminder)
_KINDS = {FactKind.ACKNOWLEDGE: Reply.ACKNOWLEDGED, FactKind.SNOOZE: Reply.SNOOZED}


class Answer(NamedTuple):
    """A person's reply, for a post, to one step in a message, until a day."""

    message: str | None
    person: int
    post: int
    watch: WatchKind
    anchor: date
    step: str
    reply: Reply
    until: date

    @property
    def about(self) -> tuple[WatchKind, date, str, int]:
        """What it is a reply to: the step of a watch, to a post."""
        return self.watch, self.anchor, self.step, self.post


class Replied(NamedTuple):
    """A fact of an answer: which one, when, and on which day of the office's."""

    fact: int
    at: datetime
    on: date
    answer: Answer


@dataclass(slots=True)
class Replies:
    """The answers of some measures, by the ledger and by the rows kept; and the messages that their steps are in."""

    told: dict[int, list[Replied]] = field(default_factory=lambda: defaultdict(list))
    kept: dict[int, set[Answer]] = field(default_factory=lambda: defaultdict(set))
    letters: dict[int, Record] = field(default_factory=dict)

    def letter(self, message: int | None, key: str | None) -> Record | None:
        """Return the letter with a key, if it is a message, or one that this took over from, and was tried."""
        while message is not None and message in self.letters:
            one = self.letters[message]
            if one.key == key:
                return one if any(each.tries for each in self._line(message)) else None
            message = one.instead_of
        return None

    def _line(self, message: int | None) -> Iterator[Record]:
        while message is not None and message in self.letters:
            yield self.letters[message]
            message = self.letters[message].instead_of


def read_replies(session: Session, first: int, last: int) -> Replies:
    """Read what was replied about the measures with ids from one through another."""
    replies = Replies()
    execute = session.connection().execute
    columns = (_FACT.c.id, _FACT.c.at, _FACT.c.kind, _FACT.c.measure_id, _FACT.c.person_id, _FACT.c.post_id)
    facts = select(*columns, _FACT.c.payload).where(_FACT.c.kind.in_(_KINDS), _FACT.c.measure_id.between(first, last))
    for fact, at, kind, measure, person, post, payload in execute(facts.order_by(_FACT.c.id)):
        told = json.loads(payload)
        until, anchor = date.fromisoformat(told["until"]), date.fromisoformat(told["anchor"])
        watch = WatchKind(told["watch"])
        told_of = Answer(told["message"], person, post, watch, anchor, told["step"], _KINDS[kind], until)
        replies.told[measure].append(Replied(fact, at, date.fromisoformat(told["on"]), told_of))
    row = _ACKNOWLEDGEMENT.c
    answers = select(
        row.measure_id,
        _MESSAGE.c.key,
        row.person_id,
        row.post_id,
        row.watch,
        row.anchor,
        row.step,
        row.reply,
        row.until,
    ).outerjoin(_MESSAGE, _MESSAGE.c.id == row.message_id)
    for measure, *answer in execute(answers.where(row.measure_id.between(first, last))):
        replies.kept[measure].add(Answer(*answer))
    if replies.told:
        _read_letters(session, replies, first, last)
    return replies


def _read_letters(session: Session, replies: Replies, first: int, last: int) -> None:
    """Read the messages that hold what was replied to, with those that they took over from."""
    columns = (_MESSAGE.c.id, _MESSAGE.c.key, _MESSAGE.c.person_id, _MESSAGE.c.tries, _MESSAGE.c.instead_of)
    held = select(_REMINDER.c.message_id).where(_REMINDER.c.measure_id.between(first, last))
    wanted = select(*columns).where(_MESSAGE.c.id.in_(held))
    while rows := session.connection().execute(wanted).all():
        replies.letters |= {row.id: row for row in rows}
        before = {row.instead_of for row in rows} - replies.letters.keys() - {None}
        if not before:
            return
        wanted = select(*columns).where(_MESSAGE.c.id.in_(before))
