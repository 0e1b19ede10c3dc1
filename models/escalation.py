"""The escalation rule: what a watch owes to whom at a moment, what it does not, and when to look again.

A decision depends on the situation alone, so one decision serves every measure in that situation. Which post
stands behind a duty depends on the measure's unit alone, so addressing a decision is a second, equally small
step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from models.closeout import Closeout
from models.ladder import Ladder, Occasion, Passage, passage
from models.lights import Lights
from models.quiet import Acknowledging, Quiet
from models.vocabulary import Duty, WatchKind, Withheld
from models.workdays import Calendar


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
    """Decide what a situation owes on `today`."""
    ladder = policy.ladder(situation.kind, situation.topics)
    came = passage(ladder, situation.anchor, situation.looked_on, today, calendar)
    return judge(ladder, came, situation.quiet, blocked=situation.blocked)


def judge(ladder: Ladder, came: Passage, quiet: Sequence[Quiet], *, blocked: bool) -> Decision:
    """Decide what becomes of the steps that came since the last look.

    Of these each duty hears the latest one that names it; the earlier ones are folded into it. So an outage
    changes when somebody is told, not who. A blocked measure is not urged: what comes meanwhile is withheld, for
    good, and the ladder goes on from where the clock stands once the way is free. A post that has acknowledged a
    step, or put it off, does not hear it again until the day that its quiet ends; the first time of a step is
    always said.
    """
    takings: list[Taking] = []
    for come in came.by_duty:
        takings += [Taking(occasion, Withheld.FOLDED) for occasion in come[:-1]]
        takings += [Taking(occasion, quiet=hushed(occasion, quiet)) for occasion in come[-1:]]
    if blocked:
        takings = [Taking(taking.occasion, Withheld.BLOCKED) for taking in takings]
    takings.sort(key=lambda taking: (taking.occasion.on, ladder.steps.index(taking.occasion.step)))
    return Decision(ladder, tuple(takings), came.next_on)


def hushed(occasion: Occasion, quiets: Sequence[Quiet]) -> tuple[tuple[Duty, Withheld], ...]:
    """Return the duties whose posts do not want to hear an occasion, and why."""
    if not occasion.repetition:
        return ()
    wanted = (one for one in quiets if one.step == occasion.step.name and occasion.on < one.until)
    return tuple((one.duty, one.reason) for one in wanted)


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
