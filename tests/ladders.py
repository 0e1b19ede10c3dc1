"""Ladders, calendars and staffs of every kind, for the rules that go by them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from config.calendar import load_calendar
from config.policy import load_policy
from models.closeout import Closeout
from models.escalation import Call, Decision, EscalationPolicy, Situation, decide
from models.ladder import NEVER, Ladder, Occasion, Step
from models.lights import Lights
from models.vocabulary import DayKind, Duty, Slip, WatchKind
from models.workdays import Calendar, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.quiet import Quiet

DAY = timedelta(days=1)
CN = load_calendar("cn")
SHIPPED = load_policy("default").escalation
LIGHTS = Lights(blue_before=7, yellow_for=15)
CLOSEOUT = Closeout((Duty.SUPERVISOR,), in_order=True)
DUE = date(2023, 11, 15)
POSTS = {Duty.RESPONSIBLE: 1, Duty.DEPUTY: 2, Duty.HEAD: 3, Duty.SUPERVISOR: 4, Duty.INSPECTION: 5}
EVERYBODY = frozenset(POSTS.values())


def policy_of(ladder: Ladder) -> EscalationPolicy:
    return EscalationPolicy("0", {WatchKind.DELIVERY: ladder}, {}, LIGHTS, CLOSEOUT, {}, 1, SHIPPED.acknowledging)


def situation_of(
    anchor: date, looked_on: date = NEVER, *, blocked: bool = False, quiet: tuple[Quiet, ...] = ()
) -> Situation:
    return Situation(WatchKind.DELIVERY, (), anchor, looked_on, blocked, quiet)


@dataclass(frozen=True)
class Case:
    """A ladder over a calendar, and a day on which somebody looks."""

    ladder: Ladder
    calendar: Calendar
    anchor: date
    ahead: int
    blocked: bool

    @property
    def today(self) -> date:
        return self.anchor + self.ahead * DAY

    def decide(self, today: date, looked_on: date = NEVER, quiet: tuple[Quiet, ...] = ()) -> Decision:
        situation = situation_of(self.anchor, looked_on, blocked=self.blocked, quiet=quiet)
        return decide(situation, policy_of(self.ladder), self.calendar, today)


@dataclass(frozen=True)
class Staff:
    """Which post does which duty, several perhaps the same, and which posts are held."""

    posts: dict[Duty, int]
    held: frozenset[int]


stretches = st.builds(
    lambda first, length: frozenset(first + ahead * DAY for ahead in range(length)),
    st.dates(date(2023, 9, 1), date(2024, 2, 28)),
    st.integers(0, 15),
)
calendars = st.just(CN) | st.builds(
    lambda off, made_up: Calendar("any", "0", frozenset({2023, 2024}), off, made_up - off), stretches, stretches
)
spans = st.builds(Span, st.integers(-12, 25), st.sampled_from(DayKind))
repeats = st.builds(Span, st.integers(1, 9), st.sampled_from(DayKind))
duty_sets = st.sets(st.sampled_from(Duty), min_size=1, max_size=3).map(lambda duties: tuple(sorted(duties)))
anchor_days = st.dates(date(2023, 10, 1), date(2023, 11, 30))
staffs = st.builds(
    Staff, st.fixed_dictionaries({duty: st.integers(1, 4) for duty in Duty}), st.frozensets(st.integers(1, 4))
)
outages = st.sets(st.integers(0, 68))


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    """Ladders as a policy document may hold them: in order, and nobody's last step is said once only."""
    offsets = draw(st.lists(spans, min_size=1, max_size=5))
    offsets.sort(key=lambda span: span.count * (7 if span.kind is DayKind.WORKING else 5))
    steps: list[Step] = []
    later: set[Duty] = set()
    for number, offset in reversed(list(enumerate(offsets))):
        duties = draw(duty_sets)
        repeat = draw(repeats if set(duties) - later else st.none() | repeats)
        steps.insert(0, Step(f"step-{number}", offset, Slip.REMIND, duties, repeat))
        later.update(duties)
    return Ladder(tuple(steps))


cases = st.builds(Case, ladders(), calendars, anchor_days, st.integers(-40, 90), st.booleans())
urging = cases.map(lambda case: replace(case, blocked=False))


def follow(case: Case, nights: Iterable[date], looked_on: date = NEVER) -> list[Decision]:
    """The decisions that these nights' sweeps come to, each looking only when it is time."""
    decisions = []
    look_on = NEVER
    for night in nights:
        if look_on <= night:
            decisions.append(case.decide(night, looked_on))
            look_on, looked_on = decisions[-1].look_on, night
    return decisions


def nights_of(case: Case) -> list[date]:
    return [case.anchor + ahead * DAY for ahead in range(-30, 40)]


def taken(decisions: Iterable[Decision]) -> Counter[tuple[str, int, Duty]]:
    return Counter(
        (taking.occasion.step.name, taking.occasion.repetition, taking.occasion.duty)
        for decision in decisions
        for taking in decision.takings
    )


def said(*decisions: Decision) -> list[Occasion]:
    return [taking.occasion for decision in decisions for taking in decision.takings if taking.withheld is None]


def told(calls: Iterable[Call]) -> list[int]:
    return [call.post_id for call in calls if call.withheld is None]
