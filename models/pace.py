"""The pace of a robot: how often it may be called, and when its next turns come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

ASTRAY = timedelta(minutes=15)
"""Nobody takes a turn, or is kept away, further ahead than this: what lies there was written by a wrong clock."""


@dataclass(frozen=True, slots=True)
class Pace:
    """So many calls within so long; and how long a robot keeps away that was called too often."""

    calls: int
    within: timedelta
    penalty: timedelta


def next_turns(
    pace: Pace, taken: Sequence[datetime], closed_until: datetime, now: datetime, count: int
) -> list[datetime]:
    """Return the next turns of a robot, none before the former ones: what was taken is in order.

    However they are spread over processes, no stretch of `within` sees more than `calls` of them.
    """
    known = [turn for turn in taken if turn <= now + ASTRAY]
    earliest = max(now, closed_until) if closed_until <= now + ASTRAY else now
    for _ in range(count):
        last = known[-1] if known else earliest
        oldest = known[-pace.calls] + pace.within if len(known) >= pace.calls else earliest
        known.append(max(earliest, last, oldest))
    return known[-count:]
