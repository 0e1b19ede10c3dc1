"""Sweeping: against the same effect written by hand, and as the register grows."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from benchmarks.process import Measured, measured, run
from benchmarks.ratio import Ratio, in_turns, times
from benchmarks.stores import Store

OURS, BY_HAND = "benchmarks.ours", "benchmarks.byhand"
MEMORY = 250
"""Megabytes that the sweeping process may use at most."""

_ROUNDS = {1: 7, 100: 3}
_LIMITS = {1: 2.5, 100: 2.0}


def against_hand(store: Store, rows: int) -> Iterator[Ratio]:
    """Sweep `rows` open measures with 1 % and 100 % due, in turns with the hand-written statements."""
    for percent, limit in _LIMITS.items():
        due = rows * percent // 100
        with _prepared(store, OURS, rows, due) as ours, _prepared(store, BY_HAND, rows, due) as by_hand:
            runs = in_turns(_ROUNDS[percent], ours, by_hand)
        if any(our.counts != their.counts for our, their in runs):
            raise ValueError(f"The two sides did not do the same: {runs[0][0].counts}, {runs[0][1].counts}")
        what = f"sweep, {percent} % of {rows:,} due, {store.name}"
        pairs = [(our.seconds, their.seconds) for our, their in runs]
        yield times(f"{what}, to by hand", pairs, limit)
        yield Ratio(f"{what}: memory", max(our.megabytes for our, _ in runs), MEMORY, "MB", "the sweeping process")


def as_it_grows(store: Store, few: int, many: int, due: int) -> Iterator[Ratio]:
    """Sweep the same number of due measures in a small register and in a large one."""
    with _prepared(store, OURS, few, due) as small, _prepared(store, OURS, many, due) as large:
        runs = in_turns(5, large, small)
    what = f"sweep, {due:,} due among {many:,} instead of {few:,}, {store.name}"
    yield times(what, [(big.seconds, little.seconds) for big, little in runs], 2.0)
    memory = median(big.megabytes for big, _ in runs) / median(little.megabytes for _, little in runs)
    yield Ratio(f"{what}: memory", memory, 1.1, "x", "the sweeping process")


@contextmanager
def _prepared(store: Store, side: str, rows: int, due: int) -> Iterator[Callable[[], Measured]]:
    """Load a side's database, and lend a function that sweeps a fresh copy of it in a fresh process."""
    name = f"{side.rpartition('.')[2]}_{rows}_{due}"
    print(f"  loading {name} into {store.name}", file=sys.stderr)
    run(side, store.create(name), str(rows), str(due))

    def sweep() -> Measured:
        try:
            return measured(side, store.copy(name, "copy"))
        finally:
            store.drop("copy")

    try:
        yield sweep
    finally:
        store.drop(name)
