"""The nightly slot: as of which moment a run by schedule looks, however late it starts."""

from datetime import datetime, time, timedelta, tzinfo

START = time(0, 30)
"""When the nightly run starts, in the office's own time."""


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
