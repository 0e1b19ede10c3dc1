"""Policy documents: the ladders, the lights and the hours, as an inspector can read them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, Strict, StrictBool

from config.document import read_toml
from config.drafts import draft
from config.problems import Malformed, Problem
from models.closeout import Closeout
from models.draft import Draft
from models.escalation import EscalationPolicy
from models.failover import Failover
from models.hours import Hours
from models.ladder import Ladder, Step
from models.lights import Lights
from models.quiet import Acknowledging
from models.vocabulary import DayKind, Duty, InDoubt, Slip, WatchKind
from models.workdays import Span

_SHIPPED = Path(__file__).with_name("policy")
_CALENDAR_DAYS_A_WORKING_DAY = 7 / 5
_LONGEST = 3650
_LONGEST_DIGEST = 100

_GRAVE = (Slip.SUPERVISE, Slip.CIRCULATE)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document: who is told at which step, when messages may leave, and when they go on elsewhere.

    And how many measures a digest spells out, `lines`.
    """

    name: str
    escalation: EscalationPolicy
    hours: Hours
    failover: Failover
    lines: int

    @property
    def version(self) -> str:
        """The hash of the document, which every claim made under it carries through its run."""
        return self.escalation.version


def load_policy(name_or_path: str | Path) -> Policy:
    """Return a shipped policy by its name, or one from a file. Raises Malformed with everything that is wrong."""
    shipped = {path.stem: path for path in _SHIPPED.glob("*.toml")}
    path = shipped.get(str(name_or_path), Path(name_or_path))
    problems: list[Problem] = []
    source = read_toml(path, problems)
    document = draft(_Document, source.table.raw, path.name, problems) if source else None
    if document:
        problems += _contradictions(document, path.name)
    if problems or not (source and document):
        raise Malformed(problems)
    return Policy(
        name=path.stem,
        escalation=EscalationPolicy(
            version=sha256(source.content).hexdigest()[:12],
            ladders=_ladders(document.ladder),
            topics={topic: _ladders(ladders) for topic, ladders in document.topic.items()},
            lights=Lights(document.lights.blue_before, document.lights.yellow_for),
            closeout=_closeout(document.closeout),
            topic_closeouts={topic: _closeout(own) for topic, own in document.topic_closeout.items()},
            extensions=document.extensions.most,
            acknowledging=Acknowledging(**dict(document.acknowledgement)),
        ),
        hours=Hours(document.hours.opens, document.hours.closes),
        failover=Failover(document.delivery.passing_failures, document.delivery.in_doubt),
        lines=document.attention.lines,
    )


def _span(text: object) -> Span:
    if not isinstance(text, str):
        raise ValueError('a span of days is a text like "3 working"')  # noqa: TRY004 - pydantic wants ValueError
    span = Span.parse(text)
    if abs(span.count) > _LONGEST:
        raise ValueError(f"'{text}' is longer than {_LONGEST} days; write a shorter span")
    return span


def _length(text: object) -> Span:
    span = _span(text)
    if span.count <= 0:
        raise ValueError("has to be one day at least")
    return span


