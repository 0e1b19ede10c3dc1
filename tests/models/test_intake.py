from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, col, select

from models import drafts
from models.commands.intake import Occupied, Statutory, register_office
from models.due import DueChange, RelativeLimit
from models.measure import Dependency, Measure
from models.queries.measure import find_measure
from models.vocabulary import DayKind, DueBasis, Gate, LimitName, State, WatchKind
from models.watch import Watch
from tests.factory import AT, RULES

FEEDBACK, REGISTERED = date(2023, 12, 1), date(2023, 12, 18)
PERMIT: dict[str, Any] = {
    "state": "awaiting_approval",
    "approval": "permit",
    "outside_body": "发改局",
    "applied_on": date(2023, 10, 10),
}
STATUTORY = (
    Statutory(LimitName.PLAN, date(2023, 12, 25), "报送巡察整改方案", "条例"),
    Statutory(LimitName.REPORT, date(2024, 2, 1), "报送巡察整改情况报告", "条例"),
)


def office(*measures: dict[str, Any], **inspection: Any) -> drafts.Office:
    """Return an office of one unit whose every duty one post does, with these measures, from 1.1-1 on."""
    own = {"title": "措施", "unit": "bus", "state": "in_progress"}
    return drafts.Office.model_validate(
        {
            "slug": "office",
            "name": "交通运输局",
            "duties": {"head": "head", "supervisor": "head", "inspection": "head"},
            "units": [{"slug": "bus", "name": "公交公司", "responsible": "head", "deputy": "head"}],
            "posts": [{"slug": "head", "name": "局长", "unit": "bus"}],
            "persons": [{"slug": "head", "name": "局长", "channel": "local", "target": "head"}],
            "inspection": {
                "slug": "2023",
                "name": "巡察",
                "body": "巡察组",
                "feedback_on": FEEDBACK,
                "registered_on": REGISTERED,
                "unit": "bus",
                "source": "公告",
            }
            | inspection,
            "findings": [
                {
                    "number": "1.1",
                    "category": "一",
                    "title": "问题",
                    "measure": [own | {"number": f"1.1-{number}"} | one for number, one in enumerate(measures, 1)],
                }
            ],
        }
    )


def register(session: Session, taken: drafts.Office, statutory: tuple[Statutory, ...] = ()) -> int:
    return register_office(session, taken, statutory, RULES.calendar, AT)


def watched(session: Session) -> dict[int, tuple[WatchKind, date, bool]]:
    return {one.measure_id: (one.kind, one.anchor, one.blocked) for one in session.exec(select(Watch))}


def test_what_waits_for_the_end_and_what_for_the_permit_is_told_apart(session: Session) -> None:
    waiting = {"depends_on": ["1.1-2"], "awaits_permit_of": ["1.1-3"]}
    assert register(session, office(waiting, {}, PERMIT)) == 3
    rows = session.exec(select(Dependency)).all()
    assert {(row.measure_id, row.blocker_id, row.gate, row.since) for row in rows} == {
        (1, 2, Gate.DONE, REGISTERED),
        (1, 3, Gate.GRANTED, REGISTERED),
    }
    assert watched(session)[1] == (WatchKind.UNDATED, REGISTERED, True)


def test_a_due_date_is_on_record_from_the_day_of_registration(session: Session) -> None:
    register(session, office({"due_on": date(2023, 12, 29), "due_basis": "promised", "due_note": "方案"}))
    (row,) = session.exec(select(DueChange)).all()
    assert (row.on, row.due_on, row.basis, row.reason) == (
        REGISTERED,
        date(2023, 12, 29),
        DueBasis.PROMISED,
        "方案",
    )


def test_a_limit_after_another_measure_waits(session: Session) -> None:
    limit = {"within": "15 working", "event": "granted", "after": "1.1-2"}
    register(session, office({"limit": limit}, PERMIT))
    measure = find_measure(session, "1.1-1")
    assert (measure.due_on, measure.counted_in) == (None, DayKind.WORKING)
    (row,) = session.exec(select(RelativeLimit)).all()
    assert (row.measure_id, row.after_id, row.event, row.within) == (1, 2, Gate.GRANTED, "15 working")


def test_a_limit_after_the_feedback_is_a_due_date_that_says_how_it_was_counted(session: Session) -> None:
    register(session, office({"limit": {"within": "15 working", "event": "feedback"}}))
    measure = find_measure(session, "1.1-1")
    assert (measure.due_on, measure.due_basis) == (date(2023, 12, 22), DueBasis.RELATIVE)
    (row,) = session.exec(select(DueChange)).all()
    assert (row.within, row.counted_from) == ("15 working", FEEDBACK)
    assert watched(session)[1] == (WatchKind.DELIVERY, date(2023, 12, 22), False)


def test_what_the_statute_wants_has_a_clock_of_its_own_unless_it_was_met(session: Session) -> None:
    taken = register(session, office({}, met={"plan": date(2023, 12, 20)}), STATUTORY)
    assert taken == 1
    plan, report = session.exec(select(Measure).where(col(Measure.finding_id).is_(None))).all()
    assert (plan.number, plan.state, plan.done_on) == ("2023-plan", State.DONE, date(2023, 12, 20))
    assert (report.number, report.state, report.due_on) == ("2023-report", State.IN_PROGRESS, date(2024, 2, 1))
    assert (report.due_basis, report.due_note, report.promised_on) == (
        DueBasis.STATUTORY,
        "条例",
        date(2024, 2, 1),
    )
    assert [one for one in watched(session).values() if one[0] is WatchKind.DELIVERY] == [
        (WatchKind.DELIVERY, date(2024, 2, 1), False)
    ]


def test_a_database_takes_one_office(session: Session) -> None:
    register(session, office({}))
    with pytest.raises(Occupied, match=r"holds the office 'office' already; give another a DUBAN_HOME of its own\."):
        register(session, office({}))
