"""The nightly flow: sweep, compose, deliver, seal, audit, summary."""

import asyncio
from datetime import datetime

from prefect import State, flow
from prefect.runtime import flow_run
from prefect.states import Completed

from config.moment import moment
from config.workplace import Workplace
from flows import slot, stages
from flows.report import Report
from flows.sweep import Request
from models.clock import now
from models.database import reading
from models.queries.looks import last_look, night_is_done
from models.queries.scope import Scope
from models.vocabulary import RunKind

SCHEDULE = "schedule"
"""Who asks for a run that nobody started."""


@flow(name="nightly", on_failure=[stages.tell_operator], on_crashed=[stages.tell_operator], persist_result=False)
async def nightly(*, as_of: str | None = None, by: str | None = None) -> State[Report]:
    """Look at the whole register, tell whoever is to be told, and show what came of it.

    as_of: a date or an instant to look as of; without it, the scheduled start.
    by: who asks; without it, the schedule.
    """
    async with stages.at_work() as place:
        at = now()
        if as_of:
            look_at: datetime | None = moment(as_of, place.policy.hours.opens, place.zone)
        else:
            scheduled = flow_run.scheduled_start_time
            look_at = await asyncio.to_thread(_look_at, place, scheduled, at, asked=by is not None)
        if look_at is None:
            return Completed(name="Coalesced", message="An earlier run did this night's work.")
        ended = await stages.walk(place, Request(RunKind.NIGHTLY, by or SCHEDULE, Scope(), look_at, at))
        if place.settings.heartbeat and ended.is_completed():
            await stages.beat(place.settings.heartbeat)
        return ended


def _look_at(place: Workplace, scheduled: datetime, at: datetime, *, asked: bool) -> datetime | None:
    """Return as of when to look; None for a run that nobody asked for, when its night's work is done."""
    due = slot.due(scheduled, at, place.zone)
    with reading(place.engine) as session:
        if not asked and night_is_done(session, due):
            return None
        return slot.as_of(due, at, last_look(session))
