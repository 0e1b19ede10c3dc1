"""What is true of every register at any time, whatever was done with it."""

from __future__ import annotations

import json
from datetime import date, time
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from flows.audit import audit
from models.acknowledgement import Acknowledgement
from models.commands.term import events_of
from models.commands.watches import anchors
from models.database import reading
from models.extension import Extension
from models.ledger import Fact
from models.measure import Dependency, Measure
from models.office import UnitDuty
from models.outbox import Message
from models.quiet import read, write
from models.reminder import Reminder
from models.submission import Signature, Submission
from models.term import running
from models.vocabulary import (
    Action,
    Approval,
    DayKind,
    Duty,
    ExtensionState,
    FactKind,
    Gate,
    MessageKind,
    MessageState,
    Reply,
    State,
    WatchKind,
)
from models.watch import Watch
from tests.desk import MIDNIGHT, at
from tests.factory import RULES, id_of
from tests.owed import owed_by_the_rule, recorded

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.desk import SmallOffice

MOVES = {FactKind(action.value) for action in Action}
WHILE_SUSPENDED = {WatchKind.SUSPENSION, WatchKind.EXTENSION, WatchKind.EXTENSION_HEAD}
WHILE_DONE = {WatchKind.REVERIFY}
REVIEWED = {
    WatchKind.REVIEW,
    WatchKind.COUNTERSIGN,
    WatchKind.SUSPENSION,
    WatchKind.EXTENSION,
    WatchKind.EXTENSION_HEAD,
    WatchKind.REVERIFY,
}
"""What no blocker holds up."""


