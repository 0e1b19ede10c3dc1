"""Measure duban against its yardsticks: ratios, all taken in one run, each beside its limit."""

import argparse
import sys
from collections.abc import Iterator

from benchmarks import commands, delivery, sealing, sweep
from benchmarks.ratio import Ratio, table
from benchmarks.stores import PostgresStore, Store, stores

BENCHES = ("status", "nightly", "delivery", "seal", "sweep", "growth")


def main() -> int:
    given = _arguments()
    found: list[Ratio] = []
    with stores(given.database) as places:
        for ratio in _measure(given, places):
            print(f"{ratio.what}: {ratio.figure:.2f} {ratio.unit} ({ratio.detail}), {ratio.verdict}", flush=True)
            found.append(ratio)
    print(f"\n{table(found)}")
    return 0 if all(ratio.holds for ratio in found) else 1


def _measure(given: argparse.Namespace, places: list[Store]) -> Iterator[Ratio]:
    if "status" in given.bench:
        yield from commands.status()
    if "nightly" in given.bench:
        yield from commands.nightly()
    for store in places:
        if "delivery" in given.bench:
            yield from delivery.against_raw(store)
            if isinstance(store, PostgresStore):
                yield from delivery.by_workers(store)
        if "seal" in given.bench:
            yield from sealing.against_hashing(store, given.facts)
        if "sweep" in given.bench:
            yield from sweep.against_hand(store, given.rows)
        if "growth" in given.bench:
            yield from sweep.as_it_grows(store, given.few, given.many, given.due)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("bench", nargs="*", type=_bench, help=f"of {', '.join(BENCHES)}; by default all")
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"], help="by default both")
    parser.add_argument("--rows", type=int, default=1_000_000, help="open measures that are swept")
    parser.add_argument("--few", type=int, default=100_000, help="measures of the small register")
    parser.add_argument("--many", type=int, default=3_000_000, help="measures of the large one")
    parser.add_argument("--due", type=int, default=10_000, help="due measures in both")
    parser.add_argument("--facts", type=int, default=1_000_000, help="facts that are sealed and verified")
    given = parser.parse_args()
    given.bench = given.bench or list(BENCHES)
    given.database = given.database or ["sqlite", "postgresql"]
    return given


def _bench(name: str) -> str:
    if name not in BENCHES:
        raise argparse.ArgumentTypeError(f"there is no benchmark '{name}'; choose from {', '.join(BENCHES)}")
    return name


if __name__ == "__main__":
    sys.exit(main())