Days = Annotated[int, Strict(), Field(ge=0, le=_LONGEST)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
SpanText = Annotated[Span, PlainValidator(_span)]
Length = Annotated[Span, PlainValidator(_length)]


class _Step(Draft):
    step: Slug
    after: SpanText
    slip: Slip
    to: tuple[Duty, ...]
    repeat: SpanText | None = None
    at_once: StrictBool = False


_Ladders = dict[WatchKind, tuple[_Step, ...]]


class _Lights(Draft):
    blue_before: Days
    yellow_for: Days


class _Hours(Draft):
    opens: Annotated[time, Strict()]
    closes: Annotated[time, Strict()]


class _Closeout(Draft):
    signatures: tuple[Literal[Duty.SUPERVISOR, Duty.HEAD], ...]
    in_order: StrictBool = True


class _Extensions(Draft):
    most: Days


class _Delivery(Draft):
    passing_failures: Annotated[int, Strict(), Field(ge=1, le=8)]
    in_doubt: InDoubt


class _Acknowledgement(Draft):
    within: Length
    holds: Length
    snooze_at_most: Length
    serves: Length


class _Attention(Draft):
    lines: Annotated[int, Strict(), Field(ge=1, le=_LONGEST_DIGEST)]


class _Document(Draft):
    lights: _Lights
    hours: _Hours
    delivery: _Delivery
    attention: _Attention
    closeout: _Closeout
    extensions: _Extensions
    acknowledgement: _Acknowledgement
    topic_closeout: dict[Slug, _Closeout] = Field(default_factory=dict)
    ladder: _Ladders
    topic: dict[Slug, _Ladders] = Field(default_factory=dict)


def _closeout(own: _Closeout) -> Closeout:
    return Closeout(own.signatures, own.in_order)


def _ladders(drafts: _Ladders) -> dict[WatchKind, Ladder]:
    return {
        kind: Ladder(tuple(Step(one.step, one.after, one.slip, one.to, one.repeat, one.at_once) for one in steps))
        for kind, steps in drafts.items()
    }


def _contradictions(document: _Document, file: str) -> Iterator[Problem]:
    """Find what is well formed, but would leave somebody untold or say things in the wrong order."""
    if document.hours.closes <= document.hours.opens:
        yield Problem(f"{file}: hours.closes", "has to be later than hours.opens")
    yield from _faults_of_closeouts(document, file)
    for kind in WatchKind:
        if kind not in document.ladder:
            yield Problem(f"{file}: ladder.{kind}", "is missing; without it nobody is told, add a [[step]] at least")
    for path, steps in _every_ladder(document):
        yield from _faults_of(steps, f"{file}: {path}")


def _faults_of_closeouts(document: _Document, file: str) -> Iterator[Problem]:
    closeouts = {f"topic_closeout.{topic}": own for topic, own in document.topic_closeout.items()}
    for path, closeout in ({"closeout": document.closeout} | closeouts).items():
        if not closeout.signatures:
            yield Problem(f"{file}: {path}.signatures", "is empty; add at least one")
        if len(set(closeout.signatures)) < len(closeout.signatures):
            yield Problem(f"{file}: {path}.signatures", "names a duty twice; each signs once")


def _every_ladder(document: _Document) -> Iterator[tuple[str, tuple[_Step, ...]]]:
    for kind, steps in document.ladder.items():
        yield f"ladder.{kind}", steps
    for topic, ladders in document.topic.items():
        for kind, steps in ladders.items():
            yield f"topic.{topic}.{kind}", steps


def _faults_of(steps: tuple[_Step, ...], path: str) -> Iterator[Problem]:
    if not steps:
        yield Problem(path, "is empty; add a [[step]] at least")
    names = [step.step for step in steps]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(f"{path}[{name}]", "stands here more than once; give each step a name of its own")
    for before, step in pairwise(steps):
        if _days(step.after) < _days(before.after):
            yield Problem(f"{path}[{step.step}].after", f"comes before '{before.step}'; put the earlier step first")
    for step in steps:
        if not step.to:
            yield Problem(f"{path}[{step.step}].to", "is empty; add at least one")
        if step.at_once and step.slip not in _GRAVE:
            yield Problem(
                f"{path}[{step.step}].at_once",
                f"is for grave steps alone; a slip '{step.slip}' waits for office hours",
            )
        if step.repeat is not None and step.repeat.count <= 0:
            yield Problem(f"{path}[{step.step}].repeat", "has to be one day at least")
    yield from _ends(steps, path)


def _ends(steps: tuple[_Step, ...], path: str) -> Iterator[Problem]:
    """Find the duties that hear nothing more after some step."""
    for duty in Duty:
        last = next((step for step in reversed(steps) if duty in step.to), None)
        if last and last.repeat is None:
            yield Problem(
                f"{path}[{last.step}].repeat",
                f"is missing; this is the last step for '{duty}', which would never hear again",
            )


def _days(span: Span) -> float:
    """Compare spans of both kinds, roughly: nobody's ladder hangs on the fraction of a day."""
    return span.count * (_CALENDAR_DAYS_A_WORKING_DAY if span.kind is DayKind.WORKING else 1)
