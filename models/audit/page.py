"""The book, page by page: so many measures at a time, with all that is on record about them."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Row, Table, or_, select
from sqlmodel import Session, SQLModel

from models.due import DueChange
from models.extension import Extension
from models.ledger import Fact
from models.measure import Dependency, Measure
from models.reminder import Reminder
from models.suspension import Suspension
from models.vocabulary import Action, ExtensionState, FactKind, Gate, State, WatchKind, Withheld
from models.watch import Watch

SIZE = 2_000
"""Measures on a page: what is on record about them fills some tens of megabytes at most."""

Record = Row[Any]
"""A row as it stands in its table: an audit reads millions, and makes no objects of them."""


def table(model: type[SQLModel]) -> Table:
    """Return the table behind a model."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


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


class Blocker(NamedTuple):
    """A measure that another one waits for, and whether it still holds that up."""

    id: int
    changed_at: datetime
    holds: bool


@dataclass(slots=True)
class Page:
    """Some measures, and by their ids what is on record about them; of a closed one, its deeds alone."""

    measures: list[Record]
    watches: dict[int, list[Record]] = field(default_factory=lambda: defaultdict(list))
    claims: dict[int, list[Record]] = field(default_factory=lambda: defaultdict(list))
    told: dict[int, list[Told]] = field(default_factory=lambda: defaultdict(list))
    deeds: dict[int, list[tuple[FactKind, dict[str, Any]]]] = field(default_factory=lambda: defaultdict(list))
    asked: dict[int, tuple[WatchKind, date]] = field(default_factory=dict)
    suspended: dict[int, date] = field(default_factory=dict)
    promised: dict[int, date] = field(default_factory=dict)
    blockers: dict[int, list[Blocker]] = field(default_factory=lambda: defaultdict(list))


def pages(session: Session, size: int = SIZE) -> Iterator[Page]:
    """Go through the whole register in the order of ids."""
    last = 0
    while True:
        found = select(_MEASURE).where(_MEASURE.c.id > last).order_by(_MEASURE.c.id).limit(size)
        measures = list(session.connection().execute(found))
        if not measures:
            return
        first, last = measures[0].id, measures[-1].id
        yield _page(session, measures, first, last)


def _page(session: Session, measures: list[Record], first: int, last: int) -> Page:
    page = Page(measures)
    execute = session.connection().execute

    def here(column: Column[Any]) -> ColumnElement[bool]:
        return column.between(first, last)

    for watch in execute(select(_WATCH).where(here(_WATCH.c.measure_id))):
        page.watches[watch.measure_id].append(watch)
    claims = select(_REMINDER).join(_MEASURE, _MEASURE.c.id == _REMINDER.c.measure_id)
    for row in execute(claims.where(here(_REMINDER.c.measure_id), _OPEN)):
        page.claims[row.measure_id].append(row)
    for measure, post, run, payload in execute(_SAID.where(here(_FACT.c.measure_id))):
        page.told[measure].append(_told(payload, post, run))
    for measure, kind, payload in execute(_DEEDS.where(here(_FACT.c.measure_id))):
        page.deeds[measure].append((kind, json.loads(payload)))
    asked = select(_EXTENSION)
    still = _EXTENSION.c.state == ExtensionState.ASKED
    for one in execute(asked.where(here(_EXTENSION.c.measure_id), still)):
        kind = WatchKind.EXTENSION_HEAD if one.by_supervisor else WatchKind.EXTENSION
        page.asked[one.measure_id] = kind, one.asked_on
    paused = select(_SUSPENSION.c.measure_id, _SUSPENSION.c.review_on).where(_SUSPENSION.c.resumed_on.is_(None))
    page.suspended = {one.measure_id: one[1] for one in execute(paused.where(here(_SUSPENSION.c.measure_id)))}
    dues = select(_DUE.c.measure_id, _DUE.c.due_on).order_by(_DUE.c.id.desc())  # the first one stays
    page.promised = {one.measure_id: one[1] for one in execute(dues.where(here(_DUE.c.measure_id)))}
    _add_blockers(session, page, here(_DEPENDENCY.c.measure_id))
    return page


def _add_blockers(session: Session, page: Page, here: ColumnElement[bool]) -> None:
    """Put down what each measure waits for, of a divided one its parts, and whether that holds it up."""
    columns = (_MEASURE.c.id, _MEASURE.c.changed_at, _MEASURE.c.state, _MEASURE.c.granted_on)
    for on in (_MEASURE.c.id, _MEASURE.c.parent_id):
        waiting = select(_DEPENDENCY.c.measure_id, _DEPENDENCY.c.gate, *columns)
        waiting = waiting.join(_MEASURE, on == _DEPENDENCY.c.blocker_id).where(here, _MEASURE.c.state.is_not(None))
        for measure, gate, number, changed_at, state, granted_on in session.connection().execute(waiting):
            free = state is State.DONE or (gate is Gate.GRANTED and granted_on is not None)
            page.blockers[measure].append(Blocker(number, changed_at, not free))


def _told(payload: str, post: int, run: int | None) -> Told:
    watch, anchor, step, repetition, reason = _parts(payload)
    return Told(Key(watch, anchor, step, repetition, post), run, reason)


@lru_cache(maxsize=50_000)
def _parts(payload: str) -> tuple[WatchKind, date, str, int, Withheld | None]:
    """Read a fact's payload; of measures that are alike, many say the same."""
    told = json.loads(payload)
    reason = Withheld(told["reason"]) if "reason" in told else None
    return WatchKind(told["watch"]), date.fromisoformat(told["anchor"]), told["step"], told["repetition"], reason


_DEPENDENCY, _DUE, _EXTENSION = table(Dependency), table(DueChange), table(Extension)
_FACT, _MEASURE, _REMINDER = table(Fact), table(Measure), table(Reminder)
_SUSPENSION, _WATCH = table(Suspension), table(Watch)
_OPEN = or_(_MEASURE.c.state != State.DONE, _MEASURE.c.reverify_on.is_not(None))
_SAID = (
    select(_FACT.c.measure_id, _FACT.c.post_id, _FACT.c.run_id, _FACT.c.payload)
    .join(_MEASURE, _MEASURE.c.id == _FACT.c.measure_id)
    .where(_FACT.c.kind.in_((FactKind.CLAIM, FactKind.WITHHOLD)), _OPEN)
    .order_by(_FACT.c.id)
)
_OF_PEOPLE = (
    *(FactKind(action.value) for action in Action),
    FactKind.REGISTER, FactKind.SPAWN, FactKind.DUE, FactKind.RESUME, FactKind.EXTENSION, FactKind.PROJECT,
    FactKind.SIGN, FactKind.DEPEND,
)  # fmt: skip
_DEEDS = (
    select(_FACT.c.measure_id, _FACT.c.kind, _FACT.c.payload).where(_FACT.c.kind.in_(_OF_PEOPLE)).order_by(_FACT.c.id)
)
