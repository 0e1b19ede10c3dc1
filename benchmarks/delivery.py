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
        name = f"outbox_{kind}"
        url = store.create(name)
        run(OUTBOX, "fill", kind, url, "")

        def duban(kind: str = kind, name: str = name) -> Measured:
            with _sink(kind) as address:
                try:
                    return measured(OUTBOX, "duban", kind, store.copy(name, "copy"), address)
                finally:
                    store.drop("copy")

        def raw(kind: str = kind) -> Measured:
            with _sink(kind) as address:
                return measured(OUTBOX, "raw", kind, "", address)

        runs = in_turns(3, duban, raw)
        if any(ours.counts != theirs.counts for ours, theirs in runs):
            raise ValueError(f"Not everything was accepted: {runs[0][0].counts}")
        pairs = [(ours.seconds, theirs.seconds) for ours, theirs in runs]
        yield times(f"2,000 {kind}s, {store.name}, to a raw client", pairs, 2.0)
        store.drop(name)


@contextmanager
def _sink(kind: str) -> Iterator[str]:
    """Run a server that takes everything, and yield its address."""
    command = [sys.executable, "-m", "benchmarks.sinks", kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        if server.stdout is None or server.stdin is None:
            raise RuntimeError("a sink has both pipes")
        yield server.stdout.readline().strip()
        server.stdin.close()
