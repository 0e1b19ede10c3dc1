"""Intake: an office and its register, from drafts into rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, select

from models import drafts
from models.commands.ledger import record
from models.commands.watches import arm
from models.due import DueChange, RelativeLimit
from models.errors import DubanError
from models.inspection import Finding, Inspection
from models.measure import Dependency, Measure
from models.office import Address, Holding, Office, Person, Post, Unit, UnitDuty
from models.vocabulary import DueBasis, FactKind, Gate, LimitName, Resolution, State
from models.workdays import Calendar, Span


class Occupied(DubanError):
    """The database has an office already."""


@dataclass(frozen=True, slots=True)
class Statutory:
    """What the statute wants after the feedback: by which day, under which title, from which rule."""

    name: LimitName
    due_on: date
    title: str
    rule: str


def register_office(
    session: Session, office: drafts.Office, statutory: Iterable[Statutory], calendar: Calendar, at: datetime
) -> int:
    """Take an office in with its whole register, and return how many measures it has, parts included.

    Raises `Occupied` where there is one already: one database serves one office.
    """
    known = session.exec(select(Office)).first()
    if known is not None:
        raise Occupied(f"The database holds the office '{known.slug}' already; give another a DUBAN_HOME of its own.")
    session.add(Office(**office.model_dump(include={"slug", "name", "timezone", "calendar", "locale"})))
    units = _add_units(session, office)
    taken = _add_register(session, office, units, calendar, at)
    for limit in statutory:
        _add_statutory(session, office.inspection, units[office.inspection.unit], limit, at)
    return taken


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
    person = Person(slug=draft.slug, name=draft.name)
    session.add(person)
    session.flush()
    for rank, (channel, target) in enumerate(draft.reached_at, 1):
        session.add(Address(person_id=person.id or 0, rank=rank, channel=channel, target=target))
    for hold in draft.holds:
        post_id, person_id = posts[hold.post].id or 0, person.id or 0
        session.add(
            Holding(post_id=post_id, person_id=person_id, since=hold.since, until=hold.until, acting=hold.acting)
        )


def _add_register(
    session: Session, office: drafts.Office, units: dict[str, int], calendar: Calendar, at: datetime
) -> int:
    draft = office.inspection
    inspection = Inspection(**draft.model_dump(exclude={"registered_on", "unit", "met"}))
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
    for item in items:
        _add_waiting(session, item, measures, draft, calendar)
    for item in items:
        measure = measures[item.number]
        arm(session, measure)
        _record(session, measure, at, waits_for=sorted({*item.depends_on, *item.awaits_permit_of}))
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
            "number", "title", "state", "approval", "outside_body", "applied_on", "expected_on", "waits_on",
            "standing", "rrule", "settles", "counted_in", "start_by", "due_on", "due_basis",
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


def _add_waiting(
    session: Session,
    item: drafts.Item,
    measures: dict[str, Measure],
    inspection: drafts.Inspection,
    calendar: Calendar,
) -> None:
    """Put down what a measure waits for, and its due date or the limit that will become one."""
    measure = measures[item.number]
    since = inspection.registered_on
    counted: dict[str, Any] = {}
    for gate, blockers in ((Gate.DONE, item.depends_on), (Gate.GRANTED, item.awaits_permit_of)):
        for blocker in blockers:
            blocker_id = measures[blocker].id or 0
            session.add(Dependency(measure_id=measure.id or 0, blocker_id=blocker_id, gate=gate, since=since))
    if item.limit is not None and item.limit.event is Gate.FEEDBACK:
        span = Span.parse(item.limit.within)
        measure.due_on = calendar.shift(inspection.feedback_on, span).value
        measure.due_basis, measure.counted_in = DueBasis.RELATIVE, span.kind
        measure.due_note = f"{span} after the feedback on {inspection.feedback_on}"
        counted = {"within": str(span), "counted_from": inspection.feedback_on}
    elif item.limit is not None and item.limit.after is not None:
        after_id = measures[item.limit.after].id or 0
        session.add(
            RelativeLimit(
                measure_id=measure.id or 0, after_id=after_id, event=item.limit.event, within=item.limit.within
            )
        )
        measure.counted_in = Span.parse(item.limit.within).kind
    _add_due(session, measure, **counted)


def _add_due(session: Session, measure: Measure, **counted: Any) -> None:  # noqa: ANN401 - what it is counted from
    if measure.due_on is not None:
        session.add(
            DueChange(
                measure_id=measure.id or 0,
                on=measure.registered_on,
                due_on=measure.due_on,
                basis=measure.due_basis,
                reason=measure.due_note,
                **counted,
            )
        )
    session.flush()


def _add_statutory(
    session: Session, inspection: drafts.Inspection, unit_id: int, limit: Statutory, at: datetime
) -> None:
    met = inspection.met.get(limit.name)
    measure = Measure(
        number=f"{inspection.slug}-{limit.name}",
        title=limit.title,
        unit_id=unit_id,
        state=State.DONE if met else State.IN_PROGRESS,
        resolution=Resolution.COMPLETED if met else None,
        done_on=met,
        registered_on=inspection.registered_on,
        promised_on=limit.due_on,
        due_on=limit.due_on,
        due_basis=DueBasis.STATUTORY,
        due_note=limit.rule,
        changed_at=at,
    )
    session.add(measure)
    session.flush()
    _add_due(session, measure)
    arm(session, measure)
    _record(session, measure, at)


def _record(session: Session, measure: Measure, at: datetime, waits_for: Sequence[str] = ()) -> None:
    told: dict[str, Any] = {"number": measure.number, "state": measure.state, "due_on": measure.due_on}
    told["waits_for"] = waits_for
    record(session, FactKind.REGISTER, at, measure_id=measure.id, **told)
