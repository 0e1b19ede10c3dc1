"""Reach: the steps of a policy that would reach nobody, and those that somebody else hears of instead."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from models.escalation import Decision, EscalationPolicy, Taking, address
from models.ladder import Ladder, Occasion
from models.office import Post, Unit
from models.queries.office import duties, holders
from models.vocabulary import Duty


@dataclass(frozen=True, slots=True)
class Gap:
    """A step whose post nobody holds, for the measures of a unit.

    `ladder` names the watch, or the topic and the watch; `stand_in` is the post told instead, None where nobody is.
    """

    unit: str
    ladder: str
    step: str
    duty: Duty
    post: str
    stand_in: str | None


def gaps(session: Session, policy: EscalationPolicy, on: date) -> list[Gap]:
    """Return every gap that a policy would have on a day."""
    held = frozenset(holders(session, on))
    posts = {post.id: post.name for post in session.exec(select(Post)).all()}
    units = {unit.id: unit.name for unit in session.exec(select(Unit)).all()}
    found = []
    for unit_id, behind in duties(session).items():
        for name, ladder in _ladders(policy):
            for occasion in _every_step(ladder, on):
                call = address(Decision(ladder, (Taking(occasion),), on), behind, held)[-1]
                if call.withheld or call.instead_of:
                    found.append(
                        Gap(
                            unit=units[unit_id],
                            ladder=name,
                            step=occasion.step.name,
                            duty=occasion.duty,
                            post=posts[behind[occasion.duty]],
                            stand_in=None if call.withheld else posts[call.post_id],
                        )
                    )
    return found


def _ladders(policy: EscalationPolicy) -> Iterator[tuple[str, Ladder]]:
    for kind, ladder in policy.ladders.items():
        yield kind, ladder
    for topic, ladders in policy.topics.items():
        for kind, ladder in ladders.items():
            yield f"{topic} {kind}", ladder


def _every_step(ladder: Ladder, on: date) -> Iterator[Occasion]:
    for step in ladder.steps:
        for duty in step.duties:
            yield Occasion(on, step, 0, duty)
