"""Intake: an office and its register, from drafts into rows."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, select

from models import drafts
from models.commands.ledger import record
from models.commands.watches import arm
from models.errors import DubanError
from models.inspection import Finding, Inspection
from models.measure import Dependency, Measure
from models.office import Holding, Office, Person, Post, Unit, UnitDuty
from models.vocabulary import DueBasis, FactKind, Resolution, State


class Occupied(DubanError):
    """The database has an office already."""


def register_office(session: Session, office: drafts.Office, at: datetime) -> int:
    """Take an office in with its whole register, and return how many measures it has, parts included.

    Raises `Occupied` where there is one already: one database serves one office.
    """
    known = session.exec(select(Office)).first()
    if known is not None:
        raise Occupied(f"The database holds the office '{known.slug}' already; give another a DUBAN_HOME of its own.")
    session.add(Office(**office.model_dump(include={"slug", "name", "timezone", "calendar", "locale"})))
    units = _add_units(session, office)
    return _add_register(session, office, units, at)


def _add_units(session: Session, office: drafts.Office) -> dict[str, int]:
    units = {
        draft.slug: Unit(slug=draft.slug, name=draft.name, aliases=" ".join(draft.aliases)) for draft in office.units
    }
    session.add_all(units.values())
    session.flush()
    ids = {slug: unit.id or 0 for slug, unit in units.items()}
    posts = {post.slug: Post(slug=post.slug, name=post.name, unit_id=ids[post.unit]) for post in office.posts}
    session.add_all(posts.values())
    session.flush()
    for draft in office.units:
        for duty, post in office.posts_of(draft).items():
            session.add(UnitDuty(unit_id=ids[draft.slug], duty=duty, post_id=posts[post].id or 0))
    for somebody in office.persons:
        _add_person(session, somebody, posts)
    return ids


def _add_person(session: Session, draft: drafts.Person, posts: dict[str, Post]) -> None:
    person = Person(**draft.model_dump(include={"slug", "name", "channel", "target"}))
    session.add(person)
    session.flush()
    for hold in draft.holds:
        post_id, person_id = posts[hold.post].id or 0, person.id or 0
        session.add(
            Holding(post_id=post_id, person_id=person_id, since=hold.since, until=hold.until, acting=hold.acting)
        )


def _add_register(session: Session, office: drafts.Office, units: dict[str, int], at: datetime) -> int:
    draft = office.inspection
    inspection = Inspection(**draft.model_dump(exclude={"registered_on"}))
    session.add(inspection)
    session.flush()
    measures: dict[str, Measure] = {}
    items: list[drafts.Item] = []
    for finding in office.findings:
        row = Finding(inspection_id=inspection.id or 0, **finding.model_dump(exclude={"measures"}))
        session.add(row)
        session.flush()
        for item, parent in _parts(finding):
            parent_id = measures[parent].id if parent else None
            measure = _measure(item, row.id or 0, parent_id, units, draft.registered_on, at)
            session.add(measure)
            session.flush()
            measures[item.number] = measure
            items.append(item)
    _add_dependencies(session, items, measures)
    for measure in measures.values():
        arm(session, measure)
        record(session, FactKind.REGISTER, at, measure_id=measure.id, number=measure.number, state=measure.state)
    return len(measures)


def _parts(finding: drafts.Finding) -> Iterator[tuple[drafts.Item, str | None]]:
    for measure in finding.measures:
        yield measure, None
        for item in measure.items:
            yield item, measure.number


def _measure(
    item: drafts.Item,
    finding_id: int,
    parent_id: int | None,
    units: dict[str, int],
    registered_on: date,
    at: datetime,
) -> Measure:
    plain: dict[str, Any] = item.model_dump(
        include={
            "number", "title", "state", "approval", "outside_body", "applied_on", "waits_on", "standing", "rrule",
            "start_by", "due_on", "due_basis",
        }
    )  # fmt: skip
    return Measure(
        **plain,
        finding_id=finding_id,
        parent_id=parent_id,
        unit_id=units[item.unit],
        partners=" ".join(item.partners),
        topics=" ".join(sorted(item.topics)),
        due_note=item.due_note or "",
        note=item.note or "",
        promised_on=item.due_on if item.due_basis is DueBasis.PROMISED else None,
        resolution=Resolution.COMPLETED if item.state is State.DONE else None,
        registered_on=registered_on,
        changed_at=at,
    )


def _add_dependencies(session: Session, items: list[drafts.Item], measures: dict[str, Measure]) -> None:
    for item in items:
        for blocker in item.depends_on:
            session.add(Dependency(measure_id=measures[item.number].id or 0, blocker_id=measures[blocker].id or 0))
    session.flush()
