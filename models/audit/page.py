"""The book, page by page: so many measures at a time, with all that is on record about them."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, or_, select
from sqlmodel import Session, SQLModel, col

from models.due import DueChange
from models.extension import Extension
from models.ledger import Fact
from models.measure import Dependency, Measure, has_passed
from models.reminder import Reminder
from models.suspension import Suspension
from models.vocabulary import Action, ExtensionState, FactKind, State, WatchKind, Withheld
from models.watch import Watch

SIZE = 2_000
"""Measures on a page: what is on record about them fills some tens of megabytes at most."""

_DEEDS = (
    *(FactKind(action.value) for action in Action),
    FactKind.REGISTER, FactKind.SPAWN, FactKind.DUE, FactKind.RESUME, FactKind.EXTENSION, FactKind.PROJECT,
    FactKind.SIGN, FactKind.DEPEND,
)  # fmt: skip


class Key(NamedTuple):
    """What is owed once: a step, with its repetition, of what is watched, to a post."""

    watch: WatchKind
    anchor: date
    step: str
    repetition: int
    post: int


class Told(NamedTuple):
    """A fact of a step that was claimed (without a reason) or withheld."""

    key: Key
    run: int | None
    reason: Withheld | None


@dataclass(slots=True)
class Page:
    """Some measures, and by their ids what is on record about them; of a closed one, its deeds alone."""

    measures: list[Measure]
    watches: dict[int, list[Watch]] = field(default_factory=lambda: defaultdict(list))
    claims: dict[int, list[Row[Any]]] = field(default_factory=lambda: defaultdict(list))
    told: dict[int, list[Told]] = field(default_factory=lambda: defaultdict(list))
    deeds: dict[int, list[tuple[FactKind, dict[str, Any]]]] = field(default_factory=lambda: defaultdict(list))
    asked: dict[int, date] = field(default_factory=dict)
    suspended: dict[int, date] = field(default_factory=dict)
    promised: dict[int, date] = field(default_factory=dict)
    blockers: dict[int, list[tuple[Measure, bool]]] = field(default_factory=lambda: defaultdict(list))


def pages(session: Session, size: int = SIZE) -> Iterator[Page]:
    """Go through the whole register in the order of ids."""
    last = 0
    while True:
        found = select(Measure).where(col(Measure.id) > last).order_by(col(Measure.id)).limit(size)
        measures = list(session.scalars(found).all())
        if not measures:
            return
        first, last = measures[0].id or 0, measures[-1].id or 0
        yield _page(session, measures, first, last)
        session.expunge_all()


def changed_at(page: Page, measure: Measure) -> datetime:
    """Return when a measure, or one that it waits for, was changed last."""
    return max([measure.changed_at, *(blocker.changed_at for blocker, _ in page.blockers[measure.id or 0])])


def _page(session: Session, measures: list[Measure], first: int, last: int) -> Page:
    page = Page(measures)

    def here(column: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a column of ids
        return col(column).between(first, last)

    for watch in session.scalars(select(Watch).where(here(Watch.measure_id))):
        page.watches[watch.measure_id].append(watch)
    for row in session.execute(select(_REMINDER).join(Measure, _OF_REMINDER).where(here(Reminder.measure_id), _OPEN)):
        page.claims[row.measure_id].append(row)
    said = select(_FACT.measure_id, _FACT.post_id, _FACT.run_id, _FACT.payload).join(Measure, _OF_FACT)
    said = said.where(here(Fact.measure_id), col(Fact.kind).in_((FactKind.CLAIM, FactKind.WITHHOLD)), _OPEN)
    for measure, post, run, payload in session.execute(said.order_by(col(Fact.id))):
        watch_kind, anchor, step, repetition, reason = _parts(payload)
        page.told[measure].append(Told(Key(watch_kind, anchor, step, repetition, post), run, reason))
    deeds = select(_FACT.measure_id, _FACT.kind, _FACT.payload).where(
        here(Fact.measure_id), col(Fact.kind).in_(_DEEDS)
    )
    for measure, kind, payload in session.execute(deeds.order_by(col(Fact.id))):
        page.deeds[measure].append((kind, json.loads(payload)))
    asked = select(Extension).where(here(Extension.measure_id), col(Extension.state) == ExtensionState.ASKED)
    page.asked = {one.measure_id: one.asked_on for one in session.scalars(asked)}
    standing = select(Suspension).where(here(Suspension.measure_id), col(Suspension.resumed_on).is_(None))
    page.suspended = {one.measure_id: one.review_on for one in session.scalars(standing)}
    dues = select(DueChange).where(here(DueChange.measure_id)).order_by(col(DueChange.id))
    for due in session.scalars(dues):
        page.promised.setdefault(due.measure_id, due.due_on)
    _add_blockers(session, page, here(Dependency.measure_id))
    return page


def _add_blockers(session: Session, page: Page, here: ColumnElement[bool]) -> None:
    """Put down what each measure waits for, of a divided one its parts, and whether that holds it up."""
    for on in (col(Measure.id) == Dependency.blocker_id, col(Measure.parent_id) == Dependency.blocker_id):
        waiting = select(Dependency, Measure).join(Measure, on).where(here, col(Measure.state).is_not(None))
        for dependency, blocker in session.execute(waiting):
            page.blockers[dependency.measure_id].append((blocker, not has_passed(blocker, dependency.gate)))


@lru_cache(maxsize=50_000)
def _parts(payload: str) -> tuple[WatchKind, date, str, int, Withheld | None]:
    """Read a fact's payload; of measures that are alike, many say the same."""
    told = json.loads(payload)
    reason = Withheld(told["reason"]) if "reason" in told else None
    return WatchKind(told["watch"]), date.fromisoformat(told["anchor"]), told["step"], told["repetition"], reason


_REMINDER = SQLModel.metadata.tables[str(Reminder.__tablename__)]
_FACT = SQLModel.metadata.tables[str(Fact.__tablename__)].c
_OF_REMINDER = col(Measure.id) == Reminder.measure_id
_OF_FACT = col(Measure.id) == Fact.measure_id
_OPEN = or_(col(Measure.state) != State.DONE, col(Measure.reverify_on).is_not(None))
