"""The register beside its own history: where a measure stands and until when, by its row and by its deeds."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from dateutil.rrule import rrulestr
from sqlalchemy import select
from sqlmodel import Session

from models.audit.difference import Difference
from models.audit.page import Page
from models.audit.record import Record, table
from models.audit.runs import Runs
from models.measure import Measure
from models.vocabulary import FactKind

_MEASURE = table(Measure)
AHEAD = timedelta(days=14)
"""How far ahead of its day an occurrence is there."""


def altered(page: Page, measure: Record) -> Iterator[Difference]:
    """Find what a measure's row has otherwise than the deeds on record left it."""
    place, due_on = _as_left(page, measure)
    review_on, paused = page.suspended.get(measure.id), _suspended(page, measure)
    if place is not None and measure.state is not None and _place(measure) != place:
        yield _difference(measure, f"stands as {_place(measure)}, and the ledger's last word is {place}")
    if due_on != measure.due_on:
        yield _difference(measure, f"is due on {measure.due_on}, and the ledger's last word is {due_on}")
    if measure.review_on != review_on:
        yield _difference(
            measure, f"is suspended until {measure.review_on}, and by its suspensions until {review_on}"
        )
    elif review_on != paused:
        yield _difference(measure, f"is suspended until {review_on}, and by the ledger's last word until {paused}")
    yield from _wrong_waits(page, measure)


def _wrong_waits(page: Page, measure: Record) -> Iterator[Difference]:
    """Find what a measure waits for otherwise than the ledger has it."""
    waits: set[str] | None = None
    for _, _, kind, told in page.deeds.get(measure.id, ()):
        if kind is FactKind.REGISTER and "waits_for" in told:
            waits = set(told["waits_for"])
        elif kind is FactKind.DEPEND and waits is not None:
            more, less = told.get("waits_for"), told.get("no_longer_waits_for")
            waits = (waits | {more} if more else waits) - {less}
    there = page.waits.get(measure.id, set())
    if waits is not None and waits != there:
        names = ", ".join(sorted(there)) or "nothing", ", ".join(sorted(waits)) or "nothing"
        yield _difference(measure, "waits for {}, and by the ledger for {}".format(*names))


def _as_left(page: Page, measure: Record) -> tuple[str | None, date | None]:
    """Return the place and the due date that the ledger has last."""
    place = due_on = None
    for _, _, kind, told in page.deeds.get(measure.id, ()):
        place = told.get("target", place)
        match kind:
            case FactKind.REGISTER | FactKind.SPAWN | FactKind.DUE | FactKind.REOPEN | FactKind.RESUME:
                due_on = told.get("due_on") or due_on
            case FactKind.EXTENSION if told.get("granted"):
                due_on = told["until"]
            case FactKind.PROJECT:
                due_on = told.get("after", due_on)
    day = date.fromisoformat(due_on) if due_on else page.promised.get(measure.id)
    return place, day


def _suspended(page: Page, measure: Record) -> date | None:
    """Return until when the ledger has a measure suspended."""
    deeds = page.deeds.get(measure.id, ())
    last = [deed for deed in deeds if deed.kind in (FactKind.SUSPEND, FactKind.RESUME)][-1:]
    return next((date.fromisoformat(one.told["review_on"]) for one in last if one.kind is FactKind.SUSPEND), None)


def _place(measure: Record) -> str:
    return f"{measure.state} ({measure.approval})" if measure.approval else str(measure.state)


def absent_occurrences(session: Session, runs: Runs) -> Iterator[Difference]:
    """Find days on which a standing duty comes up, by its rule, and that no run has brought into the register."""
    standing = select(_MEASURE).where(_MEASURE.c.standing, _MEASURE.c.rrule.is_not(None))
    for measure in session.connection().execute(standing).all():
        if measure.id in runs.touched or runs.since is None or measure.changed_at >= runs.since:
            continue
        there = set(
            session.connection().scalars(select(_MEASURE.c.occurs_on).where(_MEASURE.c.parent_id == measure.id))
        )
        for day in rrulestr(measure.rrule or "", dtstart=datetime.combine(measure.registered_on, time.min)):
            if day.date() > runs.through + AHEAD:
                break
            if day.date() not in there:
                yield _difference(measure, f"comes up on {day.date()}, and that occurrence is not in the register")


def _difference(measure: Record, what: str) -> Difference:
    return Difference(measure.number, what, f"duban show {measure.number}")
