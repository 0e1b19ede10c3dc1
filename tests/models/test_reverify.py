from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlmodel import Session, select

from models.commands.reverify import reverify
from models.ledger import Fact
from models.vocabulary import FactKind, Resolution, State, WatchKind
from models.watch import Watch
from tests.factory import DUE, Factory, actor
from tests.refusals import refused

DAY = timedelta(days=1)
AGAIN = DUE + 180 * DAY
NUMBER = "1.1-1"
FINISHED: dict[str, Any] = {"state": State.DONE, "resolution": Resolution.COMPLETED, "reverify_on": DUE}


def watched(session: Session) -> list[tuple[WatchKind, object]]:
    return [(watch.kind, watch.anchor) for watch in session.exec(select(Watch))]


def test_a_done_measure_is_timed_for_the_day_of_looking_again_and_for_nothing_else(session: Session) -> None:
    Factory(session).add_measure(NUMBER, **FINISHED)
    assert watched(session) == [(WatchKind.REVERIFY, DUE)]


def test_that_it_holds_is_put_on_record_with_the_day_of_the_next_look(session: Session) -> None:
    measure = Factory(session).add_measure(NUMBER, **FINISHED)
    reverify(session, NUMBER, "未反弹", AGAIN, actor(session, "bus-supervisor"))
    assert (measure.state, watched(session)) == (State.DONE, [(WatchKind.REVERIFY, AGAIN)])
    fact = session.exec(select(Fact).where(Fact.kind == FactKind.REVERIFY)).one()
    assert json.loads(fact.payload) == {
        "on": str(DUE),
        "looked_for": str(DUE),
        "found": "未反弹",
        "again_on": str(AGAIN),
    }


def test_without_a_next_look_nobody_is_reminded_any_more(session: Session) -> None:
    Factory(session).add_measure(NUMBER, **FINISHED)
    reverify(session, NUMBER, "未反弹", None, actor(session, "bus-supervisor"))
    assert watched(session) == []


def test_it_is_not_looked_at_again_while_open_by_others_or_in_the_past(session: Session) -> None:
    factory = Factory(session)
    factory.add_measure(NUMBER, **FINISHED)
    factory.add_measure("1.1-2")
    supervisor = actor(session, "bus-supervisor")
    with refused(session, "1.1-2 is not done; there is nothing to look at again."):
        reverify(session, "1.1-2", "x", None, supervisor)
    with refused(session, f"Only a supervisor looks at {NUMBER} again; bus-responsible is none on {DUE}."):
        reverify(session, NUMBER, "x", None, actor(session, "bus-responsible"))
    with refused(session, f"{NUMBER} cannot be looked at again on {DUE}; that has to lie after {DUE}."):
        reverify(session, NUMBER, "x", DUE, supervisor)
