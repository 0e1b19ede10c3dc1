"""Who acts, and by which rules."""

from dataclasses import dataclass
from datetime import date, datetime

from models.escalation import EscalationPolicy
from models.office import Person
from models.workdays import Calendar


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, on which day of the office; `at` is the clock's own word, for the record."""

    person: Person
    on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy and the calendar by which an act is judged."""

    policy: EscalationPolicy
    calendar: Calendar
