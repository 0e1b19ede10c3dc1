"""A register made up for measuring: as many measures as asked for, in situations such as nightly sweeps leave.

The last sweep was a week ago, so what is due today owes what came since: on average 2.3 reminders, for most of
it is late by a few weeks and has reached several posts.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from config.calendar import load_calendar
from config.policy import load_policy
from models.escalation import EscalationPolicy, Situation, decide
from models.ladder import NEVER
from models.quiet import Quiet, write
from models.vocabulary import Duty, Reply, WatchKind

TODAY = date(2026, 6, 16)
LAST_SWEEP = TODAY - timedelta(days=7)
UNITS = range(1, 51)
HEAD, SUPERVISOR, INSPECTION = 101, 102, 103
VACANT = frozenset({7, 31, 58})

_EARLIEST, _LATEST = -400, 150  # anchors, in days from today
_HALF_LIFE = 45  # days in which half of the late ones get done
_BLOCKED = {False: 95, True: 5}
_ACKNOWLEDGED = {False: 70, True: 30}  # by the responsible post, of what it was told last
_KINDS = {
    WatchKind.DELIVERY: 67,
    WatchKind.PERMIT: 8,
    WatchKind.START: 6,
    WatchKind.REVIEW: 4,
    WatchKind.OCCURRENCE: 4,
    WatchKind.PERMIT_LATE: 4,
    WatchKind.UNDATED: 2,
    WatchKind.SUSPENSION: 1,
    WatchKind.EXTENSION: 1,
    WatchKind.EXTENSION_HEAD: 1,
    WatchKind.COUNTERSIGN: 1,
    WatchKind.REVERIFY: 1,
}
_HOLDS = timedelta(days=28)
_TOPICS = {
    "": 60,
    "road": 12,
    "party-dues": 8,
    "branch-election": 6,
    "bus-purchase": 6,
    "special-bond": 4,
    "debt": 3,
    "road special-bond": 1,
}
_IN_THE_PAST = frozenset(
    {
        WatchKind.PERMIT,
        WatchKind.REVIEW,
        WatchKind.UNDATED,
        WatchKind.EXTENSION,
        WatchKind.EXTENSION_HEAD,
        WatchKind.COUNTERSIGN,
    }
)


@dataclass(frozen=True, slots=True)
class Due:
    """A situation, the day of its next look, and how often it occurs."""

    situation: Situation
    look_on: date
    weight: float


Row = tuple[date, int, WatchKind, str, int, date, date, bool, str]
"""Look, measure, kind, topics, unit, anchor, last look, blocked, acknowledged."""


def posts(unit: int) -> dict[Duty, int]:
    """Return the posts behind the duties for a unit: two of its own, and three of the whole office."""
    return {
        Duty.RESPONSIBLE: unit,
        Duty.DEPUTY: 50 + unit,
        Duty.HEAD: HEAD,
        Duty.SUPERVISOR: SUPERVISOR,
        Duty.INSPECTION: INSPECTION,
    }


@cache
def situations() -> list[Due]:
    """Return every situation that occurs in the register."""
    policy = load_policy("default").escalation
    found = []
    for kind, often in _KINDS.items():
        decided: dict[int, list[Due]] = {}  # topics that have no ladder of their own stand alike
        for topics, share in _TOPICS.items():
            slugs = tuple(topics.split())
            like = decided.setdefault(id(policy.ladder(kind, slugs)), [])
            if not like:
                like += _stand(kind, slugs, policy)
            for one in like:
                situation = replace(one.situation, topics=slugs)
                weight = often * share * _BLOCKED[situation.blocked] * _open_after((TODAY - situation.anchor).days)
                found.append(Due(situation, one.look_on, weight * _ACKNOWLEDGED[bool(situation.quiet)]))
    return found


def _open_after(days: int) -> float:
    """Return what part is still open so many days after its anchor."""
    return math.pow(0.5, max(0.0, days / _HALF_LIFE))


def _stand(kind: WatchKind, topics: tuple[str, ...], policy: EscalationPolicy) -> Iterator[Due]:
    """Yield how the last sweep left the watches of a kind, by anchor."""
    calendar = load_calendar("cn")
    for days in range(_EARLIEST, 0 if kind in _IN_THE_PAST else _LATEST):
        for blocked in _BLOCKED:
            unseen = Situation(kind, topics, TODAY + timedelta(days=days), NEVER, blocked)
            last = decide(unseen, policy, calendar, LAST_SWEEP)
            looked_on = max((taking.occasion.on for taking in last.takings), default=NEVER)
            told = [taking.occasion for taking in last.takings if taking.occasion.duty is Duty.RESPONSIBLE]
            quiet = [Quiet(one.step.name, one.duty, one.on + _HOLDS, Reply.ACKNOWLEDGED) for one in told[-1:]]
            for replies in ((), *([tuple(quiet)] if quiet else [])):
                yield Due(replace(unseen, looked_on=looked_on, quiet=replies), last.look_on, 0)


def rows(count: int, due: int, seed: int = 20231225) -> Iterator[Row]:
    """Yield the watches of `count` measures, of which `due` are due a look today, spread evenly."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    everything = situations()
    pools = [[s for s in everything if (s.look_on <= TODAY) is is_due] for is_due in (False, True)]
    weights = [[s.weight for s in pool] for pool in pools]
    chunk = 10_000
    left = due
    for first in range(0, count, chunk):
        size = min(chunk, count - first)
        now_due = round(left * size / (count - first))
        left -= now_due
        picked = dice.choices(pools[True], weights[True], k=now_due)
        picked += dice.choices(pools[False], weights[False], k=size - now_due)
        dice.shuffle(picked)
        for number, one in enumerate(picked, first + 1):
            yield _row(number, one, dice.choice(UNITS))


def _row(number: int, due: Due, unit: int) -> Row:
    of = due.situation
    return (
        due.look_on, number, of.kind, " ".join(of.topics), unit, of.anchor, of.looked_on, of.blocked, write(of.quiet)
    )  # fmt: skip
