"""A real `duban serve` for tests: Prefect's server and the schedule, in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener
from uuid import uuid4

import pytest

from config.calendar import load_calendar
from config.office import load_office
from models.clock import now
from models.commands.intake import register_office
from models.database import open_database, upgrade, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE = 120.0
"""Seconds until something that has to happen counts as not happening."""

SECRET = "Pa55-of-the-hook"
"""Part of a channel's URL in the settings; nobody is reached through that channel."""

_SERVE = "from config.settings import load_settings; from flows.launch import serve; serve(load_settings(), print)"
_DIRECT = build_opener(ProxyHandler({}))


class Served:
    """A running `duban serve`, and Prefect's API as anybody on the network reaches it."""

    def __init__(self, process: subprocess.Popen[str], home: Path, url: str) -> None:
        self.home = home
        self.url = url
        self._process = process

    def get(self, path: str) -> Any:
        """Read from the API."""
        with _DIRECT.open(f"{self.url}{path}", timeout=PATIENCE) as answer:
            return json.load(answer)

    def ui_settings(self) -> Any:
        """Read what Prefect's pages are told of the server."""
        with _DIRECT.open(f"{self.url.removesuffix('/api')}/ui-settings", timeout=PATIENCE) as answer:
            return json.load(answer)

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Send to the API, and return the status and what was answered."""
        request = Request(f"{self.url}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310 - a server of ours
        try:
            with _DIRECT.open(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def begin(self, deployment: str, **body: Any) -> dict[str, Any]:
        """Start a run of a deployment, with what the API takes for it."""
        found = self.get(f"/deployments/name/{deployment}")
        body["idempotency_key"] = uuid4().hex

        def create() -> dict[str, Any] | None:
            status, run = self.post(f"/deployments/{found['id']}/create_flow_run", body)
            if status == _BUSY:
                return None
            assert status in {200, 201}, run
            begun: dict[str, Any] = run
            return begun

        return cast("dict[str, Any]", wait_for(create))

    def start(self, deployment: str, **body: Any) -> dict[str, Any]:
        """Start a run of a deployment, and wait until it has ended."""
        return self.ended(self.begin(deployment, **body)["id"])

    def ended(self, run_id: str) -> dict[str, Any]:
        """Wait until a run has ended, and return it."""
        run: dict[str, Any] = wait_for(
            lambda: (run := self.get(f"/flow_runs/{run_id}"))["state"]["type"] in _FINAL and run
        )
        return run

    def artifacts(self, run_id: str) -> dict[str, Any]:
        """Return what a run has left to be read, by key; tables as lists of rows."""
        _, found = self.post("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run_id]}}})
        return {
            one["key"]: json.loads(one["data"]) if one["type"] == "table" else one["data"]
            for one in found
            if one["key"]
        }

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, and return how it ended."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self._process.wait(PATIENCE)

    @property
    def pids(self) -> set[int]:
        """Every process of it that runs."""
        return {self._process.pid} | descendants(self._process.pid)


_BUSY = 503  # its SQLite is locked; Prefect's own client asks again, too
_FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


@contextmanager
def serving(home: Path) -> Iterator[Served]:
    """Register the example office below a folder, and run `duban serve` on it."""
    lay_out(home)
    port = free_port()
    environment = os.environ | settings_of(home) | {"DUBAN_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    log = home / "serve.log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE],
            env=environment,
            cwd=home,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )
    served = Served(process, home, f"http://127.0.0.1:{port}/api")
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{served.url}\n", log.read_text()
        yield served
    finally:
        served.stop()
        process.communicate()


@contextmanager
def own_environment(**variables: str) -> Iterator[None]:
    """Set variables until the end of the block, and forget then whatever else was set meanwhile."""
    with patch.dict(os.environ, variables):
        yield


def settings_of(home: Path) -> dict[str, str]:
    """Return the settings of an office, as its environment holds them."""
    return {
        "DUBAN_HOME": str(home),
        "DUBAN_ALARM": f"maildir://{home / 'alarm'}",
        "DUBAN_CHANNELS": json.dumps({"hook": f"json://duban:{SECRET}@office.example/in"}),
    }


def lay_out(home: Path) -> None:
    """Make a home with the register of Qiyang in it."""
    home.mkdir(exist_ok=True)
    url = f"sqlite:///{home / 'duban.db'}"
    upgrade(url)
    engine = open_database(url)
    with writing(engine) as session:
        register_office(session, load_office("qiyang"), (), load_calendar("cn"), now())
    engine.dispose()


def wait_for(condition: Callable[[], Any]) -> Any:
    """Wait until a condition holds, and return what it returned."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)
    pytest.fail("what has to happen does not")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def mails(folder: Path) -> list[EmailMessage]:
    """Return the mails that came into a maildir, in no order."""
    return [
        message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
        for path in folder.glob("new/*")
    ]


def descendants(pid: int) -> set[int]:
    """Return the processes below a process that run; one that has ended and waits to be reaped does not."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], check=True, capture_output=True, text=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    parents = {int(row[0]): int(row[1]) for row in rows if not row[2].startswith("Z")}
    found, generation = set[int](), {pid}
    while generation:
        generation = {child for child, parent in parents.items() if parent in generation}
        found |= generation
    return found
