from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from models.commands.progress import report_progress
from models.commands.suspend import suspend
from models.ledger import Fact
from models.lifecycle import IN_PROGRESS
from models.vocabulary import DueBasis, FactKind, Resolution, State
from models.watch import Watch
from tests.factory import DUE, RULES, Factory, actor
from tests.refusals import refused

NUMBER = "1.1-1"


@pytest.mark.parametrize("who", ["bus-responsible", "bus-supervisor"])
@pytest.mark.parametrize("staged", [True, False])
def test_progress_and_a_part_success_are_put_on_record_and_change_no_state(
    session: Session, who: str, *, staged: bool
) -> None:
    measure = Factory(session).add_measure(NUMBER)
    before = [watch.model_dump() for watch in session.exec(select(Watch))]
    report_progress(session, NUMBER, "首批30台到位", staged=staged, actor=actor(session, who))
    assert (measure.place, measure.staged_on) == (IN_PROGRESS, DUE if staged else None)
    fact = session.exec(select(Fact).where(Fact.kind == FactKind.PROGRESS)).one()
    assert json.loads(fact.payload) == {"on": str(DUE), "text": "首批30台到位", "staged": staged}
    assert [watch.model_dump() for watch in session.exec(select(Watch))] == before


def test_a_part_success_stays_on_record_when_progress_is_reported_later(session: Session) -> None:
    measure = Factory(session).add_measure(NUMBER)
    for staged in (True, False):
        report_progress(session, NUMBER, "…", staged=staged, actor=actor(session, "bus-responsible"))
    assert measure.staged_on == DUE


def test_progress_may_be_reported_while_the_clock_stands(session: Session) -> None:
    measure = Factory(session).add_measure(NUMBER)
    suspend(session, NUMBER, "冰冻", DUE + timedelta(days=30), actor(session, "bus-supervisor"), RULES)
    report_progress(session, NUMBER, "备料", staged=False, actor=actor(session, "bus-responsible"))
    assert measure.review_on is not None


@pytest.mark.parametrize(
    ("who", "given", "sentence"),
    [
        ("bus-head", {}, f"bus-head has no part in 1.1-1 on {DUE}; its unit reports on it."),
        (
            "bus-responsible",
            {"state": State.DONE, "resolution": Resolution.COMPLETED},
            "1.1-1 is done; reopen it first.",
        ),
        (
            "bus-responsible",
            {"standing": True},
            "1.1-1 is a standing duty and never done; act on its occurrences.",
        ),
        (
            "bus-responsible",
            {"state": None, "due_on": None, "due_basis": DueBasis.UNSET},
            "1.1-1 is divided; act on its parts: .",
        ),
    ],
)
def test_progress_is_not_reported_by_strangers_nor_where_there_is_none(
    session: Session, who: str, given: dict[str, Any], sentence: str
) -> None:
    Factory(session).add_measure(NUMBER, **given)
    with refused(session, sentence):
        report_progress(session, NUMBER, "…", staged=False, actor=actor(session, who))
