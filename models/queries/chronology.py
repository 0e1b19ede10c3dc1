"""The chronology: all that is on record of a measure, in order, for whoever inspects how it was followed up."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlmodel import Session, col, select

from models.due import DueChange
from models.ledger import Fact
from models.outbox import Message
from models.queries.history import Event, events_of, family
from models.queries.measure import find_measure
from models.queries.seals import newest
from models.reminder import Reminder
from models.run import Run
from models.seal import Stamp
from models.vocabulary import DueBasis, FactKind


@dataclass(frozen=True, slots=True)
class Under:
    """What a run's decisions rested on."""

    policy: str
    calendar: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What one fact says, or several that say the same of several repetitions; `under` of what a run decided."""

    facts: tuple[int, ...]
    event: Event
    under: Under | None


@dataclass(frozen=True, slots=True)
class Promise:
    """When a measure was first to be done, and on what that rests."""

    measure: str
    due_on: date
    basis: DueBasis


@dataclass(frozen=True, slots=True)
class Chronology:
    """The whole of it; `sealed` counts its facts that are under the last seal, `of` all of them.

    `letters` are the numbers of the messages, by their keys.
    """

    office: str
    number: str
    title: str
    on: datetime
    promises: tuple[Promise, ...]
    entries: tuple[Entry, ...]
    letters: Mapping[str, int]
    seal: Stamp | None
    sealed: int
    of: int

    @property
    def facts(self) -> list[int]:
        """The ids of its facts."""
        return [fact for entry in self.entries for fact in entry.facts]


def chronology(session: Session, office: str, number: str, on: datetime) -> Chronology:
    """Return the chronology of a measure with its parts, as of a moment in the office's time.

    Beside the facts about them it has those about every message that reminded of them, and those of the runs that
    decided so. Raises `UnknownMeasure`.
    """
    measure = find_measure(session, number)
    numbers = {member.id: member.number for member in family(session, measure)}
    members = numbers.keys()
    own = session.exec(select(Fact).where(col(Fact.measure_id).in_(members))).all()
    decided = {fact.run_id for fact in own if fact.run_id is not None}
    runs = session.exec(select(Run).where(col(Run.id).in_(decided))).all()
    under = {run.id: Under(run.policy_version, run.calendar_version) for run in runs}
    found = sorted(
        [*own, *_of_messages(session, members), *_of_runs(session, decided)], key=lambda fact: fact.id or 0
    )
    told = events_of(session, found)
    entries = tuple(
        Entry(tuple(event.id for event in alike), alike[0], under.get(alike[0].run)) for alike in _alike(told)
    )
    seal = newest(session)
    return Chronology(
        office=office,
        number=measure.number,
        title=measure.title,
        on=on,
        promises=_promises(session, numbers),
        entries=entries,
        letters=_letters(session, told),
        seal=Stamp(seal.number, seal.size, seal.head) if seal else None,
        sealed=sum(event.id <= seal.last_fact for event in told) if seal else 0,
        of=len(told),
    )


def _promises(session: Session, numbers: Mapping[int | None, str]) -> tuple[Promise, ...]:
    changes = select(DueChange).where(col(DueChange.measure_id).in_(numbers)).order_by(col(DueChange.id))
    first: dict[int, Promise] = {}
    for change in session.exec(changes).all():
        promise = Promise(numbers[change.measure_id], change.due_on, change.basis)
        first.setdefault(change.measure_id, promise)
    return tuple(first.values())


def _letters(session: Session, told: Iterable[Event]) -> dict[str, int]:
    """Return the numbers of the messages that some facts name, by their keys."""
    keys = {event.payload[name] for event in told for name in ("key", "before") if name in event.payload}
    rows = session.exec(select(Message.key, Message.id).where(col(Message.key).in_(keys))).all()
    return {key: number or 0 for key, number in rows}


def _of_messages(session: Session, members: Collection[int | None]) -> list[Fact]:
    """Return what is on record of the messages that reminded of some measures: what left, receipts, and the rest."""
    reminders = set(session.exec(select(Reminder.id).where(col(Reminder.measure_id).in_(members))).all())
    composed = session.exec(select(Fact).where(Fact.kind == FactKind.COMPOSE)).all() if reminders else ()
    letters = [fact for fact in composed if not reminders.isdisjoint(json.loads(fact.payload)["reminders"])]
    if not letters:
        return []
    keys = {json.loads(fact.payload)["key"] for fact in letters}
    persons = {fact.person_id for fact in letters}
    beside = select(Fact).where(
        col(Fact.measure_id).is_(None),
        col(Fact.person_id).in_(persons),
        col(Fact.id) >= min(fact.id or 0 for fact in letters),
    )
    return [fact for fact in session.exec(beside).all() if json.loads(fact.payload).get("key") in keys]


def _of_runs(session: Session, runs: Collection[int]) -> Iterable[Fact]:
    return session.exec(select(Fact).where(Fact.kind == FactKind.RUN, col(Fact.run_id).in_(runs))).all()


def _alike(told: Iterable[Event]) -> list[list[Event]]:
    """Put together what one run withheld from a post for one reason, again and again."""

    def likeness(event: Event) -> object:
        said = event.payload
        if event.kind is not FactKind.WITHHOLD:
            return event.id
        return event.run, event.measure, event.post, said.get("watch"), said.get("step"), said["reason"]

    return [list(alike) for _, alike in groupby(told, likeness)]
