"""Blockers: which open gate holds up how many measures, and for how long."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from models.measure import Dependency, Measure
from models.queries.register import Entry


@dataclass(frozen=True, slots=True)
class Blocker:
    """A measure that others wait for: `holds` names them, those that wait for these included.

    `days` counts from the day on which the first of them began to wait.
    """

    number: str
    title: str
    gate: str
    hangs_on: str | None
    holds: tuple[str, ...]
    since: date
    days: int


def blockers(session: Session, entries: list[Entry], on: date) -> list[Blocker]:
    """Return the open gates of a register, the one that holds up most first."""
    tracked = {entry.number: entry for entry in _every(entries)}
    waiting: dict[str, set[str]] = defaultdict(set)
    for entry in tracked.values():
        for number in entry.blocked_by:
            waiting[number].add(entry.number)
    found = [_blocker(session, tracked[number], waiting, on) for number in waiting]
    return sorted(found, key=lambda blocker: (-len(blocker.holds), blocker.since, blocker.number))


def chain(entries: list[Entry], number: str) -> list[tuple[int, Entry]]:
    """Return a measure and what it waits for, depth first, each with its depth."""
    tracked = {entry.number: entry for entry in _every(entries)}

    def walk(entry: Entry, depth: int) -> list[tuple[int, Entry]]:
        below = [step for other in entry.blocked_by for step in walk(tracked[other], depth + 1)]
        return [(depth, entry), *below]

    return walk(tracked[number], 0)


def _blocker(session: Session, entry: Entry, waiting: dict[str, set[str]], on: date) -> Blocker:
    blocker = select(Measure.id).where(Measure.number == entry.number).scalar_subquery()
    rows = session.exec(
        select(Dependency)
        .join(Measure, col(Measure.id) == Dependency.measure_id)
        .where(Dependency.blocker_id == blocker, col(Measure.number).in_(waiting[entry.number]))
    ).all()
    since = min(row.since for row in rows)
    return Blocker(
        number=entry.number,
        title=entry.title,
        gate=" or ".join(sorted({row.gate for row in rows})),
        hangs_on=entry.hangs_on,
        holds=tuple(sorted(_held_up(entry.number, waiting, set()))),
        since=since,
        days=(on - since).days,
    )


def _held_up(number: str, waiting: dict[str, set[str]], seen: set[str]) -> set[str]:
    for other in waiting.get(number, ()):
        if other not in seen:
            seen.add(other)
            _held_up(other, waiting, seen)
    return seen


def _every(entries: list[Entry]) -> list[Entry]:
    return [found for entry in entries for found in (entry, *_every(entry.children))]
