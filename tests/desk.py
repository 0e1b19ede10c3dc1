"""An office at work: the stages of a night on a real database, and what came of them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlmodel import col, select

from config.calendar import load_calendar
from config.policy import load_policy
from config.settings import Settings
from config.workplace import Workplace
from flows.compose import Composed, compose
from flows.deliver import Delivered, deliver
from flows.sweep import Request, Swept, sweep
from models.database import reading, writing
from models.ledger import Fact
from models.office import Address, Holding, Office, Person, Post, Unit, UnitDuty
from models.outbox import Attempt, Message
from models.queries.scope import Scope
from models.reminder import Reminder
from models.vocabulary import Duty, FactKind, MessageState, RunKind
from tests.factory import Factory, id_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Engine
    from sqlmodel import Session

    from models.measure import Measure

MONDAY = date(2023, 12, 25)
LATE = date(2023, 12, 20)
"""So late on MONDAY that the responsible post, and nobody else, is urged."""

ZONE = ZoneInfo("Asia/Shanghai")
MIDNIGHT = time(0, 30)
MORNING = time(9)


def at(day: date, hour: time = MORNING) -> datetime:
    """Return an instant of the office's day."""
    return datetime.combine(day, hour, ZONE)


def workplace(engine: Engine, home: Path, channels: Mapping[str, str] | None = None) -> Workplace:
    """Open the office in a database, under the shipped policy and calendar."""
    with reading(engine) as session:
        office = session.exec(select(Office)).one()
        session.expunge_all()
    urls = {name: SecretStr(url) for name, url in (channels or {}).items()}
    return Workplace(
        settings=Settings(home=home, channels=urls),
        engine=engine,
        policy=load_policy("default"),
        calendar=load_calendar(office.calendar, None),
        office=office,
        zone=ZoneInfo(office.timezone),
    )


class Desk:
    """The stages of a night at one workplace; what is put on record carries the moment that is given."""

    def __init__(self, place: Workplace) -> None:
        self.place = place

    def open_channels(self, **urls: str) -> None:
        """Name channels, as the settings do."""
        self.place = workplace(self.place.engine, self.place.settings.home, urls)

    def sweep(self, as_of: datetime, now: datetime | None = None) -> Swept:
        """Claim what is owed."""
        place = self.place
        request = Request(RunKind.NIGHTLY, "test", Scope(), as_of, now or as_of)
        return sweep(place.engine, place.policy.escalation, place.calendar, place.zone, request)

    def compose(self, as_of: datetime) -> Composed:
        """Gather what is owed into drafts."""
        return compose(self.place, as_of, as_of)

    def night(self, day: date, hour: time = MIDNIGHT) -> Composed:
        """Sweep and compose, by default half an hour into a day."""
        self.sweep(at(day, hour))
        return self.compose(at(day, hour))

    def deliver(
        self,
        as_of: datetime,
        clock: Callable[[], datetime] | None = None,
        pause: Callable[[float], None] | None = None,
    ) -> Delivered:
        """Deliver; without a clock of its own, time stands still meanwhile, and nobody may wait for it."""
        return deliver(self.place, as_of, clock or (lambda: as_of), pause=pause or _never)

    def messages(self, *states: MessageState) -> list[Message]:
        """Return the messages, of the given states only where some are given."""
        found = self._all(select(Message).order_by(col(Message.id)))
        return [message for message in found if not states or message.state in states]

    def draft(self) -> Message:
        """Return the one message that is held."""
        (message,) = self.messages(MessageState.HELD)
        return message

    def states(self) -> dict[str, MessageState]:
        """Return the state of each message, by target."""
        return {message.target: message.state for message in self.messages()}

    def mailbox(self, target: str) -> list[Path]:
        """Return the new mails in a local mailbox."""
        return list((self.place.settings.home / "mail" / target / "new").glob("*"))

    def told(self) -> dict[str, list[str]]:
        """Return the numbers of the measures in each message that was not withdrawn, in its order, by target."""
        return {
            message.target: [
                line.rpartition("（")[2].rstrip("）") for line in message.body.splitlines() if "〕" in line
            ]
            for message in self.messages()
            if message.state is not MessageState.WITHDRAWN
        }

    def attempts(self) -> list[Attempt]:
        """Return every attempt, in order."""
        return self._all(select(Attempt).order_by(col(Attempt.id)))

    def reminders(self) -> list[Reminder]:
        """Return every reminder, in order."""
        return self._all(select(Reminder).order_by(col(Reminder.id)))

    def facts(self, kind: FactKind) -> list[dict[str, Any]]:
        """Return what the ledger tells of a kind, in order."""
        return [
            json.loads(fact.payload) | {"measure": fact.measure_id, "post": fact.post_id}
            for fact in self._all(select(Fact).where(Fact.kind == kind).order_by(col(Fact.id)))
        ]

    def _all(self, query: Any) -> list[Any]:
        with reading(self.place.engine) as session:
            rows = list(session.exec(query).all())
            session.expunge_all()
            return rows


