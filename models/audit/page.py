"""The book, page by page: so many measures at a time, with all that is on record about them."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, or_, select
from sqlmodel import Session

from models.audit.record import Blocker, Deed, Key, Record, Told, table
from models.audit.replies import Replies, read_replies
from models.due import DueChange
from models.extension import Extension
from models.ledger import Fact
from models.measure import Dependency, Measure
from models.reminder import Reminder
from models.suspension import Suspension
from models.vocabulary import Action, ExtensionState, FactKind, Reply, State, WatchKind, Withheld
from models.watch import Watch

SIZE = 2_000
"""Measures on a page: what is on record about them fills some tens of megabytes at most."""


@dataclass(slots=True)
class Page:
    """Some measures, and by their ids what is on record about them; of a closed one, its deeds alone."""

    measures: list[Record]
    watches: dict[int, list[Record]] = field(default_factory=lambda: defaultdict(list))
    claims: dict[int, list[Record]] = field(default_factory=lambda: defaultdict(list))
    told: dict[int, list[Told]] = field(default_factory=lambda: defaultdict(list))
    deeds: dict[int, list[Deed]] = field(default_factory=lambda: defaultdict(list))
    asked: dict[int, tuple[WatchKind, date]] = field(default_factory=dict)
    suspended: dict[int, date] = field(default_factory=dict)
    promised: dict[int, date] = field(default_factory=dict)
    blockers: dict[int, list[Blocker]] = field(default_factory=lambda: defaultdict(list))
    waits: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    replies: Replies = field(default_factory=Replies)


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
    for fact, at, measure, post, run, payload in execute(_SAID.where(here(_FACT.c.measure_id))):
        page.told[measure].append(_told(fact, at, payload, post, run))
    for measure, deed in _deeds(session, here(_FACT.c.measure_id)):
        page.deeds[measure].append(deed)
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
    page.replies = read_replies(session, first, last)
    return page


def _deeds(session: Session, of: ColumnElement[bool]) -> Iterator[tuple[int, Deed]]:
    for fact, at, measure, kind, payload in session.connection().execute(_DEEDS.where(of)):
        yield measure, Deed(fact, at, kind, json.loads(payload))


def _add_blockers(session: Session, page: Page, here: ColumnElement[bool]) -> None:
    """Put down what each measure waits for, of a divided one its parts, and what was done about that."""
    columns = (_MEASURE.c.id, _MEASURE.c.changed_at, _MEASURE.c.state, _MEASURE.c.granted_on)
    deeds: dict[int, list[Deed]] = defaultdict(list)
    named = select(_DEPENDENCY.c.measure_id, _MEASURE.c.number).join(
        _MEASURE, _MEASURE.c.id == _DEPENDENCY.c.blocker_id
    )
    for measure, number in session.connection().execute(named.where(here)):
        page.waits[measure].add(number)
    for on in (_MEASURE.c.id, _MEASURE.c.parent_id):
        waiting = select(_DEPENDENCY.c.measure_id, _DEPENDENCY.c.gate, _DEPENDENCY.c.since, *columns)
        waiting = waiting.join(_MEASURE, on == _DEPENDENCY.c.blocker_id).where(here, _MEASURE.c.state.is_not(None))
        rows = session.connection().execute(waiting).all()
        new = {row.id for row in rows} - deeds.keys()
        for measure, deed in _deeds(session, _FACT.c.measure_id.in_(new)) if new else ():
            deeds[measure].append(deed)
        for measure, gate, since, number, changed_at, state, granted_on in rows:
            granted = granted_on is not None
            page.blockers[measure].append(Blocker(number, changed_at, gate, since, state, granted, deeds[number]))


def _told(fact: int, at: datetime, payload: str, post: int, run: int | None) -> Told:
    watch, anchor, step, repetition, reason, because = _parts(payload)
    return Told(fact, at, Key(watch, anchor, step, repetition, post), run, reason, because)


@lru_cache(maxsize=50_000)
def _parts(payload: str) -> tuple[WatchKind, date, str, int, Withheld | None, Reply | None]:
    """Read a fact's payload; of measures that are alike, many say the same."""
    told = json.loads(payload)
    reason = Withheld(told["reason"]) if "reason" in told else None
    because = Reply(told["because"]) if "because" in told else None
    anchor = date.fromisoformat(told["anchor"])
    return WatchKind(told["watch"]), anchor, told["step"], told["repetition"], reason, because


_DEPENDENCY, _DUE, _EXTENSION = table(Dependency), table(DueChange), table(Extension)
_FACT, _MEASURE, _REMINDER = table(Fact), table(Measure), table(Reminder)
_SUSPENSION, _WATCH = table(Suspension), table(Watch)
_OPEN = or_(_MEASURE.c.state != State.DONE, _MEASURE.c.reverify_on.is_not(None))
_SAID = (
    select(_FACT.c.id, _FACT.c.at, _FACT.c.measure_id, _FACT.c.post_id, _FACT.c.run_id, _FACT.c.payload)
    .join(_MEASURE, _MEASURE.c.id == _FACT.c.measure_id)
    .where(_FACT.c.kind.in_((FactKind.CLAIM, FactKind.WITHHOLD)), _OPEN)
    .order_by(_FACT.c.id)
)
_OF_PEOPLE = (
    *(FactKind(action.value) for action in Action),
    FactKind.REGISTER, FactKind.SPAWN, FactKind.DUE, FactKind.RESUME, FactKind.EXTENSION, FactKind.PROJECT,
    FactKind.SIGN, FactKind.DEPEND, FactKind.SUSPEND, FactKind.EXTEND, FactKind.REVERIFY,
)  # fmt: skip
_DEEDS = (
    select(_FACT.c.id, _FACT.c.at, _FACT.c.measure_id, _FACT.c.kind, _FACT.c.payload)
    .where(_FACT.c.kind.in_(_OF_PEOPLE))
    .order_by(_FACT.c.id)
)
