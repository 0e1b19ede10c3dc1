"""Opening and closing runs."""

from datetime import date, datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.commands.ledger import record
from models.commands.watches import look_again
from models.errors import DubanError
from models.run import Run
from models.vocabulary import FactKind, RunKind

CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""How far the clocks of two machines that share a database may lie apart, and how long a run may wait to begin."""


class OutOfOrder(DubanError):
    """A run as of a moment before the last one, or by a clock that went backwards."""


def open_run(  # noqa: PLR0913 - a run's record
    session: Session,
    *,
    kind: RunKind,
    asked_by: str,
    scope: str,
    as_of: datetime,
    on: date,
    policy_version: str,
    calendar_version: str,
    now: datetime,
) -> Run:
    """Begin a run's record. Raises `OutOfOrder`, see `refuse_out_of_order`.

    Under another policy or calendar than the last run's every watch is looked at again: its next look rests on
    steps or days that may have moved. That leaves a fact.
    """
    refuse_out_of_order(session, as_of, now)
    last = session.exec(select(Run).order_by(col(Run.id).desc()).limit(1)).first()
    changed = last and (last.policy_version, last.calendar_version) != (policy_version, calendar_version)
    if changed:
        look_again(session, on)
    run = Run(
        kind=kind,
        asked_by=asked_by,
        scope=scope,
        as_of=as_of,
        on=on,
        policy_version=policy_version,
        calendar_version=calendar_version,
        started_at=now,
    )
    session.add(run)
    session.flush()
    if changed and last:
        record(
            session,
            FactKind.PROJECT,
            now,
            run_id=run.id,
            policy=[last.policy_version, policy_version],
            calendar=[last.calendar_version, calendar_version],
        )
    return run


def has_another_calendar(session: Session, version: str) -> bool:
    """Tell whether the last run counted by another calendar than this version."""
    last = session.exec(select(Run).order_by(col(Run.id).desc()).limit(1)).first()
    return last is not None and last.calendar_version != version


def refuse_out_of_order(session: Session, as_of: datetime, now: datetime) -> None:
    """Raise `OutOfOrder` where a run would look back behind the last one, or the clock went backwards.

    What was claimed then cannot be unclaimed, so a look back would tell half the truth.
    """
    last_as_of, last_start = session.exec(select(func.max(Run.as_of), func.max(Run.started_at))).one()
    if last_as_of is not None and as_of < last_as_of - CLOCKS_DIFFER_BY:
        raise OutOfOrder(
            f"--as-of {as_of.isoformat()} lies before the last run, which was as of {last_as_of.isoformat()}; "
            "give that moment or a later one."
        )
    if last_start is not None and now < last_start - CLOCKS_DIFFER_BY:
        raise OutOfOrder(
            f"The clock says {now.isoformat()}, but the last run started at {last_start.isoformat()}; "
            "set this machine's clock right."
        )


def close_run(session: Session, run_id: int, now: datetime) -> Run:
    """End a run's record and write it into the ledger."""
    run = session.exec(select(Run).where(col(Run.id) == run_id)).one()
    run.ended_at = now
    session.add(run)
    record(
        session,
        FactKind.RUN,
        now,
        run_id=run_id,
        run_kind=run.kind,
        asked_by=run.asked_by,
        scope=run.scope,
        as_of=run.as_of,
        policy=run.policy_version,
        calendar=run.calendar_version,
        reminders=run.reminders,
        withheld=run.withheld,
    )
    return run
