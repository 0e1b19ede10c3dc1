"""The escalation rule: what a watch owes to whom at a moment, what it does not, and when to look again.

A decision depends on the situation alone, so one decision serves every measure in that situation. Which post
stands behind a duty depends on the measure's unit alone, so addressing a decision is a second, equally small
step.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from models.closeout import Closeout
from models.quiet import Acknowledging, Quiet
from models.vocabulary import DayKind, Duty, Light, Slip, WatchKind, Withheld
from models.workdays import Calendar, Projected, Span

NEVER = date.min
"""The day of a look that has not been: earlier than every step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a ladder: so many days from the anchor, this slip goes to the posts of these duties.

    With `repeat`, the slip returns at that interval until a later step names the same duty. One that is said
    `at_once` does not wait for office hours.
    """

    name: str
    offset: Span
    slip: Slip
    duties: tuple[Duty, ...]
    repeat: Span | None = None
    at_once: bool = False


_Start = tuple[Step, Projected[date]]


@dataclass(frozen=True, slots=True)
class Ladder:
    """The steps of one watch, in the order of their offsets."""

    steps: tuple[Step, ...]

    @property
    def duties(self) -> tuple[Duty, ...]:
        """Every duty that some step addresses, in the order of first mention."""
        return tuple(dict.fromkeys(duty for step in self.steps for duty in step.duties))

    def above(self, step: Step) -> tuple[Duty, ...]:
        """Name the duties of the later steps, nearest first: who is told in place of a vacant post."""
        later = self.steps[self.steps.index(step) + 1 :]
        return tuple(duty for rung in later for duty in rung.duties)


@dataclass(frozen=True, slots=True)
class Lights:
    """The thresholds of the lights, in calendar days.

    Green is far from due; blue from `blue_before` days before the due date on, and where nobody has set one;
    yellow from the day after it; red when more than `yellow_for` days have passed since.
    """

    blue_before: int
    yellow_for: int

    def of(self, due_on: date | None, today: date) -> Light:
        """Return the light of an open measure."""
        if due_on is None:
            return Light.BLUE
        days_left = (due_on - today).days
        if days_left > self.blue_before:
            return Light.GREEN
        if days_left >= 0:
            return Light.BLUE
        return Light.YELLOW if -days_left <= self.yellow_for else Light.RED

    def due_between(self, light: Light, today: date) -> tuple[date, date]:
        """Return the first and the last due date that show `light` today."""
        blue, green = today, today + timedelta(days=self.blue_before + 1)
        yellow = today - timedelta(days=self.yellow_for)
        day = timedelta(days=1)
        return {
            Light.RED: (date.min, yellow - day),
            Light.YELLOW: (yellow, blue - day),
            Light.BLUE: (blue, green - day),
            Light.GREEN: (green, date.max),
        }[light]


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """The ladders by watch, a topic's own before the general ones; the lights; who signs; how many extensions.

    And what an acknowledgement ends, and how long.
    """

    version: str
    ladders: Mapping[WatchKind, Ladder]
    topics: Mapping[str, Mapping[WatchKind, Ladder]]
    lights: Lights
    closeout: Closeout
    topic_closeouts: Mapping[str, Closeout]
    extensions: int
    acknowledging: Acknowledging

    @property
    def at_once(self) -> frozenset[tuple[WatchKind, str]]:
        """The steps that do not wait for office hours, by their watch and name."""
        ladders = [*self.ladders.items(), *(item for own in self.topics.values() for item in own.items())]
        return frozenset((kind, step.name) for kind, ladder in ladders for step in ladder.steps if step.at_once)

    def closeout_of(self, topics: tuple[str, ...]) -> Closeout:
        """Return whose signatures close a measure; of several topics, the one that the policy names first decides."""
        return next((signed for topic, signed in self.topic_closeouts.items() if topic in topics), self.closeout)

    def ladder(self, kind: WatchKind, topics: tuple[str, ...]) -> Ladder:
        """Return the ladder of a watch; of several topics, the one that the policy names first decides."""
        for topic, ladders in self.topics.items():
            if topic in topics and kind in ladders:
                return ladders[kind]
        return self.ladders[kind]


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a decision may depend on.

    `looked_on` is the day through which the ladder has been accounted for: every step dated up to it was said
    or withheld with a reason; NEVER before the first look. `quiet` is what its posts do not want repeated.
    """

    kind: WatchKind
    topics: tuple[str, ...]
    anchor: date
    looked_on: date
    blocked: bool
    quiet: tuple[Quiet, ...] = ()