class SmallOffice(Desk):
    """The factory's office: a unit `bus` with a post for every duty, each held by a person of its name."""

    def __init__(self, engine: Engine, home: Path, channels: Mapping[str, str] | None = None) -> None:
        with writing(engine) as session:
            session.expire_on_commit = False  # what the factory made is used again
            self.make = Factory(session)
        super().__init__(workplace(engine, home, channels))

    @contextmanager
    def changing(self) -> Iterator[Session]:
        """Lend a session in which the factory works too, and commit it at the end."""
        with writing(self.place.engine) as session:
            session.expire_on_commit = False
            self.make.session = session
            yield session

    def add(self, number: str, **given: Any) -> Measure:
        """Add a measure, by default one in progress."""
        with self.changing():
            return self.make.add_measure(number, **given)

    def leave(self, slug: str, on: date) -> None:
        """Let whoever held a post first leave it on a day."""
        with self.changing() as session:
            holdings = select(Holding).where(Holding.post_id == _post(session, slug).id)
            first = session.exec(holdings.order_by(col(Holding.since))).first()
            assert first is not None
            first.until = on
            session.add(first)

    def take(self, slug: str, person: str, since: date, *, acting: bool = False) -> None:
        """Let a person take a post on a day; one who is new comes into being."""
        with self.changing() as session:
            known = session.exec(select(Person).where(Person.slug == person)).first()
            self.make.hold(_post(session, slug), known or self.make.add_person(person), since=since, acting=acting)

    def owe(self, channel: str, *targets: str) -> None:
        """Owe something to a new person at each address, and compose it for the morning of MONDAY."""
        with self.changing() as session:
            for target in targets:
                slug = f"{channel}-{target}"
                self.make.add_measure(f"1.1-{slug}", due_on=LATE, unit_id=self._add_unit(session, slug))
                self.make.hold(_post(session, slug), self.make.add_person(slug))
                self.readdress(session, slug, (channel, target))
        self.night(MONDAY)

    def readdress(self, session: Session, slug: str, *reached_at: tuple[str, str]) -> None:
        """Give a person these addresses instead of any other."""
        person = session.exec(select(Person).where(Person.slug == slug)).one()
        for old in session.exec(select(Address).where(Address.person_id == person.id)).all():
            session.delete(old)
        session.flush()
        for rank, (channel, target) in enumerate(reached_at, 1):
            self.make.reach(person, channel, target, rank)

    def _add_unit(self, session: Session, slug: str) -> int:
        """Add a unit with a responsible post of its own, and all other duties in the hands of the first one's."""
        unit = Unit(slug=slug, name=slug)
        session.add(unit)
        session.flush()
        post = Post(slug=slug, name=slug, unit_id=id_of(unit))
        session.add(post)
        session.flush()
        for duty in Duty:
            doing = post if duty is Duty.RESPONSIBLE else _post(session, f"bus-{duty}")
            session.add(UnitDuty(unit_id=id_of(unit), duty=duty, post_id=id_of(doing)))
        return id_of(unit)


def _never(seconds: float) -> None:
    raise AssertionError(f"no test waits {seconds} seconds")


def _post(session: Session, slug: str) -> Post:
    return session.exec(select(Post).where(Post.slug == slug)).one()
