"""The flow that Prefect starts by itself where no night has come to its end for a day and some hours."""

import asyncio

from prefect import State, flow
from prefect.events import DeploymentEventTrigger
from prefect.events.schemas.automations import Posture
from prefect.states import Completed

from flows import stages
from flows.watchdog import alert, overdue
from models.clock import now
from models.database import reading
from models.queries.runs import STALE, last_good_night


@flow(name="nights", on_failure=[stages.tell_operator], on_crashed=[stages.tell_operator], persist_result=False)
async def nights() -> State[str]:
    """Look whether the nights come to their end, and tell the operator if not."""
    async with stages.at_work() as place:
        at = now()

        def look() -> str | None:
            with reading(place.engine) as session:
                trouble = overdue(last_good_night(session), at)
            if trouble:
                alert(place.settings, [trouble], at.astimezone(place.zone).date())
            return trouble

        trouble = await asyncio.to_thread(look)
    return Completed(message=trouble or "The nights come to their end.")


def automation() -> DeploymentEventTrigger:
    """Return the automation of Prefect's that starts this flow."""
    return DeploymentEventTrigger(
        name="duban: no night has come to its end",
        posture=Posture.Proactive,
        expect={"prefect.flow-run.Completed"},
        match_related={"prefect.resource.role": "flow", "prefect.resource.name": "nightly"},
        threshold=1,
        within=STALE,
    )
