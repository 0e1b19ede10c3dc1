"""The runs that there were: how far the register has been looked through, under which rules, with what outcome."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from models.audit.difference import Difference
from models.ledger import Fact
from models.reminder import Reminder
from models.run import Run
from models.vocabulary import FactKind

EVERYTHING = "{}"
_LEDGER = "duban ledger show"


@dataclass(frozen=True, slots=True)
class Look:
    """One run: as of which day, begun when, and whether under the policy and the calendar that are in force now."""

    on: date
    at: datetime
    same_rules: bool


@dataclass(frozen=True, slots=True)
class Runs:
    """What the runs come to.

    All steps up to `through` have been looked for in the whole register, up to `other_rules` under rules that are
    not those of now. `since` is when the last run over everything began, and `touched` are the measures that people
    changed after it: what these owe, the next run finds.
    """

    looks: dict[int, Look] = field(default_factory=dict)
    through: date = date.min
    last_on: date = date.min
    other_rules: date = date.min
    since: datetime | None = None
    touched: frozenset[int] = frozenset()

    @property
    def same_rules(self) -> bool:
        """Whether the last run of all went by the rules of now."""
        return not self.looks or self.looks[max(self.looks)].same_rules


def read_runs(session: Session, policy: str, calendar: str) -> Runs:
    """Read the runs, with the versions of the rules that are in force now."""
    runs = session.exec(select(Run).order_by(col(Run.id))).all()
    rules = (policy, calendar)
    looks = {
        run.id or 0: Look(run.on, run.started_at, (run.policy_version, run.calendar_version) == rules) for run in runs
    }
    whole = [run for run in runs if run.scope == EVERYTHING and run.ended_at is not None]
    last = whole[-1] if whole else None
    return Runs(
        looks=looks,
        through=last.on if last else date.min,
        last_on=max((run.on for run in runs), default=date.min),
        other_rules=max((look.on for look in looks.values() if not look.same_rules), default=date.min),
        since=last.started_at if last else None,
        touched=_touched(session, last.id or 0) if last else frozenset(),
    )


def wrong_counts(session: Session) -> Iterator[Difference]:
    """Find runs whose reminders and withheld steps are not as many as the run has counted."""
    claimed = _by_run(session, select(Reminder.run_id, func.count()).group_by(col(Reminder.run_id)))
    told = {
        kind: _by_run(
            session,
            select(Fact.run_id, func.count())
            .where(Fact.kind == kind, col(Fact.run_id).is_not(None))
            .group_by(col(Fact.run_id)),
        )
        for kind in (FactKind.CLAIM, FactKind.WITHHOLD)
    }
    known = session.exec(select(Run.id, Run.reminders, Run.withheld)).all()
    for run, reminders, withheld in known:
        for what, counted, there in (
            ("reminders", reminders, claimed.get(run, 0)),
            ("claims in the ledger", reminders, told[FactKind.CLAIM].get(run, 0)),
            ("withheld steps in the ledger", withheld, told[FactKind.WITHHOLD].get(run, 0)),
        ):
            if counted != there:
                yield Difference(f"run {run}", f"it counted {counted} {what}, and there are {there}", _LEDGER)
    for run in {*claimed, *told[FactKind.CLAIM], *told[FactKind.WITHHOLD]} - {run for run, *_ in known}:
        yield Difference(f"run {run}", "something was claimed or withheld under a run that is not on record", _LEDGER)


def _by_run(session: Session, query: Any) -> dict[int | None, int]:  # noqa: ANN401 - a query of (run, count)
    return dict(session.exec(query).all())


def _touched(session: Session, run: int) -> frozenset[int]:
    """Return the measures that facts of people tell of, written after that of a run's end."""
    end = select(Fact.id).where(Fact.kind == FactKind.RUN, Fact.run_id == run).order_by(col(Fact.id).desc()).limit(1)
    found = select(Fact.measure_id).where(
        col(Fact.id) > func.coalesce(end.scalar_subquery(), 0),
        col(Fact.measure_id).is_not(None),
        col(Fact.kind).not_in((FactKind.CLAIM, FactKind.WITHHOLD)),
    )
    return frozenset(measure for measure in session.exec(found.distinct()).all() if measure is not None)
