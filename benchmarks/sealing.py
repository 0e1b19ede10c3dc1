"""Sealing and verifying a whole ledger, against reading the same bytes and hashing them once."""

from collections.abc import Iterator
from statistics import median

from benchmarks.process import Measured, measured, run
from benchmarks.ratio import Ratio, in_turns, times
from benchmarks.stores import Store

FACTS = "benchmarks.facts"


def against_hashing(store: Store, facts: int) -> Iterator[Ratio]:
    """Seal and verify so many facts, each side in a process of its own on a fresh copy."""
    run(FACTS, "fill", store.create("facts"), str(facts))

    def side(which: str) -> Measured:
        try:
            return measured(FACTS, which, store.copy("facts", "copy"))
        finally:
            store.drop("copy")

    runs = in_turns(5, lambda: side("duban"), lambda: side("hand"))
    store.drop("facts")
    if any(ours.counts["facts"] != theirs.counts["facts"] for ours, theirs in runs):
        raise ValueError(f"The two sides did not hash the same: {runs[0][0].counts}, {runs[0][1].counts}")
    found = times(
        f"seal and verify {facts:,} facts, {store.name}, to reading and hashing them once",
        [(ours.seconds, theirs.seconds) for ours, theirs in runs],
        4.0,
    )
    bare = median(ours.seconds / (theirs.counts["hashing"] / 1000) for ours, theirs in runs)
    detail = f"{found.detail}; {bare:.1f} times the hashing alone of what is in memory"
    yield Ratio(found.what, found.figure, found.limit, found.unit, detail)
