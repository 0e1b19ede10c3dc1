"""The overview after a run: how the part of the register it looked at stands, and what reached nobody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from config.workplace import Workplace
from flows.audit import Audit
from flows.report import Report
from flows.sweep import Request
from models.commands.digests import posts_unsaid
from models.database import reading
from models.measure import Measure
from models.office import Post
from models.queries.addresses import Dead, dead, out_of_reach
from models.queries.office import holders
from models.queries.outbox import Sent, messages
from models.queries.register import Entry, leaves, register
from models.queries.scope import conditions
from models.vocabulary import Light, MessageState, RunKind
from models.watch import Watch

RECENT = timedelta(days=1)
"""How long a message that failed for good is still news."""

SHOWN = 500
"""Measures that an overview names: more would be no overview."""

_PRESSING = (Light.YELLOW, Light.RED)


@dataclass(frozen=True, slots=True)
class Overview:
    """What a run's report does not say; `as_of` is in the office's own time.

    `pressing` are the open measures in scope, gravest first: after a nightly run those that are late or blocked,
    after a sweep all that it watches. `more` counts those beyond `SHOWN`. `undelivered` are messages that were
    refused or fell into doubt within a day, or that wait for another try; `vacant` are the posts that something
    is owed to and that nobody holds; `dead` are the addresses that were disabled since the run began, `out_of_reach`
    the persons without any other. `audited` is what the audit found, where there was one.
    """

    office: str
    locale: str
    as_of: datetime
    asked_by: str
    report: Report
    pressing: tuple[Entry, ...]
    more: int
    undelivered: tuple[Sent, ...]
    vacant: tuple[str, ...]
    dead: tuple[Dead, ...]
    out_of_reach: tuple[str, ...]
    audited: Audit | None = None


def overview(place: Workplace, request: Request, report: Report, audited: Audit | None = None) -> Overview:
    """Read how things stand after a run. Raises `Unreachable`."""
    with reading(place.engine) as session:
        watched = _watched(session, place, request)
        found = sorted(watched, key=_gravity)
        return Overview(
            office=place.office.name,
            locale=place.office.locale,
            as_of=request.as_of.astimezone(place.zone),
            asked_by=request.asked_by,
            report=report,
            pressing=tuple(found[:SHOWN]),
            more=len(found[SHOWN:]),
            undelivered=tuple(undelivered(session, request.now)),
            vacant=tuple(_vacant(session, place, request)),
            dead=tuple(dead(session, request.now)),
            out_of_reach=tuple(out_of_reach(session, request.as_of.astimezone(place.zone).date())),
            audited=audited,
        )


def _watched(session: Session, place: Workplace, request: Request) -> list[Entry]:
    on = request.as_of.astimezone(place.zone).date()
    lights = place.policy.escalation.lights
    in_scope = select(Measure.number).join(Watch, col(Watch.measure_id) == Measure.id).distinct()
    numbers = set(session.exec(in_scope.where(*conditions(session, request.scope, lights, on))).all())
    entries = [entry for entry in leaves(register(session, lights, place.calendar, on)) if entry.number in numbers]
    if request.kind is RunKind.SWEEP:
        return entries
    return [entry for entry in entries if entry.light in _PRESSING or entry.blocked_by]


def _gravity(entry: Entry) -> tuple[int, int]:
    """Sort by light, gravest first, then by days left, fewest first."""
    return -list(Light).index(entry.light), entry.days_left if entry.days_left is not None else 0


def undelivered(session: Session, now: datetime) -> list[Sent]:
    """Return the last messages that were refused or fell into doubt within a day, or that wait for another try."""
    states = (MessageState.REFUSED, MessageState.IN_DOUBT, MessageState.RETRY)
    return [
        sent
        for sent in messages(session, states, final=True)
        if sent.state is MessageState.RETRY or (sent.tried_at and sent.tried_at >= now - RECENT)
    ]


def _vacant(session: Session, place: Workplace, request: Request) -> list[str]:
    held = holders(session, request.as_of.astimezone(place.zone).date())
    posts = posts_unsaid(session) - held.keys()
    return list(session.exec(select(Post.name).where(col(Post.id).in_(posts)).order_by(col(Post.id))).all())
