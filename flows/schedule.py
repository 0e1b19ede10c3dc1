"""The schedule: which flows Prefect runs when, and which it keeps ready for supervisors."""

import sys
from collections.abc import Callable

from prefect.deployments.runner import RunnerDeployment
from prefect.runner import Runner
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from config.sweeps import GENERAL, Preset
from config.workplace import Workplace
from flows.adhoc import sweep
from flows.delivery import EVERY, deliver
from flows.nightly import nightly
from flows.slot import START
from models.hours import Hours

POLL = 3.0
"""Seconds between two looks for runs to start: a supervisor waits for the sweep asked for."""


async def deployments(place: Workplace, presets: tuple[Preset, ...]) -> list[RunnerDeployment]:
    """Return what an office's Prefect serves: the night, the deliveries, and the sweeps at hand."""
    zone = place.zone.key
    entry = EntrypointType.MODULE_PATH  # from a file, flows/ would stand at the head of sys.path
    night = Cron(f"{START.minute} {START.hour} * * *", timezone=zone)
    hours = Cron(delivery_times(place.policy.hours), timezone=zone)
    return [
        await nightly.ato_deployment("nightly", schedule=night, entrypoint_type=entry),
        await deliver.ato_deployment("office-hours", schedule=hours, entrypoint_type=entry),
        await sweep.ato_deployment(GENERAL, entrypoint_type=entry),
        *[
            await sweep.ato_deployment(
                preset.slug,
                description=preset.title,
                parameters=preset.model_dump(mode="json", exclude={"slug", "title"}, exclude_none=True),
                entrypoint_type=entry,
            )
            for preset in presets
        ],
    ]


def delivery_times(hours: Hours) -> str:
    """Return a cron line for the deliveries between an office's opening and closing.

    They come on minutes on which nobody else's timers go off, and on every day of the week: the flow knows the
    calendar, in which a Sunday may be a working day.
    """
    every = EVERY.seconds // 60
    return f"7-59/{every} {hours.opens.hour}-{hours.closes.hour} * * *"


class _Runner(Runner):
    def handle_sigterm(self, *_args: object, **_kwargs: object) -> None:
        """Leave; Prefect's own handler calls a coroutine that nobody awaits before it does."""
        sys.exit(0)


async def serve(place: Workplace, presets: tuple[Preset, ...], ready: Callable[[], None]) -> None:
    """Register the deployments, and run what falls due until stopped; `ready` is called in between."""
    # a stop must not pause the schedule for good
    runner = _Runner(query_seconds=POLL, pause_on_shutdown=False)
    for deployment in await deployments(place, presets):
        await runner.aadd_deployment(deployment)
    ready()
    await runner.start()
