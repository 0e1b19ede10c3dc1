"""The overview: which part of the register a person asked to see, and how much of it stands how."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from models.queries.register import Entry
from models.vocabulary import Approval, Light


@dataclass(frozen=True, slots=True)
class Tally:
    """How many measures of a unit, or of all, stand how.

    Divided measures are counted by their parts. Standing duties are counted apart, for they are never due; their
    occurrences are. All but `done` count what is open.
    """

    unit: str
    lights: dict[Light, int]
    late: int
    awaiting_permit: int
    awaiting_review: int
    blocked: int
    suspended: int
    asking: int
    undated: int
    open: int
    done: int
    standing: int


def tally(unit: str, tracked: Iterable[Entry]) -> Tally:
    """Count undivided measures, occurrences and standing duties."""
    tracked = list(tracked)
    timed = [entry for entry in tracked if not entry.standing]
    still_open = [entry for entry in timed if entry.open]
    return Tally(
        unit=unit,
        lights={which: sum(entry.light is which for entry in still_open) for which in reversed(Light)},
        late=sum(is_late(entry) for entry in still_open),
        awaiting_permit=sum(entry.approval is Approval.PERMIT for entry in still_open),
        awaiting_review=sum(entry.approval is Approval.CLOSEOUT for entry in still_open),
        blocked=sum(bool(entry.blocked_by) for entry in still_open),
        suspended=sum(entry.suspended_until is not None for entry in still_open),
        asking=sum(entry.asked_until is not None for entry in still_open),
        undated=sum(entry.due_on is None for entry in still_open),
        open=len(still_open),
        done=len(timed) - len(still_open),
        standing=len(tracked) - len(timed),
    )


def by_unit(tracked: Iterable[Entry]) -> list[Tally]:
    """Count unit by unit, the unit with the gravest lights first."""
    tracked = list(tracked)
    tallies = [
        tally(unit, (entry for entry in tracked if entry.unit == unit))
        for unit in dict.fromkeys(entry.unit for entry in tracked)
    ]
    return sorted(tallies, key=lambda one: [*one.lights.values(), one.open], reverse=True)


def is_late(entry: Entry) -> bool:
    """Whether the due date of an open measure has passed."""
    return entry.days_left is not None and entry.days_left < 0


def of_unit(entries: Iterable[Entry], unit: str) -> list[Entry]:
    """Return what a unit answers for, each within the measures that it is part of."""
    found = []
    for entry in entries:
        children = of_unit(entry.children, unit)
        own = entry.unit == unit and (entry.standing or not entry.children)
        if own or children:
            found.append(replace(entry, children=children))
    return found


def current(entries: Iterable[Entry]) -> list[Entry]:
    """Leave out the measures that are done, and of standing duties the occurrences done or still far ahead."""
    return [_trimmed(entry) for entry in entries if entry.open]


def _trimmed(entry: Entry) -> Entry:
    children = entry.children
    if entry.standing:
        children = [child for child in children if child.open and child.light is not Light.GREEN]
    return replace(entry, children=[_trimmed(child) for child in children])
