"""Office hours: when a message may leave."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from models.workdays import Calendar


@dataclass(frozen=True, slots=True)
class Hours:
    """The part of a working day, in the office's own time, in which messages leave."""

    opens: time
    closes: time

    def release(self, moment: datetime, calendar: Calendar, zone: tzinfo) -> datetime:
        """Return the first moment, not before the given one, that lies in office hours of a working day."""
        local = moment.astimezone(zone)
        day = local.date()
        if local.time() >= self.closes:
            day += timedelta(days=1)
        working = calendar.on_or_after(day).value
        opening = datetime.combine(working, self.opens, zone)
        return max(moment, opening)
