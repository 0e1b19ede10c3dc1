"""What is to be watched of a measure, derived from the rows that people's deeds left, and whether it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from models.audit.difference import Difference
from models.audit.page import Page
from models.audit.record import Record
from models.audit.runs import Runs
from models.audit.steps import Timetable
from models.ladder import NEVER
from models.vocabulary import Approval, FactKind, State, WatchKind

_SOMEBODY_ELSES = (
    WatchKind.REVIEW,
    WatchKind.COUNTERSIGN,
    WatchKind.SUSPENSION,
    WatchKind.EXTENSION,
    WatchKind.EXTENSION_HEAD,
    WatchKind.REVERIFY,
)
"""What goes on while the measure itself waits for another one."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One thing timed: since which day it counts, and whether the measure waits for another one meanwhile."""

    anchor: date
    blocked: bool


def watched(page: Page, measure: Record) -> dict[WatchKind, Watched]:
    """Return what is to be timed for a measure."""
    number = measure.id
    timed = dict(_timed(measure, page.suspended.get(number)))
    if number in page.asked:
        kind, asked_on = page.asked[number]
        timed[kind] = asked_on
    waits = any(blocker.holds for blocker in page.blockers.get(number, ()))
    return {kind: Watched(anchor, waits and kind not in _SOMEBODY_ELSES) for kind, anchor in timed.items()}


def _timed(measure: Record, review_on: date | None) -> Iterator[tuple[WatchKind, date]]:
    at_work = measure.state in (State.PLANNED, State.IN_PROGRESS)
    found: list[tuple[WatchKind, date | None]] = []
    if measure.state is None or measure.standing:
        pass
    elif measure.state is State.DONE:
        found = [(WatchKind.REVERIFY, measure.reverify_on)]
    elif review_on is not None:
        found = [(WatchKind.SUSPENSION, review_on)]
    elif measure.approval is Approval.CLOSEOUT and measure.head_alone_since:
        found = [(WatchKind.COUNTERSIGN, measure.head_alone_since)]
    elif measure.approval is Approval.CLOSEOUT:
        found = [(WatchKind.REVIEW, measure.submitted_on)]
    elif measure.approval is Approval.PERMIT:
        found = [(WatchKind.PERMIT, measure.applied_on), (WatchKind.PERMIT_LATE, measure.due_on)]
    elif at_work and measure.occurs_on:
        found = [(WatchKind.OCCURRENCE, measure.due_on)]
    elif at_work:
        begins = measure.start_by if measure.state is State.PLANNED else None
        found = [(WatchKind.DELIVERY, measure.due_on), (WatchKind.START, begins)]
        if not (measure.due_on or begins):
            found = [(WatchKind.UNDATED, measure.registered_on)]
    yield from ((kind, anchor) for kind, anchor in found if anchor is not None)


def waited_until(page: Page, measure: Record) -> date:
    """Return the last day on which somebody else answered; what came before is not made up for."""
    answered = [
        date.fromisoformat(told["on"])
        for _, _, kind, told in page.deeds.get(measure.id, ())
        if kind is FactKind.SIGN or str(told.get("source", "")).startswith(State.AWAITING_APPROVAL)
    ]
    return max(answered, default=date.min)


def wrong_watches(page: Page, measure: Record, runs: Runs, timetable: Timetable) -> Iterator[Difference]:
    """Find what the watch table has otherwise than it is to be."""
    wanted = watched(page, measure)
    there = {watch.kind: watch for watch in page.watches.get(measure.id, ())}
    for kind, one in wanted.items():
        if kind not in there:
            yield _difference(measure, kind, f"counts from {one.anchor} and is not watched")
            continue
        watch = there[kind]
        if (watch.anchor, watch.blocked) != (one.anchor, one.blocked):
            yield _difference(
                measure,
                kind,
                f"counts from {one.anchor}{_blocked(one.blocked)}, "
                f"and is watched as from {watch.anchor}{_blocked(watch.blocked)}",
            )
        elif (watch.topics, watch.unit_id) != (measure.topics, measure.unit_id):
            yield _difference(measure, kind, "is watched under topics or a unit that are not the measure's")
        else:
            yield from _wrong_looks(page, measure, watch, runs, timetable)
    for kind in there.keys() - wanted.keys():
        yield _difference(measure, kind, f"is watched from {there[kind].anchor}, and nothing is to be timed there")


def _wrong_looks(
    page: Page, measure: Record, watch: Record, runs: Runs, timetable: Timetable
) -> Iterator[Difference]:
    if watch.looked_on > max(runs.last_on, waited_until(page, measure)):
        yield _difference(measure, watch.kind, f"is marked as looked at on {watch.looked_on}, when nothing ran")
    if watch.look_on == NEVER or not runs.same_rules:
        return  # the next run looks at it, whenever that is
    comes = timetable.first_after(timetable.steps(watch.kind, measure.topics), watch.anchor, watch.looked_on)
    if watch.look_on > comes:
        yield _difference(
            measure, watch.kind, f"is not looked at until {watch.look_on}, although a step comes on {comes}"
        )


def _difference(measure: Record, kind: WatchKind, what: str) -> Difference:
    return Difference(measure.number, what, f"duban show {measure.number}", watch=kind)


def _blocked(blocked: bool) -> str:  # noqa: FBT001 - a word for it
    return " and waits for another measure" if blocked else ""
