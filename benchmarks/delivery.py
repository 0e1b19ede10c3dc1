"""Delivering: the whole outbox, with leases, attempts and receipts, against a raw client that records nothing."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.process import Measured, measured, run
from benchmarks.ratio import Ratio, in_turns, times
from benchmarks.stores import Store

OUTBOX = "benchmarks.outbox"


def against_raw(store: Store) -> Iterator[Ratio]:
    """Send 2,000 mails and 2,000 posts to a sink on this machine; half the raw rate is twice the time."""
    for kind in ("mail", "post"):
        yield _compared(store, kind, messages=2_000, workers=1, limit=2.0)


def by_workers(store: Store) -> Iterator[Ratio]:
    """Send 5,000 posts with four workers, against four raw clients; 0.4 of their rate is 2.5 times their time."""
    yield _compared(store, "post", messages=5_000, workers=4, limit=2.5)


def _compared(store: Store, kind: str, *, messages: int, workers: int, limit: float) -> Ratio:
    name = f"outbox_{kind}_{messages}"
    size = (str(messages), str(workers))
    run(OUTBOX, "fill", kind, store.create(name), "", *size)

    def duban() -> Measured:
        with _sink(kind) as address:
            try:
                return measured(OUTBOX, "duban", kind, store.copy(name, "copy"), address, *size)
            finally:
                store.drop("copy")

    def raw() -> Measured:
        with _sink(kind) as address:
            return measured(OUTBOX, "raw", kind, "", address, *size)

    runs = in_turns(3, duban, raw)
    store.drop(name)
    if any(measure.counts != {"accepted": messages} for pair in runs for measure in pair):
        raise ValueError(f"Not everything was accepted: {runs}")
    pairs = [(ours.seconds, theirs.seconds) for ours, theirs in runs]
    by = f" by {workers} workers" if workers > 1 else ""
    to = f"{workers} raw clients" if workers > 1 else "a raw client"
    return times(f"{messages:,} {kind}s{by}, {store.name}, to {to}", pairs, limit)


@contextmanager
def _sink(kind: str) -> Iterator[str]:
    """Run a server that takes everything, and yield its address."""
    command = [sys.executable, "-m", "benchmarks.sinks", kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        if server.stdout is None or server.stdin is None:
            raise RuntimeError("a sink has both pipes")
        yield server.stdout.readline().strip()
        server.stdin.close()
