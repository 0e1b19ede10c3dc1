"""The term of a measure: its due date and its suspensions, replayed from what was recorded.

Nothing is added up and stored. The history says on which days the clock stood, the calendar which of them count:
so an edited calendar, or a suspension that is ended late, can neither gain nor lose a day.

A day of suspension counts as stood if it lies after the day the clock was stopped, up to and including the day it
was started again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from models.vocabulary import DayKind
from models.workdays import Calendar, Projected, Span


@dataclass(frozen=True, slots=True)
class DueSet:
    """A due date was promised, decided or extended, or an event that it hung on happened.

    Provisional when it was counted over a year not decreed.
    """

    on: date
    due_on: date
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Suspended:
    """The clock was stopped."""

    on: date


@dataclass(frozen=True, slots=True)
class Resumed:
    """The clock was started again."""

    on: date


Event = DueSet | Suspended | Resumed


@dataclass(frozen=True, slots=True)
class Term:
    """Until when a measure has time, as its history has it.

    While it is suspended, `due_on` stands where it stood when the clock was stopped, and `remaining` is what is left
    until then: negative if it was overdue already. Provisional when a date or a count rests on a year not decreed.
    """

    due_on: date | None
    suspended_since: date | None
    remaining: Span | None
    provisional: bool


def replay(events: Iterable[Event], kind: DayKind, calendar: Calendar) -> Term:
    """Return the term that these events lead to; they come in the order in which they were recorded.

    Resuming moves the due date by exactly the length of the suspension, in days of the `kind` that the limit was
    given in; a due date set while the clock stood is moved by the rest of the suspension only.
    Raises ValueError for a history that cannot be: back in time, suspended twice, resumed while it ran.
    """
    due: Projected[date] | None = None
    since: date | None = None
    counted = date.min  # the last day that has been reckoned with
    for event in _history(events):
        match event:
            case DueSet():
                due = Projected(event.due_on, event.provisional)
            case Suspended():
                since = event.on
            case Resumed():
                if due is not None:
                    due = _moved(due, _days(counted, event.on, kind, calendar), kind, calendar)
                since = None
        counted = event.on
    if due is None:
        return Term(None, since, None, provisional=False)
    if since is None:
        return Term(due.value, None, None, provisional=due.provisional)
    left = _days(counted, due.value, kind, calendar)
    return Term(due.value, since, Span(left.value, kind), provisional=due.provisional or left.provisional)


def running(events: Iterable[Event], kind: DayKind, calendar: Calendar, today: date) -> tuple[int, int]:
    """Return how many days the clock ran and how many it stood, from the first event to `today`.

    The day of the first event does not count, `today` does. Raises ValueError as `replay` does, and when `today`
    lies before the last event.
    """
    history = _history(events)
    if history and today < history[-1].on:
        raise ValueError(f"{today} lies before {history[-1].on}, when something was recorded; ask for a later day")
    ran = stood = 0
    stands = False
    for event, until in zip(history, [*(event.on for event in history[1:]), today], strict=False):
        if not isinstance(event, DueSet):
            stands = isinstance(event, Suspended)
        days = _days(event.on, until, kind, calendar).value
        if stands:
            stood += days
        else:
            ran += days
    return ran, stood


def _history(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return the events, or raise ValueError where they contradict each other."""
    history = tuple(events)
    for before, event in pairwise(history):
        if event.on < before.on:
            raise ValueError(f"{event.on} was recorded after {before.on}; a history cannot go back in time")
    stands = False
    for event in history:
        if isinstance(event, Suspended) and stands:
            raise ValueError(f"suspended on {event.on} while the clock stood; resume it first")
        if isinstance(event, Resumed) and not stands:
            raise ValueError(f"resumed on {event.on} while the clock ran; only what is suspended can be resumed")
        if not isinstance(event, DueSet):
            stands = isinstance(event, Suspended)
    return history


def _moved(due: Projected[date], days: Projected[int], kind: DayKind, calendar: Calendar) -> Projected[date]:
    later = calendar.shift(due.value, Span(days.value, kind))
    return Projected(later.value, due.provisional or days.provisional or later.provisional)


def _days(a: date, b: date, kind: DayKind, calendar: Calendar) -> Projected[int]:
    """Count the days of (a, b], and if `b` comes first, minus those of (b, a]: so counts always add up."""
    if kind is DayKind.CALENDAR:
        return Projected((b - a).days, provisional=False)
    if a <= b:
        return calendar.working_days_between(a, b)
    back = calendar.working_days_between(b, a)
    return Projected(-back.value, back.provisional)
