"""The supervisor's flow: a sweep over what is asked for, at once."""

import asyncio

import prefect

from config.moment import moment
from config.workplace import Workplace
from flows import stages
from flows.report import Report
from flows.sweep import Request
from models.clock import now
from models.database import reading
from models.queries.office import find_person
from models.queries.scope import Scope
from models.vocabulary import Light, RunKind, State

NOBODY_NAMED = "Prefect"
"""Who asks where the form was sent off without saying."""


@prefect.flow(
    name="sweep", on_failure=[stages.tell_operator], on_crashed=[stages.tell_operator], persist_result=False
)
async def sweep(  # noqa: PLR0913 - the form that a supervisor fills in
    *,
    unit: str | None = None,
    state: State | None = None,
    finding: str | None = None,
    light: Light | None = None,
    topic: str | None = None,
    as_of: str | None = None,
    dry_run: bool = False,
    by: str | None = None,
) -> prefect.State[Report]:
    """Look at part of the register, tell whoever is to be told, and show what came of it.

    Every condition given must hold; none given means the whole register.

    unit: a unit's slug, name or alias.
    state: what people did.
    finding: a finding's number.
    light: how a measure stands on the clock.
    topic: a topic that measures carry.
    as_of: a date or an instant to look as of; without it, the present.
    dry_run: only find what would be said, to whom and why, and change nothing.
    by: who asks, a person of the office.
    """
    async with stages.at_work() as place:
        at = now()
        request = Request(
            kind=RunKind.SWEEP,
            asked_by=await asyncio.to_thread(_asker, place, by),
            scope=Scope(unit or None, state, finding or None, light, topic or None),
            as_of=moment(as_of, place.policy.hours.opens, place.zone) if as_of else at,
            now=at,
        )
        return await stages.walk(place, request, dry_run=dry_run)


def _asker(place: Workplace, by: str | None) -> str:
    """Name who asks. Raises `UnknownPerson` for somebody who is not of the office."""
    name = by or place.settings.by
    if not name:
        return NOBODY_NAMED
    with reading(place.engine) as session:
        return find_person(session, name).name
