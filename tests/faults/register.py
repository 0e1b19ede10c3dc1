"""A register of some hundred measures, of which many are due every day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from models.commands.watches import anchors
from models.database import writing
from models.inspection import Finding, Inspection
from models.measure import Dependency, Measure
from models.office import Address, Holding, Office, Person, Post, Unit, UnitDuty
from models.vocabulary import DueBasis, Duty, State
from models.watch import Watch
from tests.databases import opening
from tests.factory import id_of

if TYPE_CHECKING:
    from sqlmodel import Session

FIRST = date(2023, 12, 25)
UNITS = 18
MEASURES = 480
CHANNELS = ("mail", "hook", "local")
LONG_AGO = date(2020, 1, 1)
AT = datetime(2023, 9, 1, tzinfo=UTC)


def fill(url: str) -> None:
    """Fill a database with that register."""
    with opening(url) as engine, writing(engine) as session:
        lay_out(session)


def lay_out(session: Session) -> None:
    """Lay out an office whose posts are reached through every channel in turn, and its measures.

    One post is vacant and every tenth measure blocked, so that every day something is withheld too.
    """
    session.add(Office(slug="office", name="局", timezone="Asia/Shanghai", calendar="cn", locale="zh_CN"))
    inspection = Inspection(slug="1", name="1", body="1", feedback_on=LONG_AGO, source="1")
    units = [Unit(slug=f"unit-{number}", name=f"单位{number}") for number in range(UNITS)]
    session.add_all([inspection, *units])
    session.flush()
    finding = Finding(inspection_id=id_of(inspection), number="1", category="1", title="1")
    session.add(finding)
    _add_posts(session, units)
    measures = _measures(id_of(finding), [id_of(unit) for unit in units])
    session.add_all(measures)
    session.flush()
    blocked = [id_of(measure) for measure in measures[1::10]]
    session.add_all(
        Dependency(measure_id=waiting, blocker_id=id_of(measures[0]), since=LONG_AGO) for waiting in blocked
    )
    session.add_all(
        Watch(
            measure_id=id_of(measure),
            kind=kind,
            unit_id=measure.unit_id,
            anchor=anchor,
            blocked=measure.id in blocked,
        )
        for measure in measures
        for kind, anchor in anchors(measure).items()
    )
    session.flush()


def _add_posts(session: Session, units: list[Unit]) -> None:
    """Give every unit a head, and all of them the same leaders."""
    leaders = [duty for duty in Duty if duty is not Duty.RESPONSIBLE]
    slugs = [*leaders, *(f"head-{unit.slug}" for unit in units)]
    posts = [Post(slug=slug, name=slug, unit_id=id_of(units[0])) for slug in slugs]
    persons = [Person(slug=slug, name=slug) for slug in slugs]
    session.add_all([*posts, *persons])
    session.flush()
    session.add_all(
        Address(
            person_id=id_of(person),
            rank=1,
            channel=CHANNELS[place % len(CHANNELS)],
            target=f"{person.slug}@office.example",
        )
        for place, person in enumerate(persons)
    )
    ids = {post.slug: id_of(post) for post in posts}
    for post, person in list(zip(posts, persons, strict=True))[:-1]:
        session.add(Holding(post_id=id_of(post), person_id=id_of(person), since=LONG_AGO))
    for unit in units:
        for duty in Duty:
            slug = f"head-{unit.slug}" if duty is Duty.RESPONSIBLE else duty
            session.add(UnitDuty(unit_id=id_of(unit), duty=duty, post_id=ids[slug]))


def _measures(finding: int, units: list[int]) -> list[Measure]:
    """Return measures that are due around FIRST, a third of them not begun, and some standing duties."""
    dated = [
        Measure(
            number=f"1-{number}",
            finding_id=finding,
            unit_id=units[number % len(units)],
            title="措施",
            state=State.IN_PROGRESS if number % 3 else State.PLANNED,
            start_by=FIRST + timedelta(days=number % 50 - 10),
            due_on=FIRST + timedelta(days=number % 90 - 30),
            due_basis=DueBasis.DECIDED,
            registered_on=LONG_AGO,
            changed_at=AT,
        )
        for number in range(MEASURES)
    ]
    standing = [
        Measure(
            number=f"2-{day}",
            finding_id=finding,
            unit_id=units[0],
            title="例会",
            state=State.IN_PROGRESS,
            standing=True,
            rrule=f"FREQ=WEEKLY;BYDAY={day}",
            registered_on=FIRST,
            changed_at=AT,
        )
        for day in ("MO", "TH")
    ]
    return [*dated, *standing]
