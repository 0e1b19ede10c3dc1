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
from flows.delivery import deliver
from flows.nightly import nightly
from flows.nights import automation, nights
from flows.slot import delivery_cron, nightly_cron

POLL = 3.0
"""Seconds between two looks for runs to start: a supervisor waits for the sweep asked for."""


async def deployments(place: Workplace, presets: tuple[Preset, ...]) -> list[RunnerDeployment]:
    """Return what an office's Prefect serves: the night, the deliveries, and the sweeps at hand."""
    entry = EntrypointType.MODULE_PATH  # from a file, flows/ would stand at the head of sys.path
    night = Cron(nightly_cron(), timezone=place.zone.key)
    hours = Cron(delivery_cron(place.policy.hours), timezone=place.zone.key)
    return [
        await nightly.ato_deployment("nightly", schedule=night, entrypoint_type=entry),
        await deliver.ato_deployment("office-hours", schedule=hours, entrypoint_type=entry),
        await nights.ato_deployment("watchdog", triggers=[automation()], entrypoint_type=entry),
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
