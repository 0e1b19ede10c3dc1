"""The history: what was done about a measure, what was said of it to whom, and what came of that."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from models.evidence import Evidence
from models.inspection import Finding
from models.ledger import Fact
from models.measure import Measure
from models.office import Person, Post, Unit
from models.outbox import Attempt, Message
from models.reminder import Reminder
from models.run import Run
from models.vocabulary import EvidenceKind, FactKind, MessageState, Outcome, Resolution


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence; `size` is in bytes."""

    name: str
    kind: EvidenceKind
    size: int
    sha256: str
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Particulars:
    """What there is to know of a measure beside its entry in the register."""

    finding: str | None
    partners: tuple[str, ...]
    registered_on: date
    start_by: date | None
    rrule: str | None
    outside_body: str | None
    document: str | None
    applied_on: date | None
    expected_on: date | None
    granted_on: date | None
    submitted_on: date | None
    submitted_by: str | None
    resolution: Resolution | None
    note: str
    evidence: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """The message that a claimed reminder is in, and the latest receipt for it."""

    message: int
    person: str
    state: MessageState
    tried_at: datetime | None
    outcome: Outcome | None
    detail: str


@dataclass(frozen=True, slots=True)
class Event:
    """One fact of the ledger, with names for its ids; of a claim also the message, once there is one.

    `at` is the clock's own word, `on` the office's date that a run or an action was as of.
    """

    id: int
    at: datetime
    on: date | None
    kind: FactKind
    measure: str | None
    person: str | None
    post: str | None
    run: int | None
    payload: dict[str, Any]
    telling: Telling | None


def family(session: Session, measure: Measure) -> list[Measure]:
    """Return a measure and all its parts, at whatever depth."""
    found = generation = [measure]
    while generation:
        parents = [member.id for member in generation]
        below = select(Measure).where(col(Measure.parent_id).in_(parents)).order_by(col(Measure.id))
        generation = list(session.exec(below).all())
        found = [*found, *generation]
    return found


def particulars(session: Session, measure: Measure) -> Particulars:
    """Return what the register alone does not show of a measure."""
    finding = session.get(Finding, measure.finding_id) if measure.finding_id else None
    submitter = session.get(Person, measure.submitter_id) if measure.submitter_id else None
    slugs = measure.partners.split()
    partners = session.exec(select(Unit.name).where(col(Unit.slug).in_(slugs)).order_by(col(Unit.id))).all()
    return Particulars(
        finding=f"{finding.number} {finding.title}" if finding else None,
        partners=tuple(partners),
        registered_on=measure.registered_on,
        start_by=measure.start_by,
        rrule=measure.rrule,
        outside_body=measure.outside_body,
        document=measure.document,
        applied_on=measure.applied_on,
        expected_on=measure.expected_on,
        granted_on=measure.granted_on,
        submitted_on=measure.submitted_on,
        submitted_by=submitter.name if submitter else None,
        resolution=measure.resolution,
        note=measure.note,
        evidence=_evidence(session, measure),
    )


def events(session: Session, measures: Collection[Measure] | None, last: int | None = None) -> list[Event]:
    """Return the facts about some measures, or all there are, in the order in which they were written.

    With `last`, the newest that many.
    """
    query = select(Fact).order_by(col(Fact.id).desc()).limit(last)
    if measures is not None:
        query = query.where(col(Fact.measure_id).in_([measure.id for measure in measures]))
    return events_of(session, session.exec(query).all()[::-1])


def events_of(session: Session, facts: Sequence[Fact]) -> list[Event]:
    """Return facts with names for their ids."""
    numbers = session.exec(
        select(Measure.id, Measure.number).where(col(Measure.id).in_({fact.measure_id for fact in facts}))
    ).all()
    names = _Names(
        measures=dict(numbers),
        persons={person.id: person.name for person in session.exec(select(Person)).all()},
        posts={post.id: post.name for post in session.exec(select(Post)).all()},
        days=dict(
            session.exec(select(Run.id, col(Run.on)).where(col(Run.id).in_({fact.run_id for fact in facts}))).all()
        ),
        tellings=_tellings(session, facts),
    )
    return [names.event(fact) for fact in facts]


@dataclass(frozen=True, slots=True)
class _Names:
    """What the ids in facts stand for."""

    measures: dict[int | None, str]
    persons: dict[int | None, str]
    posts: dict[int | None, str]
    days: dict[int | None, date]
    tellings: dict[tuple[object, ...], Telling]

    def event(self, fact: Fact) -> Event:
        payload = json.loads(fact.payload)
        if payload.get("instead_of"):
            payload["instead_of"] = self.posts.get(payload["instead_of"])
        return Event(
            id=fact.id or 0,
            at=fact.at,
            on=date.fromisoformat(payload["on"]) if "on" in payload else self.days.get(fact.run_id),
            kind=fact.kind,
            measure=self.measures.get(fact.measure_id),
            person=self.persons.get(fact.person_id),
            post=self.posts.get(fact.post_id),
            run=fact.run_id,
            payload=payload,
            telling=self.tellings.get(_claimed(fact, payload)) if fact.kind is FactKind.CLAIM else None,
        )


def _claimed(fact: Fact, payload: dict[str, Any]) -> tuple[object, ...]:
    """Return the key of the reminder that a fact tells of."""
    return (
        fact.measure_id,
        payload["watch"],
        payload["anchor"],
        payload["step"],
        payload["repetition"],
        fact.post_id,
    )


def _tellings(session: Session, facts: Sequence[Fact]) -> dict[tuple[object, ...], Telling]:
    """Return the messages that the claims among some facts went into, by the key of the reminder."""
    claims = [fact for fact in facts if fact.kind is FactKind.CLAIM]
    rows = session.exec(
        select(Reminder, Message, Person.name, Attempt)
        .join(Message, col(Message.id) == Reminder.message_id)
        .join(Person, col(Person.id) == Message.person_id)
        .outerjoin(Attempt, (col(Attempt.message_id) == Message.id) & (col(Attempt.number) == Message.tries))
        .where(
            col(Reminder.measure_id).in_({fact.measure_id for fact in claims}),
            col(Reminder.run_id).in_({fact.run_id for fact in claims}),
        )
    ).all()
    return {
        (one.measure_id, one.watch, str(one.anchor), one.step, one.repetition, one.post_id): Telling(
            message=message.id or 0,
            person=person,
            state=message.state,
            tried_at=attempt.started_at if attempt else None,
            outcome=attempt.outcome if attempt else None,
            detail=attempt.detail if attempt else "",
        )
        for one, message, person, attempt in rows
    }


def _evidence(session: Session, measure: Measure) -> tuple[Piece, ...]:
    rows = session.exec(
        select(Evidence, Person.name)
        .join(Person, col(Person.id) == Evidence.added_by)
        .where(Evidence.measure_id == measure.id)
        .order_by(col(Evidence.id))
    ).all()
    return tuple(Piece(row.name, row.kind, row.size, row.sha256, name, row.added_at) for row, name in rows)
