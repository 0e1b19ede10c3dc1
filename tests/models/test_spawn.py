from __future__ import annotations

import json
from datetime import date, timedelta

from sqlmodel import Session, col, select

from models.commands.spawn import AHEAD, spawn
from models.ledger import Fact
from models.measure import Measure
from models.vocabulary import DueBasis, FactKind, State, WatchKind
from models.watch import Watch
from tests.factory import AT, RULES, Factory, id_of

DAY = timedelta(days=1)
MONTHLY = "FREQ=MONTHLY;BYMONTHDAY=25"


def add_dues(session: Session, rrule: str | None = MONTHLY) -> Measure:
    factory = Factory(session)
    return factory.add_measure("3.2-2", title="按月缴纳党费", standing=True, rrule=rrule, topics="party-dues")


def spawned(session: Session) -> list[Measure]:
    return list(session.exec(select(Measure).where(col(Measure.occurs_on).is_not(None)).order_by(col(Measure.id))))


def test_a_standing_measure_spawns_what_comes_up_since_its_registration(session: Session) -> None:
    add_dues(session)
    assert spawn(session, date(2023, 11, 20), RULES.calendar, AT) == 3
    assert [measure.number for measure in spawned(session)] == [
        "3.2-2@2023-09-25",
        "3.2-2@2023-10-25",
        "3.2-2@2023-11-25",
    ]


def test_an_occurrence_is_a_measure_of_its_own_under_the_standing_one(session: Session) -> None:
    dues = add_dues(session)
    spawn(session, date(2023, 9, 20), RULES.calendar, AT)
    (occurrence,) = spawned(session)
    assert occurrence.parent_id == dues.id
    assert (occurrence.state, occurrence.standing, occurrence.rrule) == (State.PLANNED, False, None)
    assert (occurrence.occurs_on, occurrence.due_on) == (date(2023, 9, 25), date(2023, 9, 25))
    assert occurrence.due_basis is DueBasis.PROMISED
    assert (occurrence.title, occurrence.topics, occurrence.unit_id) == (dues.title, dues.topics, dues.unit_id)


def test_an_occurrence_is_registered_on_its_day_at_the_latest(session: Session) -> None:
    add_dues(session)
    spawn(session, date(2023, 10, 20), RULES.calendar, AT)
    assert [measure.registered_on for measure in spawned(session)] == [date(2023, 9, 25), date(2023, 10, 20)]


def test_an_occurrence_is_watched_and_recorded_at_once(session: Session) -> None:
    add_dues(session)
    spawn(session, date(2023, 9, 20), RULES.calendar, AT)
    (occurrence,) = spawned(session)
    watch = session.exec(select(Watch)).one()
    assert (watch.measure_id, watch.kind, watch.anchor) == (occurrence.id, WatchKind.OCCURRENCE, date(2023, 9, 25))
    fact = session.exec(select(Fact).where(Fact.kind == FactKind.SPAWN)).one()
    assert (fact.measure_id, fact.at) == (id_of(occurrence), AT)
    assert json.loads(fact.payload) == {
        "number": "3.2-2@2023-09-25",
        "occurs_on": "2023-09-25",
        "due_on": "2023-09-25",
    }


def test_an_occurrence_comes_into_being_fourteen_days_ahead(session: Session) -> None:
    add_dues(session)
    assert spawn(session, date(2023, 9, 25) - AHEAD - DAY, RULES.calendar, AT) == 0
    assert spawn(session, date(2023, 9, 25) - AHEAD, RULES.calendar, AT) == 1


def test_spawning_twice_brings_nothing_new(session: Session) -> None:
    add_dues(session)
    assert [spawn(session, date(2023, 10, 20), RULES.calendar, AT) for _ in range(2)] == [2, 0]


def test_a_missed_month_is_made_up_for(session: Session) -> None:
    add_dues(session)
    assert [spawn(session, day, RULES.calendar, AT) for day in (date(2023, 9, 20), date(2023, 11, 20))] == [1, 2]


def test_a_standing_measure_without_a_rhythm_spawns_nothing(session: Session) -> None:
    add_dues(session, rrule=None)
    assert spawn(session, date(2023, 12, 31), RULES.calendar, AT) == 0


def test_an_ordinary_measure_spawns_nothing(session: Session) -> None:
    Factory(session).add_measure()
    assert spawn(session, date(2023, 12, 31), RULES.calendar, AT) == 0
