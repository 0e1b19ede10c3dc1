"""The dates of a ladder's steps, counted out day by day from the policy document and the calendar."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, takewhile

from models.escalation import EscalationPolicy
from models.ladder import Step
from models.vocabulary import DayKind, Duty, WatchKind
from models.workdays import Calendar, Span

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Come:
    """One step for one duty on its day; `repetition` counts from 0."""

    on: date
    step: Step
    repetition: int
    duty: Duty


class Wall:
    """The working days as a calendar on the wall has them: a sheet a year, written out when it is looked at."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._sheets: dict[int, list[date]] = {}

    def away(self, day: date, span: Span) -> date:
        """Return the day that lies a span away."""
        if span.kind is DayKind.CALENDAR or span.count == 0:
            return day + timedelta(days=span.count)
        return self._ahead(day, span.count) if span.count > 0 else self._back(day, -span.count)

    def _ahead(self, day: date, days: int) -> date:
        year = day.year
        first = bisect_right(self._sheet(year), day)
        while len(self._sheet(year)) - first < days:
            days -= len(self._sheet(year)) - first
            year, first = year + 1, 0
        return self._sheet(year)[first + days - 1]

    def _back(self, day: date, days: int) -> date:
        year = day.year
        before = bisect_left(self._sheet(year), day)
        while before < days:
            days -= before
            year -= 1
            before = len(self._sheet(year))
        return self._sheet(year)[before - days]

    def _sheet(self, year: int) -> list[date]:
        if year not in self._sheets:
            length = (date(year + 1, 1, 1) - date(year, 1, 1)).days
            days = (date(year, 1, 1) + DAY * number for number in range(length))
            self._sheets[year] = [day for day in days if self._calendar.is_working(day).value]
        return self._sheets[year]


class Timetable:
    """When which step of the policy comes for whom; worked out once for all measures that are alike."""

    def __init__(self, policy: EscalationPolicy, calendar: Calendar) -> None:
        self._policy = policy
        self._wall = Wall(calendar)
        self._come: dict[object, tuple[Come, ...]] = {}
        self._by_name: dict[object, dict[tuple[str, int], tuple[Come, ...]]] = {}
        self._next: dict[object, date] = {}

    def steps(self, kind: WatchKind, topics: str) -> tuple[Step, ...]:
        """Return the steps for what is watched; of its topics the one decides that the policy names first."""
        carried = topics.split()
        own = [
            ladders[kind] for topic, ladders in self._policy.topics.items() if topic in carried and kind in ladders
        ]
        return (own[0] if own else self._policy.ladders[kind]).steps

    def come(self, steps: tuple[Step, ...], anchor: date, through: date) -> tuple[Come, ...]:
        """Return every step with its repetitions whose day has come by the end of a day."""
        key = (id(steps), anchor, through)
        if key not in self._come:
            self._come[key] = tuple(
                one
                for duty in Duty
                for one in takewhile(lambda one: one.on <= through, self._days_of(steps, duty, anchor))
            )
        return self._come[key]

    def named(
        self, steps: tuple[Step, ...], anchor: date, through: date, step: str, repetition: int
    ) -> tuple[Come, ...]:
        """Return when one step with its repetition has come, once for each of its duties."""
        key = (id(steps), anchor, through)
        if key not in self._by_name:
            found: dict[tuple[str, int], tuple[Come, ...]] = {}
            for one in self.come(steps, anchor, through):
                name = (one.step.name, one.repetition)
                found[name] = (*found.get(name, ()), one)
            self._by_name[key] = found
        return self._by_name[key].get((step, repetition), ())

    def first_after(self, steps: tuple[Step, ...], anchor: date, day: date) -> date:
        """Return the first day after another one on which some step comes."""
        key = (id(steps), anchor, day)
        if key not in self._next:
            coming = (
                next((one.on for one in self._days_of(steps, duty, anchor) if one.on > day), date.max)
                for duty in Duty
            )
            self._next[key] = min(coming)
        return self._next[key]

    def _days_of(self, steps: Sequence[Step], duty: Duty, anchor: date) -> Iterator[Come]:
        """Yield the days on which a duty is named: a step repeats until the next one that names the duty begins."""
        named = [(step, begins) for step, begins in self._beginnings(steps, anchor) if duty in step.duties]
        ends = [begins for _, begins in named[1:]] + [date.max]
        for (step, begins), end in zip(named, ends, strict=False):
            yield Come(begins, step, 0, duty)
            for repetition in count(1) if step.repeat else ():
                span = (
                    Span(step.repeat.count * repetition, step.repeat.kind)
                    if step.repeat
                    else Span(0, DayKind.CALENDAR)
                )
                on = self._wall.away(begins, span)
                if on >= end:
                    break
                yield Come(on, step, repetition, duty)

    def _beginnings(self, steps: Sequence[Step], anchor: date) -> list[tuple[Step, date]]:
        """Return the day of each step, not before that of the step below it."""
        begun: list[tuple[Step, date]] = []
        for step in steps:
            on = self._wall.away(anchor, step.offset)
            begun.append((step, max(on, begun[-1][1]) if begun else on))
        return begun
