"""The watchdog: tells the operator once a day what fails, however often somebody looks."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256

from config.settings import Settings
from flows.alarm import sound
from models.queries.runs import is_stale

_TOLD = "alarm.told"
"""In the home: the day and the hash of what the operator was last told."""


def alert(settings: Settings, troubles: Sequence[str], today: date) -> str | None:
    """Tell the operator what fails, unless that very thing was told today, with whatever figures.

    It needs neither the database nor Prefect, for those may be what fails. Returns None, or why nobody was told.
    """
    kinds = re.sub(r"\d+", "", "\n".join(troubles))  # hours and megabytes change, and the trouble is the same
    found = sha256(kinds.encode()).hexdigest()[:16]
    told = settings.home / _TOLD
    if not troubles or _read(settings) == f"{today} {found}":
        return None
    problem = sound(settings, f"doctor-{today}-{found}", f"doctor: {len(troubles)} to look at", troubles)
    if problem is None:
        try:
            told.write_text(f"{today} {found}")
        except OSError:  # a full disk, perhaps: told once too often is better than not at all
            return None
    return problem


def overdue(last_good_night: datetime | None, now: datetime) -> str | None:
    """Say that the night did not run; None where it did."""
    if not is_stale(last_good_night, now):
        return None
    if last_good_night is None:
        return "The nightly run has never come to its end; see whether 'duban serve' runs, or run 'duban nightly'."
    return (
        f"The last nightly run that came to its end did so at {last_good_night:%Y-%m-%d %H:%M} UTC; "
        "see whether 'duban serve' runs, or run 'duban nightly'."
    )


def _read(settings: Settings) -> str:
    try:
        return (settings.home / _TOLD).read_text()
    except OSError:
        return ""
