"""Working days: which days count, and what date a limit ends on.

A calendar knows the years that were decreed. Outside them Monday to Friday are taken as working, and every
answer that rests on such a day says that it is provisional (暂定).
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import Generic, Self, TypeVar

from models.vocabulary import DayKind

T = TypeVar("T")

_SPAN = re.compile(r"(0|-?[1-9][0-9]*) (working|calendar)")


@dataclass(frozen=True, slots=True)
class Projected(Generic[T]):
    """An answer; provisional when a day that it rests on lies in a year not decreed."""

    value: T
    provisional: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A signed number of working or calendar days."""

    count: int
    kind: DayKind

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a span in its one spelling, `-7 working` or `3 calendar`; raise ValueError for any other."""
        match = _SPAN.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no span of days: write it as '-7 working' or '3 calendar'")
        return cls(int(match[1]), DayKind(match[2]))

    def __str__(self) -> str:
        return f"{self.count} {self.kind}"


class _Tally:
    """How many working days there have been up to any day, and on which day the nth one falls.

    Days are proleptic ordinals (1 is Monday 0001-01-01). Weekdays are counted by arithmetic and only the
    exceptions, days that differ from the Monday-to-Friday rule, are stored: so no question costs more than
    a bisection over a few hundred of them, and none lies out of range.
    """

    __slots__ = ("_counts", "_exceptional", "_exceptions", "_excess")

    def __init__(self, exceptions: Iterable[int]) -> None:
        self._exceptions = sorted(exceptions)
        self._exceptional = frozenset(self._exceptions)
        steps = (-1 if _is_weekday(day) else 1 for day in self._exceptions)
        self._excess = list(accumulate(steps, initial=0))  # over the rule, before each exception and at the end
        self._counts = [self.up_to(day) for day in self._exceptions]

    def includes(self, day: int) -> bool:
        """Whether `day` is a working day."""
        return _is_weekday(day) is not (day in self._exceptional)

    def up_to(self, day: int) -> int:
        """Count the working days up to and including `day`."""
        weeks, rest = divmod(day, 7)
        return weeks * 5 + min(rest, 5) + self._excess[bisect_right(self._exceptions, day)]

    def nth(self, number: int) -> int:
        """Return the day on which the working day of this number falls, counted as `up_to` counts."""
        ahead = bisect_left(self._counts, number)  # the first exception by which that many have been reached
        weeks, rest = divmod(number - self._excess[ahead] - 1, 5)
        by_the_rule = weeks * 7 + rest + 1
        return min([by_the_rule, *self._exceptions[ahead : ahead + 1]])


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of an office: what was decreed, and what the office added, which wins over it.

    `version` is the hash of the documents it was read from. `make_up_days` are weekend days that were
    decreed working days (调休上班). What is decreed reaches from `beginning` to `horizon`, the last day of
    the last decreed year before the first gap. Raises ValueError without a decreed year, or when a day is
    both off and working.
    """

    name: str
    version: str
    decreed: frozenset[int]
    days_off: frozenset[date]
    make_up_days: frozenset[date]
    days_off_local: frozenset[date] = frozenset()
    working_local: frozenset[date] = frozenset()
    beginning: date = field(init=False, compare=False)
    horizon: date = field(init=False, compare=False)
    _tally: _Tally = field(init=False, repr=False, compare=False)
    _decreed: tuple[int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.decreed:
            raise ValueError(f"calendar {self.name}: at least one year has to be decreed")
        both = (self.days_off & self.make_up_days) | (self.days_off_local & self.working_local)
        if both:
            days = ", ".join(str(day) for day in sorted(both))
            raise ValueError(f"calendar {self.name}: both off and working: {days}")
        last = min(self.decreed)
        while last + 1 in self.decreed:
            last += 1
        object.__setattr__(self, "beginning", date(min(self.decreed), 1, 1))
        object.__setattr__(self, "horizon", date(last, 12, 31))
        object.__setattr__(self, "_tally", _Tally(self._exceptions()))
        object.__setattr__(self, "_decreed", (self.beginning.toordinal(), self.horizon.toordinal()))

    def is_working(self, day: date) -> Projected[bool]:
        """Whether `day` is a working day."""
        ordinal = day.toordinal()
        return self._answer(self._tally.includes(ordinal), ordinal, ordinal)

    def shift(self, day: date, span: Span) -> Projected[date]:
        """Return the day that lies `span` after `day`, or before it if the count is negative.

        In working days: the nth working day strictly after, or strictly before, `day`, and for 0 the day
        itself, working or not. In calendar days nothing is decreed, so the answer is never provisional.
        Raises ValueError when the answer leaves the years 1 to 9999.
        """
        start = day.toordinal()
        if span.kind is DayKind.CALENDAR or span.count == 0:
            return Projected(_day(start + span.count), provisional=False)
        if span.count > 0:
            end = self._tally.nth(self._tally.up_to(start) + span.count)
            return self._answer(_day(end), start + 1, end)
        end = self._tally.nth(self._tally.up_to(start - 1) + span.count + 1)
        return self._answer(_day(end), end, start - 1)

    def working_days_between(self, a: date, b: date) -> Projected[int]:
        """Count the working days from `a` to `b`: `a` never counts, `b` does if it is a working day.

        So it is the working days of (a, b], and if `b` comes first, minus those of [b, a). It undoes `shift`:
        from any day, the count to the day n working days away is n.
        """
        start, end = a.toordinal(), b.toordinal()
        if start <= end:
            return self._answer(self._tally.up_to(end) - self._tally.up_to(start), start + 1, end)
        count = self._tally.up_to(end - 1) - self._tally.up_to(start - 1)
        return self._answer(count, end, start - 1)

    def on_or_after(self, day: date) -> Projected[date]:
        """Return the first working day that is not before `day`."""
        start = day.toordinal()
        end = self._tally.nth(self._tally.up_to(start - 1) + 1)
        return self._answer(_day(end), start, end)

    def _exceptions(self) -> Iterator[int]:
        """Yield the days that differ from the Monday-to-Friday rule."""
        off = (self.days_off - self.working_local) | self.days_off_local
        working = (self.make_up_days - self.days_off_local) | self.working_local
        yield from (day for day in map(date.toordinal, off) if _is_weekday(day))
        yield from (day for day in map(date.toordinal, working) if not _is_weekday(day))

    def _answer(self, value: T, first: int, last: int) -> Projected[T]:
        """Mark an answer that rests on the days from `first` to `last`, which may be none."""
        beginning, horizon = self._decreed
        return Projected(value, provisional=first <= last and not (beginning <= first and last <= horizon))


def _is_weekday(ordinal: int) -> bool:
    return 1 <= ordinal % 7 <= 5  # noqa: PLR2004 - Monday to Friday


def _day(ordinal: int) -> date:
    if not 1 <= ordinal <= date.max.toordinal():
        raise ValueError("that day lies outside the years 1 to 9999; take a shorter span")
    return date.fromordinal(ordinal)
