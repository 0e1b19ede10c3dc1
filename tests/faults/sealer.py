"""Writes facts and has them sealed by processes that are killed at random moments.

Run as `python -m tests.faults.sealer` with a job as JSON on its input; it prints a report as JSON. Like the killer it
is a process to itself, because it forks.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlmodel import func, select

from models.commands.ledger import record_all
from models.commands.seal import seal
from models.database import open_database, reading, writing
from models.seal import Leaves, Seal
from models.vocabulary import FactKind
from tests.faults.killer import child_ends

if TYPE_CHECKING:
    from sqlalchemy import Engine

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FACTS = 1_000  # written before each run
BATCH = 25  # of them hashed in one transaction


@dataclass(frozen=True, slots=True)
class Job:
    """Which ledger to seal, until how many were killed in the midst of it."""

    url: str
    kills: int
    seed: int


@dataclass(slots=True)
class Report:
    """How many processes were killed, of these how many with hashes written and no seal, and in how many runs."""

    kills: int = 0
    broken_off: int = 0
    runs: list[int] = field(default_factory=list)


def work(engine: Engine, job: Job) -> Report:
    """Write and seal, once undisturbed and then again and again."""
    report, dice = Report(), random.Random(job.seed)  # noqa: S311 - not for secrets
    usual = 0.0
    while report.broken_off < job.kills:
        run = len(report.runs) + 1
        write(engine, run)
        engine.dispose()
        started = time.perf_counter()
        patience = usual or 60.0
        while not child_ends(lambda: _seal(engine, run), dice.uniform(0, patience) if usual else patience):  # noqa: B023
            report.kills += 1
            report.broken_off += is_broken_off(engine)
            patience *= 1.1  # so that there is an end to it on a busy machine too
        usual = usual or (time.perf_counter() - started) / 2
        report.runs.append(run)
    return report


def write(engine: Engine, run: int) -> None:
    """Write what a run has to seal."""
    with writing(engine) as session:
        fact = {"kind": FactKind.PROGRESS, "at": NOW}
        record_all(session, [{**fact, "payload": {"run": run, "number": number}} for number in range(FACTS)])


def is_broken_off(engine: Engine) -> bool:
    """Tell whether there are hashes for a seal that is not there."""
    with reading(engine) as session:
        hashed = session.exec(select(func.max(Leaves.seal))).one() or 0
        found = hashed > (session.exec(select(func.max(Seal.number))).one() or 0)
    engine.dispose()
    return found


def _seal(engine: Engine, run: int) -> None:
    seal(engine, run, NOW, batch=BATCH)


def main() -> None:
    """Do the job."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    job = Job(**json.load(sys.stdin))
    json.dump(asdict(work(open_database(job.url), job)), sys.stdout)


if __name__ == "__main__":
    main()
