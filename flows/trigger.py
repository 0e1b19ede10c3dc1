"""Triggering: a supervisor's sweep on a running Prefect server, followed to its end."""

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import ObjectNotFound

from config.sweeps import GENERAL
from config.wording import Unworded
from flows.alarm import presentable
from flows.report import Report
from flows.stages import REPORT
from flows.sweep import Line
from models.errors import DubanError
from models.vocabulary import RunKind

DEPLOYMENT = f"sweep/{GENERAL}"
GLANCE = 0.5
"""Seconds between two looks at a run."""


class NotServed(DubanError):
    """Prefect's server is not there, or nobody serves duban's flows on it."""


class SweepFailed(DubanError):
    """The sweep was started, and did not end well."""


def trigger(parameters: dict[str, Any], tell: Callable[[str], None] | None) -> Report:
    """Start the general sweep with parameters, and return its report; `tell` hears each state that it enters.

    Raises `NotServed` and `SweepFailed`.
    """
    try:
        with get_client(sync_client=True) as client:
            return _report(client, _follow(client, _start(client, parameters), tell))
    except httpx.HTTPStatusError as error:
        code = error.response.status_code
        raise NotServed(
            f"Prefect's server answered {code}; check PREFECT_API_URL and PREFECT_API_AUTH_STRING."
        ) from error
    except httpx.TransportError as error:
        raise NotServed("Prefect's server does not answer; check PREFECT_API_URL, or start 'duban serve'.") from error


def _start(client: SyncPrefectClient, parameters: dict[str, Any]) -> FlowRun:
    try:
        deployment = client.read_deployment_by_name(DEPLOYMENT)
    except ObjectNotFound as error:
        raise NotServed(f"Prefect's server has no deployment {DEPLOYMENT}; start 'duban serve' on it.") from error
    return client.create_flow_run_from_deployment(deployment.id, parameters=parameters)


def _follow(client: SyncPrefectClient, run: FlowRun, tell: Callable[[str], None] | None) -> FlowRun:
    """Wait for a run to end; one that nobody takes up is left waiting on the server."""
    told = None
    while True:
        state = run.state
        if tell and state and state.name and state.name != told:
            tell(state.name)
            told = state.name
        if state and state.name == "Late":
            raise NotServed(f"Nobody has taken up the run {run.name}; it waits for 'duban serve' to run.")
        if state and state.is_completed():
            return run
        if state and state.is_final():
            raise SweepFailed(f"The run {run.name} ended as {state.name}: {presentable(state.message or '')}")
        time.sleep(GLANCE)
        run = client.read_flow_run(run.id)


def _report(client: SyncPrefectClient, run: FlowRun) -> Report:
    """Read the report from the run's artifact, the one place where a run leaves it for other machines."""
    found = client.read_artifacts(
        artifact_filter=ArtifactFilter(
            flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]),
            key=ArtifactFilterKey(any_=[REPORT.format(RunKind.SWEEP)]),
        )
    )
    if not found:
        raise SweepFailed(f"The run {run.name} is completed, but has left no report.")
    (row,) = json.loads(str(found[0].data))
    return Report(
        **row
        | {
            "kind": RunKind(row["kind"]),
            "as_of": datetime.fromisoformat(row["as_of"]),
            "unworded": [Unworded(**one) for one in row.get("unworded", ())],
            "would_say": [Line(**line) for line in row.get("would_say", ())],
            "would_withhold": [Line(**line) for line in row.get("would_withhold", ())],
        }
    )
