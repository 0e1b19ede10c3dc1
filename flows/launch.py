"""What commands start of Prefect's: the nightly run, the schedule, a sweep on a running server.

Prefect reads its environment when it is imported, and takes two seconds for that. So this file imports it only
inside its functions, after the environment is prepared; commands may import this file freely.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import asdict
from datetime import datetime
from typing import cast

from config.settings import Settings
from config.sweeps import load_sweeps
from config.workplace import open_workplace
from flows.environment import prepare
from flows.report import Report
from flows.server import NoServer, prefect_server, require
from models.clock import now
from models.commands.runs import refuse_out_of_order
from models.database import reading
from models.queries.scope import Scope, conditions

API_URL = "PREFECT_API_URL"


def run_nightly(settings: Settings, as_of: datetime | None, asked_by: str) -> Report:
    """Run the nightly flow now, on the server that PREFECT_API_URL names, or else on one for the occasion.

    The flow reads the settings anew, as it does when the schedule starts it. Raises `Unreachable`, `WrongSchema`,
    `Malformed`, `OutOfOrder` and `NoServer`, where possible before the ten seconds that a server takes, and
    `Unaccounted` when all is done and the audit found differences.
    """
    place = open_workplace(settings)
    with reading(place.engine) as session:
        refuse_out_of_order(session, as_of or now(), now())
    place.engine.dispose()
    if API_URL in os.environ:
        require(os.environ[API_URL])
    prepare(settings, quiet=True)
    from flows.nightly import nightly  # noqa: PLC0415

    # what a flow returns in a state, Prefect hands out
    return cast("Report", asyncio.run(nightly(as_of=as_of.isoformat() if as_of else None, by=asked_by)))


def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Run Prefect's server and the schedule until SIGINT or SIGTERM, which stop both.

    With PREFECT_API_URL set, that server is used and only the schedule runs here. `ready` is called with the
    API's URL once all is registered. Raises `Unreachable`, `WrongSchema`, `Malformed`, `UnknownScope` and
    `NoServer`.
    """
    place = open_workplace(settings)
    presets = load_sweeps(settings.home, place.office.slug)
    with reading(place.engine) as session:
        for preset in presets:
            conditions(session, preset.scope, place.policy.escalation.lights, now().astimezone(place.zone).date())
    place.engine.dispose()
    prepare(settings)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, lambda *_: sys.exit(0))
    with ExitStack() as running, suppress(KeyboardInterrupt):
        if API_URL in os.environ:
            require(os.environ[API_URL])
        else:
            os.environ[API_URL] = running.enter_context(prefect_server(settings.host, settings.port))
        url = os.environ[API_URL]
        from flows import schedule  # noqa: PLC0415

        asyncio.run(schedule.serve(place, presets, lambda: ready(url)))


def trigger(
    settings: Settings,
    scope: Scope,
    *,
    as_of: str | None,
    dry_run: bool,
    by: str | None,
    tell: Callable[[str], None] | None = None,
) -> Report:
    """Start a sweep on the server that PREFECT_API_URL names, follow it to its end, and return its report.

    `tell` hears the name of each state that the run enters. Raises `NoServer`, `NotServed` and `SweepFailed`.
    """
    if API_URL not in os.environ:
        raise NoServer("PREFECT_API_URL names no server; set it to the address that 'duban serve' shows, with /api.")
    require(os.environ[API_URL])
    prepare(settings, quiet=True)
    from flows import trigger as triggering  # noqa: PLC0415

    asked = {**asdict(scope), "as_of": as_of, "dry_run": dry_run, "by": by}
    return triggering.trigger({name: value for name, value in asked.items() if value is not None}, tell)
