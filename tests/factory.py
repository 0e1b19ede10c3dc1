"""A small office for tests: rows with sensible defaults, each of which a test may override."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from sqlmodel import SQLModel

from config.calendar import load_calendar
from config.policy import load_policy
from models.commands.actor import Actor, Rules
from models.commands.review import freeze
from models.commands.watches import arm
from models.due import DueChange
from models.evidence import Evidence
from models.inspection import Finding, Inspection
from models.measure import Dependency, Measure
from models.office import Address, Holding, Office, Person, Post, Unit, UnitDuty
from models.queries.office import find_person
from models.vocabulary import DueBasis, Duty, EvidenceKind, Gate, State

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlmodel import Session

REGISTERED = date(2023, 9, 1)
DUE = date(2023, 11, 15)
AT = datetime(2023, 9, 1, 1, tzinfo=UTC)
RULES = Rules(load_policy("default").escalation, load_calendar("cn"))
R = TypeVar("R", bound=SQLModel)


def id_of(row: Any) -> int:
    """Return the id of a row that has been flushed."""
    assert row.id is not None
    return int(row.id)


class Factory:
    """Adds rows to a session; they are flushed, so that they have their ids, and not committed."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._numbers = count(1)
        self.office = self._add(
            Office(slug="office", name="交通运输局", timezone="Asia/Shanghai", calendar="cn", locale="zh_CN")
        )
        self.inspection = self._add(
            Inspection(slug="2022", name="巡察", body="巡察组", feedback_on=date(2022, 7, 22), source="公告")
        )
        self.finding = self.add_finding("1.1")
        self.unit = self.add_unit("bus")

    def add_finding(self, number: str) -> Finding:
        """Add a finding; measures belong to the first one, 1.1, unless told otherwise."""
        return self._add(Finding(inspection_id=id_of(self.inspection), number=number, category="一", title="问题"))

    def add_unit(self, slug: str, aliases: str = "", vacant: Collection[Duty] = ()) -> Unit:
        """Add a unit with a post of its own for every duty, `bus-head`, each held by a person of that slug."""
        unit = self._add(Unit(slug=slug, name=f"单位{slug}", aliases=aliases))
        for duty in Duty:
            name = f"{slug}-{duty}"
            post = self._add(Post(slug=name, name=name, unit_id=id_of(unit)))
            self._add(UnitDuty(unit_id=id_of(unit), duty=duty, post_id=id_of(post)))
            if duty not in vacant:
                self.hold(post, self.add_person(name))
        return unit

    def add_person(self, slug: str) -> Person:
        """Add a person with a local mailbox and no post."""
        person = self._add(Person(slug=slug, name=slug))
        self.reach(person, "local", slug)
        return person

    def reach(self, person: Person, channel: str, target: str, rank: int = 1) -> Address:
        """Give a person an address."""
        return self._add(Address(person_id=id_of(person), rank=rank, channel=channel, target=target))

    def hold(self, post: Post, person: Person, **given: Any) -> Holding:
        """Let a person hold a post, by default fully and since long ago."""
        defaults: dict[str, Any] = {"post_id": id_of(post), "person_id": id_of(person), "since": date(2020, 1, 1)}
        return self._add(Holding(**defaults | given))

    def add_measure(self, number: str | None = None, **given: Any) -> Measure:
        """Add a measure and arm it: by default one in progress that is due on DUE."""
        due: dict[str, Any] = {} if given.get("standing") else {"due_on": DUE, "due_basis": DueBasis.DECIDED}
        defaults: dict[str, Any] = {
            "number": number or f"1.1-{next(self._numbers)}",
            "finding_id": id_of(self.finding),
            "unit_id": id_of(self.unit),
            "title": "措施",
            "state": State.IN_PROGRESS,
            "registered_on": REGISTERED,
            "changed_at": AT,
        }
        measure = self._add(Measure(**defaults | due | given))
        if measure.due_on:
            on = measure.registered_on
            self._add(DueChange(measure_id=id_of(measure), on=on, due_on=measure.due_on, basis=measure.due_basis))
        arm(self.session, measure)
        return measure

    def add_dependency(self, measure: Measure, blocker: Measure, gate: Gate = Gate.DONE) -> None:
        """Let a measure wait for another one, and arm it again."""
        self._add(
            Dependency(measure_id=id_of(measure), blocker_id=id_of(blocker), gate=gate, since=measure.registered_on)
        )
        arm(self.session, measure)

    def add_evidence(self, measure: Measure, kind: EvidenceKind = EvidenceKind.WORK, sha256: str = "0" * 64) -> None:
        """Add a piece of evidence, without a file behind it."""
        person = find_person(self.session, "bus-responsible")
        self._add(
            Evidence(
                measure_id=id_of(measure),
                kind=kind,
                name="证明.pdf",
                path=f"{sha256[:2]}/{sha256}",
                size=1,
                sha256=sha256,
                added_by=id_of(person),
                added_at=AT,
            )
        )

    def add_submission(self, measure: Measure, by: str = "bus-responsible") -> None:
        """Freeze a measure as handed in by a person, on DUE."""
        freeze(self.session, measure, actor(self.session, by))

    def _add(self, row: R) -> R:
        self.session.add(row)
        self.session.flush()
        return row


def actor(session: Session, slug: str, on: date = DUE) -> Actor:
    """Let a person act, at nine in the office's morning."""
    return Actor(find_person(session, slug), on, datetime(on.year, on.month, on.day, 1, tzinfo=UTC))
