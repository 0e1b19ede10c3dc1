"""The lights: how a measure stands on the clock."""

from dataclasses import dataclass
from datetime import date, timedelta

from models.vocabulary import Light


@dataclass(frozen=True, slots=True)
class Lights:
    """The thresholds of the lights, in calendar days.

    Green is far from due; blue from `blue_before` days before the due date on, and where nobody has set one;
    yellow from the day after it; red when more than `yellow_for` days have passed since.
    """

    blue_before: int
    yellow_for: int

    def of(self, due_on: date | None, today: date) -> Light:
        """Return the light of an open measure."""
        if due_on is None:
            return Light.BLUE
        days_left = (due_on - today).days
        if days_left > self.blue_before:
            return Light.GREEN
        if days_left >= 0:
            return Light.BLUE
        return Light.YELLOW if -days_left <= self.yellow_for else Light.RED

    def due_between(self, light: Light, today: date) -> tuple[date, date]:
        """Return the first and the last due date that show `light` today."""
        blue, green = today, today + timedelta(days=self.blue_before + 1)
        yellow = today - timedelta(days=self.yellow_for)
        day = timedelta(days=1)
        return {
            Light.RED: (date.min, yellow - day),
            Light.YELLOW: (yellow, blue - day),
            Light.BLUE: (blue, green - day),
            Light.GREEN: (green, date.max),
        }[light]
