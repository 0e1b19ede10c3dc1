"""The ladder: the steps of one watch, and the days on which they come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count

from models.vocabulary import DayKind, Duty, Slip
from models.workdays import Calendar, Projected, Span

NEVER = date.min
"""The day of a look that has not been: earlier than every step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a ladder: so many days from the anchor, this slip goes to the posts of these duties.

    With `repeat`, the slip returns at that interval until a later step names the same duty. One that is said
    `at_once` does not wait for office hours.
    """

    name: str
    offset: Span
    slip: Slip
    duties: tuple[Duty, ...]
    repeat: Span | None = None
    at_once: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """The steps of one watch, in the order of their offsets; a ladder is only like itself."""

    steps: tuple[Step, ...]

    @property
    def duties(self) -> tuple[Duty, ...]:
        """Every duty that some step addresses, in the order of first mention."""
        return tuple(dict.fromkeys(duty for step in self.steps for duty in step.duties))

    def above(self, step: Step) -> tuple[Duty, ...]:
        """Name the duties of the later steps, nearest first: who is told in place of a vacant post."""
        later = self.steps[self.steps.index(step) + 1 :]
        return tuple(duty for rung in later for duty in rung.duties)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One step, for one duty, on its day; `repetition` counts from 0.

    `provisional` where the day rests on a year not decreed yet.
    """

    on: date
    step: Step
    repetition: int
    duty: Duty
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """What of a ladder came within some days, for each duty in order; and the day after them on which more comes."""

    by_duty: tuple[tuple[Occasion, ...], ...]
    next_on: date


_Start = tuple[Step, Projected[date]]


def occasions(ladder: Ladder, duty: Duty, anchor: date, calendar: Calendar) -> Iterator[Occasion]:
    """Yield the occasions on which a duty is named, in the order of their days.

    There is no end to them where the last step that names the duty repeats.
    """
    return _occasions(_starts(ladder, anchor, calendar), duty, calendar, NEVER)


def passage(ladder: Ladder, anchor: date, after: date, today: date, calendar: Calendar) -> Passage:
    """Return what has come of a ladder by today; what came through the day `after` is left out."""
    starts = _starts(ladder, anchor, calendar)
    by_duty: list[tuple[Occasion, ...]] = []
    next_on = date.max
    for duty in ladder.duties:
        come: list[Occasion] = []
        for occasion in _occasions(starts, duty, calendar, min(after, today)):
            if occasion.on > today:
                next_on = min(next_on, occasion.on)
                break
            come.append(occasion)
        by_duty.append(tuple(come))
    return Passage(tuple(by_duty), next_on)


def _occasions(starts: Sequence[_Start], duty: Duty, calendar: Calendar, after: date) -> Iterator[Occasion]:
    """Yield the occasions of a duty that lie after a day."""
    named = [(step, start) for step, start in starts if duty in step.duties]
    ends = [start.value for _, start in named[1:]]
    for (step, start), until in zip(named, [*ends, date.max], strict=True):
        if start.value > after:
            yield Occasion(start.value, step, 0, duty, start.provisional)
        if step.repeat is None or until <= after:
            continue
        for repetition in count(_repetitions(start.value, after, step.repeat, calendar) + 1):
            on = calendar.shift(start.value, Span(step.repeat.count * repetition, step.repeat.kind))
            if on.value >= until:
                break
            yield Occasion(on.value, step, repetition, duty, start.provisional or on.provisional)


def _repetitions(start: date, through: date, interval: Span, calendar: Calendar) -> int:
    """Count how often something repeats from its start through a day."""
    if through <= start:
        return 0
    working = interval.kind is DayKind.WORKING
    days = calendar.working_days_between(start, through).value if working else (through - start).days
    return days // interval.count


def _starts(ladder: Ladder, anchor: date, calendar: Calendar) -> list[_Start]:
    """Return each step with its day, which never lies before that of the step below it.

    By counting alone it could: a long holiday stretches a number of working days, but not of calendar days.
    """
    starts: list[_Start] = []
    reached = Projected(date.min, provisional=False)
    for step in ladder.steps:
        start = calendar.shift(anchor, step.offset)
        reached = start if start.value > reached.value else reached
        starts.append((step, reached))
    return starts
