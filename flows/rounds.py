"""Rounds: the one way through sweeping, composing and delivering, which commands and flows both go."""

import time
from collections.abc import Callable
from datetime import datetime

from config.workplace import Workplace
from flows import sweep
from flows.compose import Composed, compose
from flows.deliver import Delivered, deliver
from flows.report import Report, report
from flows.sweep import Request, Swept
from models.clock import now
from models.commands.seal import seal


def sweep_now(
    place: Workplace,
    request: Request,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Sweep, compose, deliver and seal at once, without Prefect; a dry run only finds what would be said.

    `progress` hears the watches done and all of them. Raises `OutOfOrder`, `UnknownScope` and `Unreachable`.
    """
    started = time.perf_counter()
    swept = look(place, request, dry_run=dry_run, progress=progress)
    if dry_run:
        return report(request, swept, None, None, time.perf_counter() - started)
    composed, delivered = deliver_now(place, request.as_of)
    seal_run(place, swept)
    return report(request, swept, composed, delivered, time.perf_counter() - started)


def deliver_now(place: Workplace, as_of: datetime) -> tuple[Composed, Delivered]:
    """Word anew what is unsaid, so that it is true when it leaves, and send what may leave as of a moment."""
    return compose(place, as_of, now()), deliver(place, as_of, now)


def seal_run(place: Workplace, swept: Swept) -> None:
    """Put everything that is on record so far under the run's seal."""
    if swept.run is not None:
        seal(place.engine, swept.run, now())


def look(
    place: Workplace,
    request: Request,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Swept:
    """Sweep a workplace, or find what a sweep would say."""
    rules = (place.engine, place.policy.escalation, place.calendar, place.zone)
    return sweep.dry_run(*rules, request) if dry_run else sweep.sweep(*rules, request, progress)
