"""The delivery flow: what is held leaves in office hours, worded as things stand then."""

from typing import Any

from prefect import State, flow
from prefect.runtime import flow_run
from prefect.states import Completed

from flows import stages
from flows.slot import EVERY
from models.clock import now


@flow(name="deliver", on_failure=[stages.tell_operator], on_crashed=[stages.tell_operator], persist_result=False)
async def deliver() -> State[Any]:
    """Word anew what has not left yet, and send what may leave.

    Outside office hours nothing leaves, whenever this runs. A run that starts so late that the next is due does
    nothing: after an outage every missed one starts.
    """
    at = now()
    if at - flow_run.scheduled_start_time > EVERY:
        return Completed(name="Coalesced", message="A later run delivers what this one would have.")
    async with stages.at_work() as place:
        composed = await stages.compose(place, at)
        delivered = await stages.deliver(place, at)
        await stages.check_delivery(place, delivered, at)
    message = (
        f"{composed.messages} new, {composed.withdrawn} withdrawn, {delivered.accepted} accepted, "
        f"{delivered.held} held, {delivered.retry} retry, {delivered.refused} refused, {delivered.in_doubt} in doubt"
    )
    return Completed(message=message, data=delivered)
