"""The sweep: look at what is due, decide once per situation, and claim for all measures in it at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Row
from sqlmodel import Session

from flows.ruling import Ruling, rule
from models.commands.claims import Conditions, batches, claim, staged
from models.commands.reproject import reproject
from models.commands.runs import close_run, has_another_calendar, open_run
from models.commands.spawn import spawn
from models.commands.staging import stage
from models.database import connected, take_turns
from models.escalation import EscalationPolicy
from models.queries.office import holders
from models.queries.scope import Scope, conditions
from models.run import Run
from models.vocabulary import RunKind, Withheld
from models.workdays import Calendar

BATCH = 50_000
"""Watches claimed in one transaction: so many that a commit costs nothing beside it, so few that another
writer waits for a second or two at most."""


@dataclass(frozen=True, slots=True)
class Request:
    """Who asked for a sweep, of what, as of when. `now` is the clock's own word, for the record."""

    kind: RunKind
    asked_by: str
    scope: Scope
    as_of: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a dry run would say or withhold, and why."""

    measure: str
    post: str
    person: str | None
    step: str
    reason: str


@dataclass(slots=True)
class Swept:
    """What a sweep found and did; a dry run has no `run`, and fills the two lists."""

    run: int | None = None
    examined: int = 0
    due: int = 0
    situations: int = 0
    reminders: int = 0
    withheld: int = 0
    seconds: float = 0.0
    would_say: list[Line] = field(default_factory=list)
    would_withhold: list[Line] = field(default_factory=list)


def sweep(
    engine: Engine,
    policy: EscalationPolicy,
    calendar: Calendar,
    zone: ZoneInfo,
    request: Request,
    progress: Callable[[int, int], None] | None = None,
    batch: int = BATCH,
) -> Swept:
    """Claim everything in scope that is owed as of the request's moment, and record the run.

    Killed anywhere, it leaves whole batches behind, and the next run goes on from there. `progress` is called
    after each batch with the watches done and all of them. Raises `OutOfOrder` and `UnknownScope`.
    """
    started = time.perf_counter()
    with connected(engine) as connection:  # one connection: it keeps what is staged from batch to batch
        with connection.begin(), Session(connection) as session:
            run, scope, ruling = _open(session, policy, calendar, zone, request)
            parts = batches(connection, scope, run.on, batch) if ruling.examined > batch else [scope]
        for number, part in enumerate(parts, 1):
            with connection.begin(), Session(connection) as session:
                take_turns(connection)
                if ruling.examined:
                    claim(connection, part, run, request.now)
                seconds = time.perf_counter() - started
                if number == len(parts):
                    run = close_run(session, run.id or 0, request.now + timedelta(seconds=seconds))
                    session.flush()
            if progress:
                progress(min(number * batch, ruling.examined), ruling.examined)
    return Swept(
        run=run.id,
        examined=run.examined,
        due=run.due,
        situations=run.situations,
        reminders=run.reminders,
        withheld=run.withheld,
        seconds=seconds,
    )


def dry_run(engine: Engine, policy: EscalationPolicy, calendar: Calendar, zone: ZoneInfo, request: Request) -> Swept:
    """Find what a sweep would say and withhold, and leave no trace: all is rolled back, there is no run."""
    started = time.perf_counter()
    with connected(engine) as connection, connection.begin() as transaction, Session(connection) as session:
        run, scope, ruling = _open(session, policy, calendar, zone, request)
        persons = {post: holder.person.name for post, holder in holders(session, run.on).items()}
        swept = Swept(examined=ruling.examined, due=ruling.due, situations=len(ruling.verdicts))
        for row in connection.execute(staged(scope, run.on)) if ruling.examined else ():
            line = Line(row.number, row.name, persons.get(row.post_id), row.step, _reason(row, run.on))
            (swept.would_withhold if row.withheld else swept.would_say).append(line)
        transaction.rollback()
    swept.seconds = time.perf_counter() - started
    return swept


def _open(
    session: Session, policy: EscalationPolicy, calendar: Calendar, zone: ZoneInfo, request: Request
) -> tuple[Run, Conditions, Ruling]:
    """Begin a run: its record, the occurrences that come up, and every decision laid out."""
    take_turns(session.connection())  # two runs that spawn the same occurrences would collide
    on = request.as_of.astimezone(zone).date()
    scope = conditions(session, request.scope, policy.lights, on)
    recalendared = has_another_calendar(session, calendar.version)
    run = open_run(
        session,
        kind=request.kind,
        asked_by=request.asked_by,
        scope=request.scope.to_json(),
        as_of=request.as_of,
        on=on,
        policy_version=policy.version,
        calendar_version=calendar.version,
        now=request.now,
    )
    if recalendared:
        reproject(session, calendar, "the calendar in force changed", request.now)
    spawn(session, on, calendar, request.now)
    session.flush()
    ruling = rule(session, scope, policy, calendar, on)
    run.examined, run.due, run.situations = ruling.examined, ruling.due, len(ruling.verdicts)
    session.flush()
    if ruling.examined:
        stage(session.connection(), ruling.verdicts, ruling.sayings, ruling.staff)
    return run, scope, ruling


_WHY_NOT = {
    Withheld.FOLDED: "folded into a later step for the same post",
    Withheld.VACANT: "nobody holds the post",
    Withheld.BLOCKED: "the measure waits for another one",
    Withheld.OVERTAKEN: "no longer true",
    Withheld.UNREACHABLE: "the person has no address that works",
    Withheld.ACKNOWLEDGED: "acknowledged, and said again only after some time",
    Withheld.SNOOZED: "put off by the post itself",
}


def _reason(row: Row[Any], on: date) -> str:
    """Say why a staged line is said, or why not."""
    if row.withheld:
        return _WHY_NOT[Withheld(row.withheld)]
    days = (on - row.anchor).days
    distance = f"{days} days past" if days > 0 else f"{-days} days ahead" if days < 0 else "today"
    return f"{row.kind} counted from {row.anchor}, {distance}"
