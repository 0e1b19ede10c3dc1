"""Runs the stages of morning after morning in processes of their own, and kills them at random moments.

Run as `python -m tests.faults.killer` with a job as JSON on its input; it prints a report as JSON. It is a process
to itself because it forks: nothing may run beside that, neither a thread nor an open database.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import sys
import time
import traceback
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flows.compose import compose
from flows.deliver import deliver
from flows.sweep import Request, sweep
from models.commands.leases import LEASE
from models.database import open_database
from models.queries.scope import Scope
from models.vocabulary import RunKind
from tests.desk import at, workplace

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH = 4  # watches claimed in one transaction
CLOCK = datetime(2026, 1, 1, tzinfo=UTC)
STAGES = {"sweep": 0.4, "compose": 2.0, "deliver": 0.8}
"""The stages, and how long a child has at most at first, in parts of what the stage takes undisturbed."""


@dataclass(frozen=True, slots=True)
class Job:
    """Which database to work on, through which channels, from which morning on, until how many were killed.

    `kills` counts those in the sweep, and those in the delivery again.
    """

    url: str
    home: str
    channels: dict[str, str]
    first: str
    kills: int
    seed: int


@dataclass(slots=True)
class Report:
    """How many processes were killed in which stage, and the mornings that were completed."""

    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    mornings: list[str] = field(default_factory=list)


class Killer:
    """Works at one database, one process after the other, each of them later than any lease of the one before."""

    def __init__(self, job: Job) -> None:
        self.report = Report()
        self._place = workplace(open_database(job.url), Path(job.home), job.channels)
        self._random = random.Random(job.seed)  # noqa: S311 - not for secrets
        self._now = CLOCK
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})

    def live(self, morning: date) -> dict[str, float]:
        """Do a morning's work here, so that children begin with everything loaded; return each stage's seconds."""
        seconds = {}
        for stage in STAGES:
            started = time.perf_counter()
            self._work(stage, morning)
            seconds[stage] = time.perf_counter() - started
        self._place.engine.dispose()
        self.report.mornings.append(morning.isoformat())
        return seconds

    def survive(self, morning: date, seconds: dict[str, float]) -> None:
        """Have each stage of a morning begun again and again, and killed within so many seconds, until it is done.

        Patience grows with every kill, so that there is an end to it on a busy machine too.
        """
        for stage, usual in seconds.items():
            patience = usual * STAGES[stage]
            while not child_ends(lambda: self._work(stage, morning), self._random.uniform(0, patience)):  # noqa: B023
                self.report.kills[stage] += 1
                self._now += LEASE + timedelta(seconds=1)
                patience *= 1.2
        self.report.mornings.append(morning.isoformat())

    def next_morning(self, morning: date) -> date:
        """Return the next working day."""
        return self._place.calendar.on_or_after(morning + timedelta(days=1)).value

    def _work(self, stage: str, morning: date) -> None:
        place, as_of, now = self._place, at(morning), self._now
        if stage == "sweep":
            request = Request(RunKind.NIGHTLY, "killer", Scope(), as_of, now)
            sweep(place.engine, place.policy.escalation, place.calendar, place.zone, request, batch=BATCH)
        elif stage == "compose":
            compose(place, as_of, now)
        else:
            deliver(place, as_of, lambda: now)


def child_ends(work: Callable[[], None], patience: float) -> bool:
    """Do something in a child, and tell whether it ended before its time was up and it was killed."""
    child = os.fork()
    if child == 0:
        _exit_after(work)
    if signal.sigtimedwait({signal.SIGCHLD}, patience) is None:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    signal.sigtimedwait({signal.SIGCHLD}, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, -signal.SIGKILL):
        raise ChildProcessError(f"a child failed with {code}; see its traceback above")
    return code == 0


def _exit_after(work: Callable[[], None]) -> None:
    code = 1
    try:
        work()
        code = 0
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)


def main() -> None:
    """Do the job."""
    job = Job(**json.load(sys.stdin))
    killer = Killer(job)
    morning = date.fromisoformat(job.first)
    killer.live(morning)
    morning = killer.next_morning(morning)
    seconds = killer.live(morning)
    gc.freeze()  # or every child would begin by copying what it collects
    while min(killer.report.kills["sweep"], killer.report.kills["deliver"]) < job.kills:
        morning = killer.next_morning(morning)
        killer.survive(morning, seconds)
    json.dump(asdict(killer.report), sys.stdout)


if __name__ == "__main__":
    main()