@dataclass(frozen=True, slots=True)
class Occasion:
    """One step, for one duty, on its day; `repetition` counts from 0.

    `provisional` where the day rests on a year not decreed yet.
    """

    on: date
    step: Step
    repetition: int
    duty: Duty
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Taking:
    """An occasion that has come, and what becomes of it: said, or withheld and why.

    Said, but not to the posts that do one of the duties in `quiet`: from them it is withheld for that reason.
    """

    occasion: Occasion
    withheld: Withheld | None = None
    quiet: tuple[tuple[Duty, Withheld], ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome for a situation: what to take, and the day of the next look, which lies ahead."""

    ladder: Ladder
    takings: tuple[Taking, ...]
    look_on: date


@dataclass(frozen=True, slots=True)
class Call:
    """A taking with the post behind its duty; `instead_of` is the vacant post that the step names."""

    occasion: Occasion
    post_id: int
    instead_of: int | None = None
    withheld: Withheld | None = None


def decide(situation: Situation, policy: EscalationPolicy, calendar: Calendar, today: date) -> Decision:
    """Decide what a situation owes on `today`.

    Of the steps that came since the last look each duty hears the latest one that names it; the earlier ones
    are folded into it. So an outage changes when somebody is told, not who. A blocked measure is not urged:
    what comes meanwhile is withheld, for good, and the ladder goes on from where the clock stands once the
    way is free. A post that has acknowledged a step, or put it off, does not hear it again until the day that
    its quiet ends; the first time of a step is always said.
    """
    ladder = policy.ladder(situation.kind, situation.topics)
    starts = _starts(ladder, situation.anchor, calendar)
    takings: list[Taking] = []
    look_on = date.max
    for duty in ladder.duties:
        come: list[Occasion] = []
        for occasion in _occasions(starts, duty, calendar, min(situation.looked_on, today)):
            if occasion.on > today:
                look_on = min(look_on, occasion.on)
                break
            come.append(occasion)
        takings += [Taking(occasion, Withheld.FOLDED) for occasion in come[:-1]]
        takings += [Taking(occasion, quiet=hushed(occasion, situation.quiet)) for occasion in come[-1:]]
    if situation.blocked:
        takings = [Taking(taking.occasion, Withheld.BLOCKED) for taking in takings]
    takings.sort(key=lambda taking: (taking.occasion.on, ladder.steps.index(taking.occasion.step)))
    return Decision(ladder, tuple(takings), look_on)


def hushed(occasion: Occasion, quiets: Sequence[Quiet]) -> tuple[tuple[Duty, Withheld], ...]:
    """Return the duties whose posts do not want to hear an occasion, and why."""
    if not occasion.repetition:
        return ()
    wanted = (one for one in quiets if one.step == occasion.step.name and occasion.on < one.until)
    return tuple((one.duty, one.reason) for one in wanted)


def occasions(ladder: Ladder, duty: Duty, anchor: date, calendar: Calendar) -> Iterator[Occasion]:
    """Yield the occasions on which a duty is named, in the order of their days.

    There is no end to them where the last step that names the duty repeats.
    """
    return _occasions(_starts(ladder, anchor, calendar), duty, calendar, NEVER)


def _occasions(starts: Sequence[_Start], duty: Duty, calendar: Calendar, after: date) -> Iterator[Occasion]:
    """Yield the occasions of a duty that lie after a day."""
    named = [(step, start) for step, start in starts if duty in step.duties]
    ends = [start.value for _, start in named[1:]]
    for (step, start), until in zip(named, [*ends, date.max], strict=True):
        if start.value > after:
            yield Occasion(start.value, step, 0, duty, start.provisional)
        if step.repeat is None or until <= after:
            continue
        for repetition in count(_repetitions(start.value, after, step.repeat, calendar) + 1):
            on = calendar.shift(start.value, Span(step.repeat.count * repetition, step.repeat.kind))
            if on.value >= until:
                break
            yield Occasion(on.value, step, repetition, duty, start.provisional or on.provisional)


def _repetitions(start: date, through: date, interval: Span, calendar: Calendar) -> int:
    """Count how often something repeats from its start through a day."""
    if through <= start:
        return 0
    working = interval.kind is DayKind.WORKING
    days = calendar.working_days_between(start, through).value if working else (through - start).days
    return days // interval.count


def _starts(ladder: Ladder, anchor: date, calendar: Calendar) -> list[_Start]:
    """Return each step with its day, which never lies before that of the step below it.

    By counting alone it could: a long holiday stretches a number of working days, but not of calendar days.
    """
    starts: list[_Start] = []
    reached = Projected(date.min, provisional=False)
    for step in ladder.steps:
        reached = max(reached, calendar.shift(anchor, step.offset), key=lambda start: start.value)
        starts.append((step, reached))
    return starts


def address(decision: Decision, posts: Mapping[Duty, int], held: frozenset[int]) -> tuple[Call, ...]:
    """Put the posts of one unit behind a decision's duties.

    A step for a vacant post goes at once to the nearest later step's post that is held; it stays withheld
    alone where there is none. No post hears two steps at once: the latest one stands, the others are folded.
    What a post acknowledged is withheld from it alone: who stands in for it has acknowledged nothing.
    """
    calls: list[Call] = []
    for taking in decision.takings:
        occasion = taking.occasion
        named = posts[occasion.duty]
        quiet = {posts[duty]: reason for duty, reason in taking.quiet}
        if taking.withheld or named in held:
            calls.append(Call(occasion, named, withheld=taking.withheld or quiet.get(named)))
            continue
        calls.append(Call(occasion, named, withheld=Withheld.VACANT))
        above = (posts[duty] for duty in decision.ladder.above(occasion.step))
        stand_in = next((post for post in above if post in held), None)
        if stand_in is not None:
            calls.append(Call(occasion, stand_in, named, quiet.get(stand_in)))
    return _one_each(calls)


def _one_each(calls: list[Call]) -> tuple[Call, ...]:
    latest = {call.post_id: call for call in calls if call.withheld is None}
    return tuple(
        call
        if call.withheld or latest[call.post_id] is call
        else Call(call.occasion, call.post_id, call.instead_of, Withheld.FOLDED)
        for call in calls
    )
