"""A register with something of every kind in it, and what a sweep over it owes by the rule."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlmodel import Session, SQLModel, col, select

from flows.sweep import BATCH, Request, Swept, dry_run, sweep
from models.commands.spawn import spawn
from models.database import reading, writing
from models.escalation import address, decide
from models.ledger import Fact
from models.measure import Measure
from models.office import Post
from models.queries.office import duties, holders
from models.queries.scope import Scope
from models.reminder import Reminder
from models.vocabulary import Approval, DueBasis, Duty, FactKind, Resolution, RunKind, State
from models.watch import Watch
from tests.databases import opening
from tests.factory import RULES, Factory, id_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

POLICY, CALENDAR = RULES.policy, RULES.calendar
ZONE = ZoneInfo("Asia/Shanghai")
NIGHT = date(2023, 12, 25)
DAY = timedelta(days=1)
DIVIDED: dict[str, Any] = {"state": None, "due_on": None, "due_basis": DueBasis.UNSET}
UNDATED: dict[str, Any] = {"due_on": None, "due_basis": DueBasis.UNSET}
PERMIT: dict[str, Any] = {"state": State.AWAITING_APPROVAL, "approval": Approval.PERMIT}
CLOSEOUT: dict[str, Any] = {"state": State.AWAITING_APPROVAL, "approval": Approval.CLOSEOUT}


class Owed(NamedTuple):
    """One step for one post, said or withheld."""

    measure: str
    watch: str
    anchor: str
    step: str
    repetition: int
    post: str
    instead_of: str | None = None
    withheld: str | None = None


def moment(day: date, hour: time = time(0, 30)) -> datetime:
    return datetime.combine(day, hour, ZONE)


def request(on: date = NIGHT, scope: Scope | None = None, **given: Any) -> Request:
    asked: dict[str, Any] = {
        "kind": RunKind.NIGHTLY,
        "asked_by": "schedule",
        "scope": scope or Scope(),
        "as_of": moment(on),
        "now": moment(on, time(0, 31)),
    }
    return Request(**asked | given)


def swept(engine: Engine, on: date = NIGHT, scope: Scope | None = None, batch: int = BATCH, **given: Any) -> Swept:
    return sweep(engine, POLICY, CALENDAR, ZONE, request(on, scope, **given), batch=batch)


def dry(engine: Engine, on: date = NIGHT, scope: Scope | None = None) -> Swept:
    return dry_run(engine, POLICY, CALENDAR, ZONE, request(on, scope))


def fill(url: str) -> None:
    """Fill the register with something of every kind, on a night when much of it is due."""
    with opening(url) as engine, writing(engine) as session:
        factory = Factory(session)
        road = factory.add_unit("road", aliases="公路站 公路所", vacant=[Duty.DEPUTY])
        pier = factory.add_unit("pier", vacant=[Duty.RESPONSIBLE, Duty.HEAD, Duty.INSPECTION])
        second = factory.add_finding("1.2")
        for days in (-60, -40, -9, -1, 0, 3, 7, 40):
            due_on = NIGHT + days * DAY
            factory.add_measure(f"1.1-due{days}", due_on=due_on)
            factory.add_measure(f"1.2-due{days}", due_on=due_on, finding_id=id_of(second), unit_id=id_of(road))
        factory.add_measure("1.1-pier", due_on=NIGHT - 50 * DAY, unit_id=id_of(pier))
        factory.add_measure("1.1-begin", state=State.PLANNED, start_by=NIGHT - 12 * DAY, due_on=NIGHT - 2 * DAY)
        factory.add_measure("1.1-bond", topics="bus-purchase special-bond", applied_on=NIGHT - 20 * DAY, **PERMIT)
        factory.add_measure("1.1-bid", topics="road", applied_on=NIGHT - 20 * DAY, **PERMIT)
        factory.add_measure("1.1-review", submitted_on=NIGHT - 10 * DAY, **CLOSEOUT)
        undated = factory.add_measure("1.1-undated", unit_id=id_of(road), **UNDATED)
        factory.add_dependency(factory.add_measure("1.1-blocked"), undated)
        factory.add_measure("1.1-done", state=State.DONE, resolution=Resolution.COMPLETED)
        whole = factory.add_measure("1.1-whole", **DIVIDED)
        factory.add_measure("1.1-part", parent_id=id_of(whole), due_on=NIGHT - 30 * DAY, topics="road")
        factory.add_measure("3.2-dues", standing=True, rrule="FREQ=MONTHLY;BYMONTHDAY=25", topics="party-dues")


def owed_by_the_rule(engine: Engine, on: date = NIGHT) -> Counter[Owed]:
    """What the rule owes for each watch by itself, one at a time, in Python, whenever it is to be looked at."""
    owed: list[Owed] = []
    with writing(engine) as session:
        spawn(session, on, CALENDAR, moment(on))
        posts = {id_of(post): post.slug for post in session.exec(select(Post)).all()}
        numbers = {id_of(measure): measure.number for measure in session.exec(select(Measure)).all()}
        behind, held = duties(session), frozenset(holders(session, on))
        for watch in session.exec(select(Watch)).all():
            calls = address(decide(watch.situation, POLICY, CALENDAR, on), behind[watch.unit_id], held)
            owed += [
                Owed(
                    measure=numbers[watch.measure_id],
                    watch=watch.kind,
                    anchor=str(watch.anchor),
                    step=call.occasion.step.name,
                    repetition=call.occasion.repetition,
                    post=posts[call.post_id],
                    instead_of=posts[call.instead_of] if call.instead_of and not call.withheld else None,
                    withheld=call.withheld,
                )
                for call in calls
            ]
        session.rollback()
    return Counter(owed)


def said(owed: Counter[Owed]) -> Counter[Owed]:
    return Counter(one for one in owed.elements() if one.withheld is None)


def withheld(owed: Counter[Owed]) -> Counter[Owed]:
    return owed - said(owed)


def names(session: Session) -> tuple[dict[int | None, str], dict[int | None, str]]:
    """The numbers of the measures and the slugs of the posts, by id."""
    measures = {measure.id: measure.number for measure in session.exec(select(Measure)).all()}
    return measures, {post.id: post.slug for post in session.exec(select(Post)).all()} | {0: "", None: ""}


def claimed(engine: Engine) -> Counter[Owed]:
    """The reminders in the database."""
    with reading(engine) as session:
        measures, posts = names(session)
        return Counter(
            Owed(
                measure=measures[row.measure_id],
                watch=row.watch,
                anchor=str(row.anchor),
                step=row.step,
                repetition=row.repetition,
                post=posts[row.post_id],
                instead_of=posts[row.instead_of] or None,
            )
            for row in session.exec(select(Reminder)).all()
        )


def recorded(engine: Engine) -> Counter[Owed]:
    """What the ledger says was claimed and withheld."""
    with reading(engine) as session:
        measures, posts = names(session)
        facts = session.exec(select(Fact).where(col(Fact.kind).in_([FactKind.CLAIM, FactKind.WITHHOLD]))).all()
        return Counter(
            Owed(
                measure=measures[fact.measure_id],
                watch=told["watch"],
                anchor=told["anchor"],
                step=told["step"],
                repetition=told["repetition"],
                post=posts[fact.post_id],
                instead_of=posts[told.get("instead_of")] or None,
                withheld=told.get("reason"),
            )
            for fact in facts
            for told in [json.loads(fact.payload)]
        )


def content(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the database holds, row by row."""
    with reading(engine) as session:
        return {
            table.name: sorted(map(tuple, session.connection().execute(table.select())), key=str)
            for table in SQLModel.metadata.sorted_tables
        }
