"""The audit: what is owed, minus what is sent, held or withheld with a reason, has to be nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import chain, islice

from sqlmodel import Session

from config.workplace import Workplace
from models.audit.difference import Difference
from models.audit.letters import wrong_letters
from models.audit.owed import Case, missing, unfounded
from models.audit.page import pages
from models.audit.reach import wrong_addresses
from models.audit.reasons import unanswered, unreasonable
from models.audit.register import absent_occurrences, altered
from models.audit.runs import Runs, read_runs, wrong_counts
from models.audit.staff import Staff
from models.audit.steps import Timetable
from models.audit.unsaid import adrift, groundless, unsaid
from models.audit.waiting import Openings
from models.audit.watched import wrong_watches
from models.database import reading

LISTED = 500
"""Differences that are spelled out; more are counted."""


@dataclass(frozen=True, slots=True)
class Audit:
    """How many differences there are, and the first of them."""

    as_of: datetime
    found: int
    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        """Say in one sentence what was found."""
        if not self.found:
            return "The audit found no difference."
        first = f"The audit found {self.found} difference{'' if self.found == 1 else 's'}"
        return f"{first}; the first: {self.differences[0]}"


def audit(place: Workplace, as_of: datetime) -> Audit:
    """Go through the whole book and find every difference, as of a moment; nothing is written.

    Everything is read in one state of the database, page by page, so a large book takes time and not memory.
    """
    with reading(place.engine) as session:
        return _counted(as_of, _differences(session, place, as_of))


def _counted(as_of: datetime, found: Iterator[Difference]) -> Audit:
    listed = tuple(islice(found, LISTED))
    return Audit(as_of, len(listed) + sum(1 for _ in found), listed)


def _differences(session: Session, place: Workplace, as_of: datetime) -> Iterator[Difference]:
    runs = read_runs(session, place.policy.version, place.calendar.version)
    staff = Staff(session)
    opening = place.policy.hours.release(as_of, place.calendar, place.zone).astimezone(place.zone)
    tomorrow = datetime.combine(opening.date() + timedelta(days=1), time(), place.zone)
    after = place.policy.hours.release(tomorrow, place.calendar, place.zone)
    return chain(
        _of_measures(session, runs, staff, Timetable(place.policy.escalation, place.calendar)),
        absent_occurrences(session, runs),
        unsaid(session, staff, runs, opening.date()),
        groundless(session, staff, runs),
        adrift(session, staff),
        wrong_letters(session, staff, Openings(opening, after, place.zone)),
        wrong_addresses(session),
        staff.differences(as_of.astimezone(place.zone).date()),
        wrong_counts(session),
    )


def _of_measures(session: Session, runs: Runs, staff: Staff, timetable: Timetable) -> Iterator[Difference]:
    for page in pages(session):
        for measure in page.measures:
            yield from altered(page, measure)
            yield from wrong_watches(page, measure, runs, timetable)
            case = Case(measure, page, runs, staff, timetable)
            yield from missing(case)
            yield from unfounded(case)
            yield from unreasonable(case)
            yield from unanswered(case)
