"""What a benchmark finds: ratios, each with its limit."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ratio:
    """One figure beside its limit; `detail` says from what it was taken."""

    what: str
    figure: float
    limit: float
    unit: str
    detail: str

    @property
    def holds(self) -> bool:
        """Whether the figure keeps within its limit."""
        return self.figure <= self.limit

    @property
    def verdict(self) -> str:
        """Say so."""
        return "holds" if self.holds else "EXCEEDED"


def in_turns(rounds: int, first: Callable[[], T], second: Callable[[], T]) -> list[tuple[T, T]]:
    """Do both once a round, A B A B, so that what else the machine does falls on both alike."""
    return [(first(), second()) for _ in range(rounds)]


def times(what: str, pairs: Sequence[tuple[float, float]], limit: float) -> Ratio:
    """Return how many times as long the first of each pair took, in seconds: the median of the pairs' ratios."""
    ratios = [first / second for first, second in pairs]
    first, second = (median(side) for side in zip(*pairs, strict=True))
    detail = f"{first:.3g} s against {second:.3g} s, pairs from {min(ratios):.2f} to {max(ratios):.2f}"
    return Ratio(what, median(ratios), limit, "x", detail)


def table(ratios: Iterable[Ratio]) -> str:
    """Lay the ratios out for reading."""
    rows = [("", "measured", "limit", "", "")]
    rows += [
        (one.what, f"{one.figure:.2f} {one.unit}", f"{one.limit:g} {one.unit}", one.verdict, one.detail)
        for one in ratios
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{what:<{widths[0]}}  {figure:>{widths[1]}}  {limit:>{widths[2]}}  {verdict:<{widths[3]}}  {detail}".rstrip()
        for what, figure, limit, verdict, detail in rows
    )
