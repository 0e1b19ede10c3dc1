"""A year at the office of Qiyang: nights, mornings, what people do, and nights on which nothing runs."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from sqlmodel import col, select

from flows.compose import Composed
from models.commands.actor import Actor, Rules
from models.commands.evidence import add_evidence
from models.commands.move import Given, move, set_due_date
from models.database import reading, writing
from models.measure import Measure
from models.office import Address, Holding, Person, Post
from models.outbox import Attempt, Message
from models.queries.office import find_person
from models.reminder import Reminder
from models.vocabulary import Action, EvidenceKind, State
from tests.desk import MIDNIGHT, MORNING, Desk, at

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlmodel import Session

    from config.workplace import Workplace

FIRST = date(2023, 12, 18)
DAYS = [FIRST + timedelta(days=number) for number in range(400)]
AFTERNOON = time(16)
DEEDS = Path(__file__).parents[1] / "data" / "qiyang.deeds.txt"


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody does on a day, about a measure or a post."""

    on: date
    by: str
    what: str
    about: str
    how: str = ""

    def __str__(self) -> str:
        return " ".join(word for word in (self.by, self.what, self.about, self.how) if word not in ("", "-"))


def outages(seed: int, count: int = 9, longest: int = 12) -> set[date]:
    """Return nights on which nothing runs, in stretches of random length; the last one is not among them."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    starts = chance.sample(range(1, len(DAYS) - longest), count)
    return {DAYS[start + night] for start in starts for night in range(chance.randint(1, longest))}


class Year:
    """Lives through the days, and keeps a chronicle of who did what and who was told what."""

    def __init__(self, place: Workplace, outages: Collection[date]) -> None:
        self.chronicle: list[str] = []
        self._desk = Desk(place)
        self._outages = outages
        self._deeds: dict[date, list[Deed]] = defaultdict(list)
        for line in DEEDS.read_text().splitlines():
            if line and not line.startswith("#"):
                on, *words = line.split(maxsplit=4)
                self._deeds[date.fromisoformat(on)].append(Deed(date.fromisoformat(on), *words))

    def live(self) -> None:
        """Live through all days."""
        for day in DAYS:
            running = day not in self._outages
            events: list[str] = []
            if running:
                self._night(day)
                events += self._morning(day)
            events += self._afternoon(day)
            if events or not running:
                self.chronicle.append(f"{day} {day:%a}{'' if running else ' nothing runs'}")
                self.chronicle += [f"  {event}" for event in events]

    def _night(self, day: date) -> None:
        """Sweep and compose, and again, which must add nothing."""
        composed = self._desk.night(day)
        again = self._desk.sweep(at(day, MIDNIGHT))
        assert (again.examined, again.reminders, again.withheld) == (0, 0, 0)
        nothing = Composed(messages=0, withdrawn=0, overtaken=0, unreachable=composed.unreachable)
        assert self._desk.compose(at(day, MIDNIGHT)) == nothing

    def _morning(self, day: date) -> list[str]:
        """Deliver, and return who was told what: the measure, the step, and which time it is repeated."""
        delivered = self._desk.deliver(at(day, MORNING))
        if not delivered.accepted:
            return []
        with reading(self._desk.place.engine) as session:
            rows = session.exec(
                select(Message.target, Measure.number, Reminder, Post.slug)
                .join(Attempt, col(Attempt.message_id) == Message.id)
                .join(Reminder, col(Reminder.message_id) == Message.id)
                .join(Measure, col(Measure.id) == Reminder.measure_id)
                .outerjoin(Post, col(Post.id) == Reminder.instead_of)
                .where(Attempt.started_at == at(day, MORNING))
                .order_by(col(Message.id), col(Measure.id), col(Reminder.id))
            ).all()
            return [
                f"{target}: {', '.join(_item(number, reminder, post) for _, number, reminder, post in items)}"
                for target, items in groupby(rows, key=lambda row: row[0])
            ]

    def _afternoon(self, day: date) -> list[str]:
        """Let people do what they do on a day, and return the part of it that is no routine."""
        with writing(self._desk.place.engine) as session:
            for deed in _routine(session, day):
                self._do(session, deed)
            for deed in self._deeds[day]:
                self._do(session, deed)
        return [f"* {deed}" for deed in self._deeds[day]]

    def _do(self, session: Session, deed: Deed) -> None:
        if deed.what in ("leave", "take", "act"):
            _change_hands(session, deed)
            return
        by = Actor(find_person(session, deed.by), deed.on, at(deed.on, AFTERNOON))
        rules = Rules(self._desk.place.policy.escalation, self._desk.place.calendar)
        if deed.what in ("evidence", "permit"):
            kind = EvidenceKind.PERMIT if deed.what == "permit" else EvidenceKind.WORK
            evidence = self._desk.place.settings.evidence
            add_evidence(session, evidence, deed.about, DEEDS, kind, by)
        elif deed.what == "due":
            on, _, reason = deed.how.partition(" ")
            set_due_date(session, deed.about, date.fromisoformat(on), reason, by, rules)
        else:
            move(session, deed.about, Action(deed.what), by, _given(deed), rules)


def _item(number: str, reminder: Reminder, instead_of: str | None) -> str:
    again = f" #{reminder.repetition + 1}" if reminder.repetition else ""
    return f"{number} {reminder.step}{again}{f' for {instead_of}' if instead_of else ''}"


def _given(deed: Deed) -> Given:
    first, _, rest = deed.how.partition(" ")
    if deed.what == Action.APPLY:
        return Given(outside_body=first, document=rest)
    if deed.what == Action.REOPEN:
        return Given(due_on=date.fromisoformat(first), reason=rest)
    return Given(reason=deed.how or None)


def _change_hands(session: Session, deed: Deed) -> None:
    post = session.exec(select(Post).where(Post.slug == deed.about)).one()
    if deed.what == "leave":
        held = select(Holding).where(Holding.post_id == post.id, col(Holding.until).is_(None))
        session.exec(held).one().until = deed.on
        return
    person = session.exec(select(Person).where(Person.slug == deed.how)).first()
    if person is None:
        person = Person(slug=deed.how, name=deed.how)
        session.add(person)
        session.flush()
        session.add(Address(person_id=person.id or 0, rank=1, channel="local", target=deed.how))
    session.add(Holding(post_id=post.id or 0, person_id=person.id or 0, since=deed.on, acting=deed.what == "act"))


_ROUTINE = {"2.4-3": "quality-station-head", "3.2-2b": "branch-secretaries", "1.9-1c": "general-office-head"}
_FORGOTTEN = 5  # every fifth week's duties are, at first


def _routine(session: Session, day: date) -> list[Deed]:
    """Return what is done about standing duties: handed in the same day, or after eleven; approved the next day."""
    occurrences = select(Measure).where(col(Measure.occurs_on) <= day, col(Measure.state) != State.DONE)
    done: list[Deed] = []
    for one in session.exec(occurrences.order_by(col(Measure.id))).all():
        by = _ROUTINE[one.number.partition("@")[0]]
        assert one.occurs_on is not None
        late = 11 if one.occurs_on.toordinal() // 7 % _FORGOTTEN == 0 else 0
        if one.submitted_on:
            done.append(Deed(day, "supervision", "approve", one.number))
        elif day - one.occurs_on >= timedelta(days=late):
            done += [Deed(day, by, what, one.number) for what in ("start", "evidence", "submit")]
    return done
