"""The stages of a run as Prefect tasks: open, sweep, compose, deliver, seal, audit, summary.

A task is a stage, never a measure. Each works in a thread, with a database connection that it takes for itself:
Prefect's event loop stays free to hear that the run is cancelled, and no connection is used by two threads.
What every stage does is safe to do twice, so a database that does not answer is asked again. Delivery is not:
it has its own patience, message by message.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from prefect import Flow, State, Task, get_run_logger, runtime, task
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import FlowRun, TaskRun
from prefect.logging.loggers import flow_run_logger
from prefect.states import Completed
from pydantic import SecretStr

from config.settings import load_settings
from config.workplace import Workplace, open_workplace
from flows import audit as auditing
from flows import compose as composing
from flows import deliver as delivery
from flows import heartbeat, rounds, silence
from flows.alarm import failed_now, found_by_audit, sound, sound_failure, troubles
from flows.audit import Audit
from flows.compose import Composed
from flows.deliver import Delivered
from flows.overview import overview, undelivered
from flows.report import Report, Unaccounted, report
from flows.summary import differences, headline, markdown, table
from flows.sweep import Request, Swept
from models.clock import now
from models.database import Unreachable, reading
from models.queries.addresses import dead
from models.vocabulary import RunKind

PATIENCE = (2.0, 10.0, 60.0)
"""Seconds before a stage asks an unreachable database again: a restart takes less, an outage needs a person."""

MARKDOWN, MEASURES, REPORT, AUDIT = "duban-{}", "duban-{}-measures", "duban-{}-report", "duban-{}-audit"
"""The keys of a run's artifacts, by its kind."""

P = ParamSpec("P")
R = TypeVar("R")


def _unreachable(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    return isinstance(state.data, Unreachable)


def _patient(name: str) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    """Make a stage that starts over while the database does not answer, and keeps nothing of what it returns."""
    return task(
        name=name,
        retries=len(PATIENCE),
        retry_delay_seconds=list(PATIENCE),
        retry_condition_fn=_unreachable,
        cache_policy=NO_CACHE,
        persist_result=False,
    )


@asynccontextmanager
async def at_work() -> AsyncIterator[Workplace]:
    """Open the office's register as the settings name it, and close it at the end of the block."""
    place = await open_place()
    try:
        yield place
    finally:
        place.engine.dispose()


@_patient("open")
async def open_place() -> Workplace:
    """Read the settings, and open the office's register."""
    return await asyncio.to_thread(lambda: open_workplace(load_settings()))


@_patient("sweep")
async def sweep(place: Workplace, request: Request, *, dry_run: bool) -> Swept:
    """Claim what is owed, or find what would be said."""
    return await asyncio.to_thread(rounds.look, place, request, dry_run=dry_run)


@_patient("compose")
async def compose(place: Workplace, as_of: datetime) -> Composed:
    """Word what is unsaid."""
    composed = await asyncio.to_thread(composing.compose, place, as_of, now())
    await _alarm(place, "compose", [str(one) for one in composed.unworded], "-compose")
    return composed


@_patient("silence")
async def report_silences(place: Workplace, as_of: datetime) -> int:
    """Report upwards who has not acknowledged in time."""
    return await asyncio.to_thread(silence.report_silences, place, as_of, now())


@task(name="deliver", cache_policy=NO_CACHE, persist_result=False)
async def deliver(place: Workplace, as_of: datetime) -> Delivered:
    """Send what may leave."""
    return await asyncio.to_thread(delivery.deliver, place, as_of, now)


@_patient("seal")
async def seal(place: Workplace, swept: Swept) -> None:
    """Seal the ledger, with all that the run put on record."""
    await asyncio.to_thread(rounds.seal_run, place, swept)


@_patient("audit")
async def audit(place: Workplace, as_of: datetime) -> Audit:
    """Find out anew what was owed, and hold it against what was done."""
    return await asyncio.to_thread(auditing.audit, place, as_of)


@_patient("summary")
async def summarise(place: Workplace, request: Request, told: Report, audited: Audit | None) -> None:
    """Show in Prefect what the run found and said, and tell the operator what needs one."""
    seen = await asyncio.to_thread(overview, place, request, told, audited)
    what = f"{place.office.name} {told.scope}"
    await acreate_markdown_artifact(markdown(seen), MARKDOWN.format(request.kind), what)
    await acreate_table_artifact(table(seen), MEASURES.format(request.kind), what)
    await acreate_table_artifact([told.to_json()], REPORT.format(request.kind), what)
    if audited and audited.found:
        await acreate_table_artifact(differences(audited), AUDIT.format(request.kind), what)
    if told.dry_run:
        return
    nightly = request.kind is RunKind.NIGHTLY  # once a day the operator hears of what still waits, too
    lines = troubles(
        seen.undelivered if nightly or failed_now(told, seen.undelivered, request.now) else (),
        seen.vacant if nightly else (),
        seen.dead,
        seen.out_of_reach if nightly else (),
    )
    await _alarm(place, request.kind, [*found_by_audit(audited), *lines])


@_patient("summary")
async def check_delivery(place: Workplace, delivered: Delivered, since: datetime) -> None:
    """Tell the operator of messages that failed for good."""

    def read() -> list[str]:
        with reading(place.engine) as session:
            failed, died = undelivered(session, since), dead(session, since)
        return troubles(failed if failed_now(delivered, failed, since) else (), dead=died)

    await _alarm(place, "deliver", await asyncio.to_thread(read))


@task(name="heartbeat", cache_policy=NO_CACHE, persist_result=False)
async def beat(url: SecretStr) -> None:
    """Tell whoever waits for it that the night was good."""
    problem = await asyncio.to_thread(heartbeat.beat, url.get_secret_value())
    if problem:
        get_run_logger().warning(problem)


async def walk(place: Workplace, request: Request, *, dry_run: bool = False) -> State[Report]:
    """Go through all stages in order, as `rounds.sweep_now` does, and return the run's last state with its report.

    A night is audited; where that finds differences it raises `Unaccounted`, when everything else is done.
    """
    started = time.perf_counter()
    swept = await sweep(place, request, dry_run=dry_run)
    composed = None if dry_run else await compose(place, request.as_of)
    if request.kind is RunKind.NIGHTLY and not dry_run:
        await report_silences(place, request.as_of)
    delivered = None if dry_run else await deliver(place, request.as_of)
    if not dry_run:
        await seal(place, swept)
    nightly = request.kind is RunKind.NIGHTLY and not dry_run
    audited = await audit(place, request.as_of) if nightly else None
    told = report(request, swept, composed, delivered, time.perf_counter() - started, audited)
    await summarise(place, request, told, audited)
    if audited and audited.found:
        raise Unaccounted(str(audited), told)
    return Completed(message=headline(told), data=told)


async def _alarm(place: Workplace, flow: str, lines: list[str], mark: str = "") -> None:
    """Tell the operator, once a run; a `mark` tells a second alarm of the same run from the first."""
    if not lines:
        return
    subject = f"{flow}: {len(lines)} to look at"
    problem = await asyncio.to_thread(sound, place.settings, f"{runtime.flow_run.id}{mark}", subject, lines)
    if problem:
        get_run_logger().warning(problem)


def tell_operator(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Sound the alarm for a run that failed or crashed: a Prefect hook, which must not raise.

    Of an audit's differences the operator has heard, by the summary.
    """
    if Unaccounted.__name__ in (state.message or ""):
        return
    problem = sound_failure(flow.name, str(flow_run.id), flow_run.name, state.name or "Failed", state.message)
    if problem:
        flow_run_logger(flow_run, flow).warning(problem)
