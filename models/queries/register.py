"""The register as people see it: every measure with its lateness, what it waits for, and on whom it hangs."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session, col, select

from models.due import DueChange, RelativeLimit
from models.extension import Extension
from models.lifecycle import Place, roll_up
from models.lights import Lights
from models.measure import Dependency, Measure, has_passed
from models.office import Post, Unit
from models.queries.office import duties, holders
from models.vocabulary import Approval, DueBasis, Duty, ExtensionState, Gate, Light, State
from models.workdays import Calendar, Span


@dataclass(slots=True)
class Entry:
    """One measure as it stands on a day.

    `days_left` counts calendar days to the due date, negative when it has passed; None where there is none, the
    measure is done, or its clock stands. `first_due_on` is the date first promised or set, and `days_left_first`
    counts to it; `done_on` is the day on which it was done in fact. `limit` is a relative one that waits for its
    event, `provisional_due_on` what it would come to if that happened as expected. `extensions` counts those granted,
    `asked_until` is what an undecided one asks for. `hangs_on` names the post that has to act next, and who holds it.
    """

    number: str
    title: str
    state: State
    approval: Approval | None
    standing: bool
    light: Light
    unit: str
    topics: tuple[str, ...]
    promised_on: date | None
    due_on: date | None
    due_basis: DueBasis
    due_note: str
    days_left: int | None
    waits_on: str | None
    blocked_by: list[str]
    hangs_on: str | None
    returns: int
    first_due_on: date | None = None
    first_due_basis: DueBasis | None = None
    days_left_first: int | None = None
    done_on: date | None = None
    provisional_due_on: date | None = None
    limit: str | None = None
    asked_until: date | None = None
    suspended_until: date | None = None
    staged_on: date | None = None
    reverify_on: date | None = None
    extensions: int = 0
    children: list["Entry"] = field(default_factory=list)

    @property
    def place(self) -> Place:
        """Where the measure stands."""
        return Place(self.state, self.approval)

    @property
    def open(self) -> bool:
        """Whether there is still something to do about it."""
        return self.state is not State.DONE


def register(session: Session, lights: Lights, calendar: Calendar, on: date) -> list[Entry]:
    """Return the whole register as trees of entries, in the order of the numbers of findings and measures."""
    return _Reader(session, lights, calendar, on).trees()


def statutory(session: Session, lights: Lights, calendar: Calendar, on: date) -> list[Entry]:
    """Return what the statute itself wants of the office after the inspection, with its own clock."""
    return _Reader(session, lights, calendar, on).statutory()


def leaves(entries: Iterable[Entry]) -> list[Entry]:
    """Return what is tracked: the undivided measures, and the occurrences of standing duties beside them."""
    found: list[Entry] = []
    for entry in entries:
        if entry.standing or not entry.children:
            found.append(entry)
        found += leaves(entry.children)
    return found


class _Reader:
    """Reads every table once, and puts the entries together from them."""

    def __init__(self, session: Session, lights: Lights, calendar: Calendar, on: date) -> None:
        self._lights = lights
        self._calendar = calendar
        self._on = on
        measures = session.exec(select(Measure).order_by(col(Measure.finding_id), col(Measure.id))).all()
        self._by_id = {measure.id: measure for measure in measures}
        self._children: dict[int | None, list[Measure]] = defaultdict(list)
        for measure in measures:
            self._children[measure.parent_id].append(measure)
        self._dependencies: dict[int, list[Dependency]] = defaultdict(list)
        for row in session.exec(select(Dependency).order_by(col(Dependency.blocker_id))).all():
            self._dependencies[row.measure_id].append(row)
        self._limits = {limit.measure_id: limit for limit in session.exec(select(RelativeLimit)).all()}
        self._first_due: dict[int, DueChange] = {}
        for due in session.exec(select(DueChange).order_by(col(DueChange.id))).all():
            self._first_due.setdefault(due.measure_id, due)
        extensions = session.exec(select(Extension)).all()
        self._extensions = Counter(one.measure_id for one in extensions if one.state is ExtensionState.GRANTED)
        self._asked = {one.measure_id: one.until for one in extensions if one.state is ExtensionState.ASKED}
        self._units = {unit.id: unit.name for unit in session.exec(select(Unit)).all()}
        self._posts = {post.id: post.name for post in session.exec(select(Post)).all()}
        self._duties = duties(session)
        self._holders = holders(session, on)

    def trees(self) -> list[Entry]:
        """Return the measures that are part of no other, each with its parts."""
        return [self._entry(measure) for measure in self._children[None] if measure.finding_id is not None]

    def statutory(self) -> list[Entry]:
        """Return what the statute itself wants of the office after the inspection."""
        return [self._entry(measure) for measure in self._children[None] if measure.finding_id is None]

    def _entry(self, measure: Measure) -> Entry:
        children = [self._entry(child) for child in self._children[measure.id]]
        place = self._place(measure)
        running = place.state is not State.DONE and measure.review_on is None
        due_on = measure.due_on if running else None
        first = self._first_due.get(measure.id or 0)
        light = self._light(measure, place, children)
        return Entry(
            number=measure.number,
            title=measure.title,
            state=place.state,
            approval=place.approval,
            standing=measure.standing,
            light=light,
            unit=self._units[measure.unit_id],
            topics=tuple(measure.topics.split()),
            promised_on=measure.promised_on,
            due_on=measure.due_on,
            due_basis=measure.due_basis,
            due_note=measure.due_note,
            days_left=(due_on - self._on).days if due_on else None,
            first_due_on=first.due_on if first else None,
            first_due_basis=first.basis if first else None,
            days_left_first=(first.due_on - self._on).days if first and running else None,
            done_on=measure.done_on,
            provisional_due_on=self._provisional(measure),
            limit=self._limit(measure),
            extensions=self._extensions[measure.id or 0],
            asked_until=self._asked.get(measure.id or 0),
            suspended_until=measure.review_on,
            staged_on=measure.staged_on,
            reverify_on=measure.reverify_on,
            waits_on=self._waits_on(measure, place),
            blocked_by=sorted(blocker.number for blocker in self._open_blockers(measure)),
            hangs_on=self._hangs_on(measure, place, children),
            returns=measure.returns,
            children=children,
        )

    def _place(self, measure: Measure) -> Place:
        if measure.state is not None:
            return measure.place
        return roll_up(self._place(child) for child in self._children[measure.id])

    def _light(self, measure: Measure, place: Place, children: list[Entry]) -> Light:
        """Show a done or standing measure green, and a divided one in the gravest light of its parts."""
        own = Light.GREEN
        if measure.state is not None and not measure.standing and place.state is not State.DONE:
            own = Light.GREEN if measure.review_on else self._lights.of(measure.due_on, self._on)
        return max([own, *(child.light for child in children)], key=list(Light).index)

    def _waits_on(self, measure: Measure, place: Place) -> str | None:
        if measure.state is None or place.state is State.DONE:
            return None
        if place.approval is Approval.CLOSEOUT:
            return self._post(measure, Duty.SUPERVISOR)
        return (measure.outside_body if place.approval else None) or measure.waits_on

    def _open_blockers(self, measure: Measure) -> list[Measure]:
        if measure.state is State.DONE:
            return []
        rows = self._dependencies.get(measure.id or 0, ())
        return [self._by_id[row.blocker_id] for row in rows if not self._has_passed(row.blocker_id, row.gate)]

    def _has_passed(self, blocker_id: int, gate: Gate) -> bool:
        blocker = self._by_id[blocker_id]
        parts = self._children[blocker.id] if blocker.state is None else [blocker]
        return all(has_passed(part, gate) for part in parts)

    def _hangs_on(self, measure: Measure, place: Place, children: list[Entry]) -> str | None:
        """Name the post that has to act: the blocker's, or the measure's own by its place."""
        if children or measure.standing or place.state is State.DONE:
            return None
        if place.approval is Approval.CLOSEOUT:
            return self._post(measure, Duty.HEAD if measure.head_alone_since else Duty.SUPERVISOR)
        if measure.review_on is not None:
            return self._post(measure, Duty.SUPERVISOR)
        held_up_by = [*self._open_blockers(measure), measure]
        return self._post(held_up_by[0], Duty.RESPONSIBLE)

    def _pending(self, measure: Measure) -> RelativeLimit | None:
        """Return the limit of an open measure that waits for its event."""
        limit = self._limits.get(measure.id or 0)
        if limit is None or measure.state is State.DONE or self._has_passed(limit.after_id, limit.event):
            return None
        return limit

    def _limit(self, measure: Measure) -> str | None:
        limit = self._pending(measure)
        if limit is None:
            return None
        return f"{limit.within} after {self._by_id[limit.after_id].number} {limit.event}"

    def _provisional(self, measure: Measure) -> date | None:
        """Project a limit that waits for its event, taking that to happen when it is expected, or due."""
        limit = self._pending(measure)
        if limit is None:
            return None
        after = self._by_id[limit.after_id]
        expected = (after.expected_on if limit.event is Gate.GRANTED else None) or after.due_on
        return self._calendar.shift(expected, Span.parse(limit.within)).value if expected else None

    def _post(self, measure: Measure, duty: Duty) -> str | None:
        post_id = self._duties.get(measure.unit_id, {}).get(duty)
        if post_id is None:
            return None
        holder = self._holders.get(post_id)
        name = self._posts[post_id]
        if holder is None:
            return f"{name} (vacant)"
        return name if holder.person.name == name else f"{name} {holder.person.name}"
