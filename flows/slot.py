"""The slots in which runs start by schedule, and as of which moment a late one looks."""

from datetime import datetime, time, timedelta, tzinfo

from models.hours import Hours

START = time(0, 30)
"""When the nightly run starts, in the office's own time."""

EVERY = timedelta(minutes=10)
"""How often messages are delivered in office hours."""


def nightly_cron() -> str:
    """Return the cron line of the nightly run."""
    return f"{START.minute} {START.hour} * * *"


def delivery_cron(hours: Hours) -> str:
    """Return the cron line of the deliveries between an office's opening and closing.

    They come on minutes on which nobody else's timers go off, and on every day of the week: the flow knows the
    calendar, in which a Sunday may be a working day.
    """
    return f"7-59/{EVERY.seconds // 60} {hours.opens.hour}-{hours.closes.hour} * * *"


def latest(now: datetime, zone: tzinfo) -> datetime:
    """Return the last nightly slot at or before a moment."""
    today = now.astimezone(zone).date()
    # a zone that moves over the date line has no yesterday
    slots = (datetime.combine(today - timedelta(days), START, zone) for days in range(3))
    return next(slot for slot in slots if slot.timestamp() <= now.timestamp())


def due(scheduled: datetime, now: datetime, zone: tzinfo) -> datetime:
    """Return the moment that a run scheduled for another one stands for.

    After an outage every missed run starts, the oldest first. They all stand for the latest slot, so that the
    first of them does the work of all.
    """
    return max(scheduled, latest(now, zone), key=datetime.timestamp)


def as_of(due: datetime, now: datetime, last_look: datetime | None) -> datetime:
    """Return the moment as of which to look, so that it does not lie before the last look.

    Somebody may have swept between the slot and a late run. A look ahead of the clock, which a person must have
    asked for, is left for the sweep to refuse.
    """
    if last_look is not None and due < last_look <= now:
        return last_look
    return due
