"""Projecting a change: what another calendar, or another policy, would move, before it is adopted."""

from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session, col, select

from config.workplace import Workplace
from models.commands.reproject import Moved, moved
from models.escalation import EscalationPolicy, Situation, decide
from models.ladder import NEVER
from models.measure import Measure
from models.vocabulary import WatchKind
from models.watch import Watch
from models.workdays import Calendar


@dataclass(frozen=True, slots=True)
class Effect:
    """One date that a change moves: a due date, or the next step of a watch."""

    measure: str
    what: str
    before: date
    after: date

    @property
    def days(self) -> int:
        """By how many calendar days it moves, backwards if negative."""
        return (self.after - self.before).days


def effects(
    session: Session, place: Workplace, policy: EscalationPolicy, calendar: Calendar, on: date
) -> list[Effect]:
    """Return what the policy and the calendar given would move, against those in force; nothing is written."""
    due = {one.measure.id: one for one in moved(session, calendar)}
    dues = [Effect(one.measure.number, "due date", one.before, one.after) for one in due.values()]
    watches = session.exec(select(Watch, Measure.number).join(Measure, col(Measure.id) == Watch.measure_id)).all()
    steps = []
    for watch, number in watches:
        stands = watch.situation
        before = decide(stands, place.policy.escalation, place.calendar, on).look_on
        after = decide(_moved(stands, due.get(watch.measure_id)), policy, calendar, on).look_on
        if before != after:
            steps.append(Effect(number, f"next step of {watch.kind}", before, after))
    return sorted(dues + steps, key=lambda effect: (effect.measure, effect.what))


_FROM_THE_DUE_DATE = (WatchKind.DELIVERY, WatchKind.PERMIT_LATE, WatchKind.OCCURRENCE)


def _moved(stands: Situation, due: Moved | None) -> Situation:
    """Return a situation as it will be once the due date that it counts from has moved."""
    if due is None or stands.kind not in _FROM_THE_DUE_DATE:
        return stands
    return replace(stands, anchor=due.after, looked_on=NEVER, quiet=())
