"""The register as people see it: every measure with its lateness, what it waits for, and on whom it hangs."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session, col, select

from models.escalation import Lights
from models.lifecycle import Place, roll_up
from models.measure import Dependency, Measure
from models.office import Post, Unit
from models.queries.office import duties, holders
from models.vocabulary import Approval, DueBasis, Duty, Light, State


@dataclass(slots=True)
class Entry:
    """One measure as it stands on a day.

    `days_left` counts calendar days to the due date, negative when it has passed; None where there is none or
    the measure is done. `hangs_on` names the post that has to act next, and who holds it.
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
    children: list["Entry"] = field(default_factory=list)

    @property
    def place(self) -> Place:
        """Where the measure stands."""
        return Place(self.state, self.approval)

    @property
    def open(self) -> bool:
        """Whether there is still something to do about it."""
        return self.state is not State.DONE


def register(session: Session, lights: Lights, on: date) -> list[Entry]:
    """Return the whole register as trees of entries, in the order of the numbers of findings and measures."""
    return _Reader(session, lights, on).trees()


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

    def __init__(self, session: Session, lights: Lights, on: date) -> None:
        self._lights = lights
        self._on = on
        measures = session.exec(select(Measure).order_by(col(Measure.finding_id), col(Measure.id))).all()
        self._by_id = {measure.id: measure for measure in measures}
        self._children: dict[int | None, list[Measure]] = defaultdict(list)
        for measure in measures:
            self._children[measure.parent_id].append(measure)
        self._blockers: dict[int, list[int]] = defaultdict(list)
        for row in session.exec(select(Dependency)).all():
            self._blockers[row.measure_id].append(row.blocker_id)
        self._units = {unit.id: unit.name for unit in session.exec(select(Unit)).all()}
        self._posts = {post.id: post.name for post in session.exec(select(Post)).all()}
        self._duties = duties(session)
        self._holders = holders(session, on)

    def trees(self) -> list[Entry]:
        """Return the measures that are part of no other, each with its parts."""
        return [self._entry(measure) for measure in self._children[None]]

    def _entry(self, measure: Measure) -> Entry:
        children = [self._entry(child) for child in self._children[measure.id]]
        place = self._place(measure)
        due_on = None if place.state is State.DONE else measure.due_on
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
            waits_on=self._waits_on(measure, place),
            blocked_by=self._blocked_by(measure),
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
            own = self._lights.of(measure.due_on, self._on)
        return max([own, *(child.light for child in children)], key=list(Light).index)

    def _waits_on(self, measure: Measure, place: Place) -> str | None:
        if measure.state is None or place.state is State.DONE:
            return None
        if place.approval is Approval.CLOSEOUT:
            return self._post(measure, Duty.SUPERVISOR)
        return (measure.outside_body if place.approval else None) or measure.waits_on

    def _blocked_by(self, measure: Measure) -> list[str]:
        if measure.state is State.DONE:
            return []
        blockers = (self._by_id[blocker] for blocker in self._blockers.get(measure.id or 0, ()))
        return sorted(blocker.number for blocker in blockers if self._place(blocker).state is not State.DONE)

    def _hangs_on(self, measure: Measure, place: Place, children: list[Entry]) -> str | None:
        """Name the post that has to act: the blocker's, or the measure's own by its place."""
        if children or measure.standing or place.state is State.DONE:
            return None
        for blocker in self._blockers.get(measure.id or 0, ()):
            if self._place(self._by_id[blocker]).state is not State.DONE:
                return self._post(self._by_id[blocker], Duty.RESPONSIBLE)
        reviewing = place.approval is Approval.CLOSEOUT
        return self._post(measure, Duty.SUPERVISOR if reviewing else Duty.RESPONSIBLE)

    def _post(self, measure: Measure, duty: Duty) -> str | None:
        post_id = self._duties.get(measure.unit_id, {}).get(duty)
        if post_id is None:
            return None
        holder = self._holders.get(post_id)
        name = self._posts[post_id]
        if holder is None:
            return f"{name} (vacant)"
        return name if holder.person.name == name else f"{name} {holder.person.name}"
