"""Processes that fork: each is a program of its own, for nothing may run beside that."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ROOT = Path(__file__).parents[2]


def report_of(module: str, job: DataclassInstance) -> dict[str, Any]:
    """Run a module of `tests.faults` on a job, and return what it reports; both go as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.faults.{module}"],
        input=json.dumps(asdict(job)),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
        check=True,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report
