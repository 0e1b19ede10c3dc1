"""Time for several workers: it stands still while one of them works, and leaps ahead when all of them wait."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

PATIENCE = 60.0
"""Seconds of real time after which a wait that nothing ends fails the test."""


class Meantime:
    """A clock that so many share; whoever is done leaves it, or the others would wait for ever."""

    def __init__(self, start: datetime, workers: int) -> None:
        self._now, self._workers = start, workers
        self._awaited: list[datetime] = []
        self._change = threading.Condition()

    def __call__(self) -> datetime:
        with self._change:
            return self._now

    def pause(self, seconds: float) -> None:
        """Wait so long, or let somebody whom a worker waits for wait so long."""
        with self._change:
            until = self._now + timedelta(seconds=seconds)
            self._awaited.append(until)
            self._leap()
            assert self._change.wait_for(lambda: self._now >= until, PATIENCE), "time stands still"
            self._awaited.remove(until)

    def leave(self) -> None:
        """Be waited for no longer."""
        with self._change:
            self._workers -= 1
            self._leap()

    def _leap(self) -> None:
        if self._awaited and len(self._awaited) == self._workers:
            self._now = max(self._now, min(self._awaited))
            self._change.notify_all()
