"""Whole commands as a person starts them: `duban status`, and a night on which nothing is due."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.ratio import Ratio, in_turns, times

AS_OF = "2023-12-25"
EMPTY = """
from config.settings import load_settings
from flows.environment import prepare
prepare(load_settings(), quiet=True)
import asyncio
from prefect import flow
@flow
async def empty() -> None:
    pass
asyncio.run(empty())
"""


def status() -> Iterator[Ratio]:
    """Take `duban status` on the register of Qiyang against the import that it cannot do without."""
    with _office() as environment:
        runs = in_turns(
            9,
            lambda: _seconds(environment, "-m", "duban", "status", "--as-of", AS_OF),
            lambda: _seconds(environment, "-c", "import sqlmodel"),
        )
    yield times("duban status, to importing sqlmodel", runs, 1.5)


def nightly() -> Iterator[Ratio]:
    """Take a night with nothing due against an empty Prefect flow, each with a server of its own."""
    with _office() as environment:
        _seconds(environment, "-m", "duban", "nightly", "--as-of", AS_OF)
        runs = in_turns(
            5,
            lambda: _seconds(environment, "-m", "duban", "nightly", "--as-of", AS_OF),
            lambda: _seconds(environment, "-c", EMPTY),
        )
    yield times("nightly with nothing due, to an empty Prefect flow", runs, 1.2)


@contextmanager
def _office() -> Iterator[Mapping[str, str]]:
    """Register the office of Qiyang in a folder of its own, and yield the environment that finds it."""
    with TemporaryDirectory(prefix="duban-bench-") as home:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DUBAN_", "PREFECT_"))}
        environment = kept | {"DUBAN_HOME": str(Path(home) / "office")}
        _seconds(environment, "-m", "duban", "init")
        yield environment


def _seconds(environment: Mapping[str, str], *arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, env=environment, capture_output=True)
    return time.perf_counter() - started
