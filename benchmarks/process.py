"""Measuring in a fresh process: what one does shows in its own time and memory, and in nobody else's."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """What a process did: seconds for the work alone, its greatest memory, and what it counted."""

    seconds: float
    megabytes: float
    counts: dict[str, int]


def run(module: str, *arguments: str) -> str:
    """Run a module as a program of its own, and return what it printed."""
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def measured(module: str, *arguments: str) -> Measured:
    """Run a module that ends with `report`, and return what it measured."""
    return Measured(**json.loads(run(module, *arguments).splitlines()[-1]))


def report(work: Callable[[], Mapping[str, int]]) -> None:
    """Do the work of this process, and print what it took and counted."""
    started = time.perf_counter()
    counts = work()
    seconds = time.perf_counter() - started
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts kibibytes
    print(json.dumps(asdict(Measured(seconds, megabytes, dict(counts)))))
