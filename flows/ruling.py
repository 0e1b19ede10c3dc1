"""Ruling: the situations that are due, each decided once, laid out for the database to apply."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from sqlmodel import Session

from models.commands.claims import Conditions, situations
from models.commands.staging import Saying, Staff, Verdict
from models.escalation import Decision, EscalationPolicy, address, judge
from models.ladder import Ladder, Passage, passage
from models.queries.office import duties, holders
from models.quiet import Quiet, read
from models.vocabulary import Duty
from models.workdays import Calendar


@dataclass(slots=True)
class Ruling:
    """The verdict on every situation, what each shape of decision says to whom, and how many watches these are."""

    verdicts: list[Verdict] = field(default_factory=list)
    sayings: list[Saying] = field(default_factory=list)
    staff: list[Staff] = field(default_factory=list)
    examined: int = 0
    due: int = 0


def rule(session: Session, scope: Conditions, policy: EscalationPolicy, calendar: Calendar, on: date) -> Ruling:
    """Decide every situation in scope that is due a look on a day.

    Situations that differ only in topics of which the policy makes nothing share one decision. Decisions that
    take the same steps share one shape, whatever their dates, so that a shape is addressed once per unit and
    not once per situation.
    """
    ruling = Ruling()
    shapes: dict[object, tuple[int, Decision]] = {}

    @cache
    def came(ladder: Ladder, anchor: date, looked_on: date) -> Passage:
        return passage(ladder, anchor, looked_on, on, calendar)

    @cache
    def judged(
        ladder: Ladder, anchor: date, looked_on: date, quiet: tuple[Quiet, ...], *, blocked: bool
    ) -> tuple[int, Decision]:
        decision = judge(ladder, came(ladder, anchor, looked_on), quiet, blocked=blocked)
        return shapes.setdefault(_shape(decision), (len(shapes), decision))[0], decision

    replied = cache(read)
    for kind, topics, anchor, looked_on, blocked, acknowledged, watches in situations(
        session.connection(), scope, on
    ):
        # what is over makes no difference, nor does it where nothing is said anyway
        quiet = () if blocked else tuple(one for one in replied(acknowledged) if one.until > looked_on)
        ladder = policy.ladder(kind, tuple(topics.split()))
        shape, decision = judged(ladder, anchor, looked_on, quiet, blocked=blocked)
        ruling.verdicts.append(
            Verdict(kind, topics, anchor, looked_on, blocked, acknowledged, shape, decision.look_on)
        )
        ruling.examined += watches
        ruling.due += watches if decision.takings else 0
    if shapes:
        _address(ruling, shapes.values(), duties(session), frozenset(holders(session, on)))
    return ruling


def _shape(decision: Decision) -> object:
    """Return what two decisions must share to be addressed alike: the ladder, and what is taken of it."""
    taken = tuple(
        (taking.occasion.step.name, taking.occasion.repetition, taking.occasion.duty, taking.withheld, taking.quiet)
        for taking in decision.takings
    )
    return decision.ladder, taken


def _address(
    ruling: Ruling,
    shapes: Iterable[tuple[int, Decision]],
    duties_of: Mapping[int, Mapping[Duty, int]],
    held: frozenset[int],
) -> None:
    """Put the posts behind every shape of decision; units that are staffed alike share what is said."""
    staffings: dict[object, int] = {}
    for unit_id, posts in duties_of.items():
        staffing = _staffing(posts, held)
        if staffing not in staffings:
            staffings[staffing] = len(staffings)
            for shape, decision in shapes:
                ruling.sayings += _sayings(shape, staffings[staffing], decision, posts, held)
        ruling.staff.append(Staff(unit_id, staffings[staffing], posts))


def _staffing(posts: Mapping[Duty, int], held: frozenset[int]) -> object:
    """Return what two units must share to be addressed alike: which duties one post does, and what is vacant."""
    order = [posts[duty] for duty in Duty]
    return tuple((order.index(post), post in held) for post in order)


def _sayings(
    shape: int, staffing: int, decision: Decision, posts: Mapping[Duty, int], held: frozenset[int]
) -> list[Saying]:
    duty = {post: duty for duty, post in posts.items()}
    return [
        Saying(
            shape=shape,
            staffing=staffing,
            number=number,
            step=call.occasion.step.name,
            repetition=call.occasion.repetition,
            slip=call.occasion.step.slip,
            duty=duty[call.post_id],
            instead_of=None if call.instead_of is None else duty[call.instead_of],
            withheld=call.withheld,
        )
        for number, call in enumerate(address(decision, posts, held))
    ]
