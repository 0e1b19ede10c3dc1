"""Recurrence: which occurrences a standing measure has, and on which day each is due."""

from datetime import date, datetime, time

from dateutil.rrule import rrulestr

from models.vocabulary import DayKind, NonWorking
from models.workdays import Calendar, Span


def settle(day: date, calendar: Calendar, policy: NonWorking) -> date:
    """Return the day on which an occurrence is due that its rule puts on `day`.

    Two occurrences may settle on one day, and an edited calendar settles them anew: so an occurrence is known by the
    day its rule says, never by this one.
    """
    if policy is NonWorking.LEAVE or calendar.is_working(day).value:
        return day
    if policy is NonWorking.AFTER:
        return calendar.on_or_after(day).value
    return calendar.shift(day, Span(-1, DayKind.WORKING)).value


def occurrences(rrule: str, since: date, until: date) -> list[date]:
    """Return the days of an RFC 5545 rule from `since` to `until`, both included.

    Raises ValueError on a rule that is none.
    """
    rule = rrulestr(rrule, dtstart=datetime.combine(since, time.min))
    return [
        moment.date()
        for moment in rule.between(
            datetime.combine(since, time.min),
            datetime.combine(until, time.min),
            inc=True,
        )
    ]