class Truths:
    """The truths of one register, from how it stood in the beginning."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with reading(engine) as session:
            measures = session.exec(select(Measure)).all()
            self.first = {id_of(one): (_place(one), one.due_on) for one in measures}

    def occurrences(self) -> list[str]:
        """Return the numbers of the occurrences that have come up."""
        with reading(self.engine) as session:
            found = select(Measure.number).where(col(Measure.occurs_on).is_not(None)).order_by(col(Measure.id))
            return list(session.exec(found))

    def suspended(self) -> list[str]:
        """Return the numbers of the measures whose clock stands."""
        with reading(self.engine) as session:
            found = select(Measure.number).where(col(Measure.review_on).is_not(None)).order_by(Measure.number)
            return list(session.exec(found))

    def requests(self) -> list[str]:
        """Return the numbers of the measures for which more time is asked."""
        with reading(self.engine) as session:
            asked = select(Measure.number).join(Extension, col(Extension.measure_id) == Measure.id)
            return list(session.exec(asked.where(Extension.state == ExtensionState.ASKED).order_by(Measure.number)))

    def waits(self) -> list[tuple[str, str]]:
        """Return which measure waits for which."""
        with reading(self.engine) as session:
            numbers = {one.id: one.number for one in session.exec(select(Measure)).all()}
            return sorted(
                (numbers[one.measure_id], numbers[one.blocker_id]) for one in session.exec(select(Dependency))
            )

    def messages(self) -> list[int]:
        """Return the digests that were tried to be sent."""
        with reading(self.engine) as session:
            left = select(Message.id).where(Message.tries > 0, Message.kind == MessageKind.DIGEST)
            return [number or 0 for number in session.exec(left.order_by(col(Message.id)))]

    def hold(self, today: date) -> None:
        """Check what is true after every step."""
        with reading(self.engine) as session:
            measures = {id_of(one): one for one in session.exec(select(Measure).order_by(col(Measure.id))).all()}
            of_people = col(Fact.kind).not_in((FactKind.CLAIM, FactKind.WITHHOLD))
            query = select(Fact).where(col(Fact.measure_id).is_not(None), of_people).order_by(col(Fact.id))
            facts = session.exec(query).all()
            told: dict[int, list[tuple[Fact, dict[str, Any]]]] = {number: [] for number in measures}
            for fact in facts:
                told[fact.measure_id or 0].append((fact, json.loads(fact.payload)))
            for number, measure in measures.items():
                self._state_is_the_fold_of_the_ledger(measure, told[number])
                _nobody_approves_his_own(told[number])
                if any(fact.kind == FactKind.SUSPEND for fact, _ in told[number]):
                    _the_days_add_up(session, measure, told[number], today)
            _watches_are_those_derived_afresh(session, measures)
            _watches_carry_every_reply(session)
            _signatures_are_of_different_persons(session)

    def of_a_night(self, desk: SmallOffice, today: date, *, delivers: bool) -> None:
        """Sweep, compose and perhaps deliver; check that it was what the rule wants, and all of it still true.

        The audit, which knows nothing of the rule that the sweep goes by, has to find the same.
        """
        before, owed = recorded(self.engine), owed_by_the_rule(self.engine, today)
        desk.sweep(at(today, MIDNIGHT))
        assert recorded(self.engine) - before == owed
        desk.compose(at(today, MIDNIGHT))
        with reading(self.engine) as session:
            _what_is_about_to_be_said_has_a_living_reason(session)
        if delivers:
            desk.deliver(at(today, time(9)))
        assert audit(desk.place, at(today, time(9) if delivers else MIDNIGHT)).differences == ()

    def _state_is_the_fold_of_the_ledger(self, measure: Measure, told: list[tuple[Fact, dict[str, Any]]]) -> None:
        place, due_on = self.first.get(id_of(measure), ("planned", None))
        suspended_until = None
        for fact, said in told:
            if fact.kind in MOVES:
                assert said["source"] == place
                place = said["target"]
            if fact.kind == FactKind.SUSPEND:
                suspended_until = said["review_on"]
            elif fact.kind == FactKind.RESUME:
                suspended_until = None
            if fact.kind in {FactKind.SPAWN, FactKind.DUE, FactKind.REOPEN, FactKind.RESUME}:
                due_on = said.get("due_on", due_on)
            elif fact.kind == FactKind.EXTENSION and said.get("granted"):
                due_on = said["until"]
        assert place == _place(measure)
        assert str(due_on) == str(measure.due_on)
        assert str(suspended_until) == str(measure.review_on)


def _place(measure: Measure) -> str:
    return "divided" if measure.state is None else str(measure.place)


def _nobody_approves_his_own(told: list[tuple[Fact, dict[str, Any]]]) -> None:
    submitter = asker = None
    for fact, _ in told:
        if fact.kind == FactKind.SUBMIT:
            submitter = fact.person_id
        elif fact.kind in {FactKind.SIGN, FactKind.APPROVE}:
            assert fact.person_id != submitter
        elif fact.kind == FactKind.EXTEND:
            asker = fact.person_id
        elif fact.kind == FactKind.EXTENSION and "granted" in json.loads(fact.payload):
            assert fact.person_id != asker


def _the_days_add_up(
    session: Session, measure: Measure, told: list[tuple[Fact, dict[str, Any]]], today: date
) -> None:
    """Count, from the ledger alone, on how many days the clock stood, and compare."""
    events = events_of(session, measure, RULES.calendar)
    ran, stood = running(events, DayKind.CALENDAR, RULES.calendar, today)
    assert ran + stood == (today - events[0].on).days
    since, days = None, 0
    for fact, said in told:
        if fact.kind == FactKind.SUSPEND:
            since = date.fromisoformat(said["on"])
        elif fact.kind == FactKind.RESUME:
            assert since is not None
            days += (date.fromisoformat(said["on"]) - since).days
            since = None
    assert stood == days + ((today - since).days if since else 0)


def _watches_are_those_derived_afresh(session: Session, measures: dict[int, Measure]) -> None:
    stored = {(one.measure_id, one.kind, one.anchor, one.blocked) for one in session.exec(select(Watch)).all()}
    asked = {
        one.measure_id: {WatchKind.EXTENSION_HEAD if one.by_supervisor else WatchKind.EXTENSION: one.asked_on}
        for one in session.exec(select(Extension).where(Extension.state == ExtensionState.ASKED)).all()
    }
    waiting: dict[int, bool] = {}
    for row in session.exec(select(Dependency)).all():
        whole = measures[row.blocker_id]
        parts = [one for one in measures.values() if one.parent_id == whole.id] if whole.state is None else [whole]
        passed = all(
            one.state is State.DONE or (row.gate is Gate.GRANTED and one.granted_on is not None) for one in parts
        )
        waiting[row.measure_id] = waiting.get(row.measure_id, False) or not passed
    derived = set()
    for number, measure in measures.items():
        timed = anchors(measure) | asked.get(number, {})
        if measure.state is State.DONE:
            assert set(timed) <= WHILE_DONE
        elif measure.review_on is not None:
            assert set(timed) <= WHILE_SUSPENDED
        blocked = waiting.get(number, False)
        derived |= {(number, kind, anchor, blocked and kind not in REVIEWED) for kind, anchor in timed.items()}
    assert stored == derived


def _watches_carry_every_reply(session: Session) -> None:
    """The replies to the steps of a watch that lives stand in it, of each step for each post the longest one."""
    units = {one.id: one.unit_id for one in session.exec(select(Measure)).all()}
    duties: dict[tuple[int, int], Duty] = {}
    for row in session.exec(select(UnitDuty)).all():
        first = duties.get((row.unit_id, row.post_id), row.duty)
        duties[row.unit_id, row.post_id] = min(first, row.duty, key=list(Duty).index)
    replied: dict[tuple[int, WatchKind, date], dict[tuple[str, Duty], tuple[date, bool]]] = {}
    for one in session.exec(select(Acknowledgement)).all():
        of = replied.setdefault((one.measure_id, one.watch, one.anchor), {})
        step = one.step, duties[units[one.measure_id], one.post_id]
        of[step] = max(of.get(step, (date.min, False)), (one.until, one.reply is Reply.ACKNOWLEDGED))
    for watch in session.exec(select(Watch)).all():
        quiets = read(watch.acknowledged)
        carried = {(one.step, one.duty): (one.until, one.reply is Reply.ACKNOWLEDGED) for one in quiets}
        assert carried == replied.get((watch.measure_id, watch.kind, watch.anchor), {})
        assert watch.acknowledged == write(quiets)


def _signatures_are_of_different_persons(session: Session) -> None:
    rows = session.exec(
        select(Signature, Submission).join(Submission, col(Submission.id) == Signature.submission_id)
    ).all()
    assert len({(one.submission_id, one.person_id) for one, _ in rows}) == len(rows)
    assert all(one.person_id != submission.submitted_by for one, submission in rows)
    open_ones = select(Submission.measure_id).where(col(Submission.outcome).is_(None))
    under_review = select(Measure.id).where(Measure.approval == Approval.CLOSEOUT)
    assert sorted(session.exec(open_ones)) == sorted(id_ or 0 for id_ in session.exec(under_review))


def _what_is_about_to_be_said_has_a_living_reason(session: Session) -> None:
    """After composing, whatever is unsaid or in a draft is owed by a watch that lives and is not blocked."""
    living = {(one.measure_id, one.kind, one.anchor): one.blocked for one in session.exec(select(Watch)).all()}
    held = {one.id for one in session.exec(select(Message).where(Message.state == MessageState.HELD)).all()}
    reminders = session.exec(select(Reminder).where(~col(Reminder.overtaken))).all()
    for one in reminders:
        if one.message_id is None or one.message_id in held:
            assert living.get((one.measure_id, one.watch, one.anchor)) is False
