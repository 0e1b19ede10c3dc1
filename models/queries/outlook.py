"""The outlook: what a measure's watches will say next, to whom, and on which day."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlmodel import Session, col, select

from models.escalation import Decision, EscalationPolicy, Taking, address, decide, hushed
from models.ladder import NEVER, Ladder, Occasion, Step, occasions
from models.measure import Measure
from models.office import Post
from models.queries.office import Holder, duties, holders
from models.vocabulary import Duty, Slip, WatchKind, Withheld
from models.watch import Watch
from models.workdays import Calendar


@dataclass(frozen=True, slots=True)
class Timed:
    """One watch: what is timed for which measure, from when on, and the day of the next look.

    `look_on` is None before the first look, which the next sweep makes.
    """

    measure: str
    watch: WatchKind
    anchor: date
    look_on: date | None
    blocked: bool


@dataclass(frozen=True, slots=True)
class Ahead:
    """One step to come. A day that is past or present means: with the next sweep.

    `person` is None where nobody holds the post on that day; `instead_of` names the vacant post that it is told
    in place of. A `blocked` step comes only if the way is free by then.
    """

    measure: str
    watch: WatchKind
    step: str
    slip: Slip
    on: date
    provisional: bool
    duty: Duty
    post: str
    person: str | None
    instead_of: str | None
    blocked: bool


def outlook(
    session: Session, measures: Collection[Measure], policy: EscalationPolicy, calendar: Calendar, today: date
) -> tuple[list[Timed], list[Ahead]]:
    """Return the watches over some measures, and their next steps in the order of the days.

    Of a step that repeats, only the next time.
    """
    numbers = {measure.id: measure.number for measure in measures}
    watches = session.exec(
        select(Watch).where(col(Watch.measure_id).in_(numbers)).order_by(col(Watch.measure_id), col(Watch.kind))
    ).all()
    timed: list[Timed] = []
    ahead: list[Ahead] = []
    directory = _Directory(session)
    for watch in watches:
        number = numbers[watch.measure_id]
        timed.append(
            Timed(number, watch.kind, watch.anchor, None if watch.look_on == NEVER else watch.look_on, watch.blocked)
        )
        situation = watch.situation
        ladder = policy.ladder(situation.kind, situation.topics)
        step = partial(directory.step, ladder=ladder, watch=watch, number=number, today=today)
        owed = decide(situation, policy, calendar, today).takings
        said_now = [taking.occasion for taking in owed if not taking.withheld]
        said_then = sorted(_coming(ladder, watch.anchor, calendar, today, step), key=lambda occasion: occasion.on)
        steps = filter(None, map(step, said_now + said_then))
        ahead += {(max(one.on, today), one.post): one for one in steps}.values()  # a post hears the latest of a day
    return timed, sorted(ahead, key=lambda step: (step.on, step.measure))


def _coming(
    ladder: Ladder, anchor: date, calendar: Calendar, today: date, said: Callable[[Occasion], Ahead | None]
) -> Iterator[Occasion]:
    """Yield of each step the first time after today that it is said, duty by duty."""
    for duty in ladder.duties:
        last = [step for step in ladder.steps if duty in step.duties][-1]
        seen: set[Step] = set()
        for occasion in occasions(ladder, duty, anchor, calendar):
            if occasion.on > today and occasion.step not in seen and said(occasion):
                seen.add(occasion.step)
                yield occasion
            if last in seen:  # from here on it repeats for ever
                break


class _Directory:
    """Who is behind the duties of a unit, on any day."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._posts = {post.id: post.name for post in session.exec(select(Post)).all()}
        self._duties = duties(session)
        self._held: dict[date, dict[int, Holder]] = {}

    def step(self, occasion: Occasion, ladder: Ladder, watch: Watch, number: str, today: date) -> Ahead | None:
        """Put the post that will be told behind an occasion: the one it names, or who stands in for it.

        None where that post does not want to hear it again.
        """
        holding = self._holders(max(occasion.on, today))
        taking = Taking(occasion, quiet=hushed(occasion, watch.situation.quiet))
        decision = Decision(ladder, (taking,), occasion.on)
        call = address(decision, self._duties[watch.unit_id], frozenset(holding))[-1]
        if call.withheld and call.withheld is not Withheld.VACANT:
            return None
        holder = holding.get(call.post_id)
        return Ahead(
            measure=number,
            watch=watch.kind,
            step=occasion.step.name,
            slip=occasion.step.slip,
            on=occasion.on,
            provisional=occasion.provisional,
            duty=occasion.duty,
            post=self._posts[call.post_id],
            person=holder.person.name if holder else None,
            instead_of=self._posts[call.instead_of] if call.instead_of else None,
            blocked=watch.blocked,
        )

    def _holders(self, on: date) -> dict[int, Holder]:
        if on not in self._held:
            self._held[on] = holders(self._session, on)
        return self._held[on]
