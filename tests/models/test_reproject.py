from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from models.commands.limits import Limit, limit_after
from models.commands.move import Given, move, set_due_date
from models.commands.reproject import moved, reproject
from models.commands.spawn import spawn
from models.commands.suspend import resume, suspend
from models.commands.term import term_of
from models.ledger import Fact
from models.measure import Measure
from models.vocabulary import Action, DayKind, DueBasis, FactKind, Gate, NonWorking, Resolution, State
from models.watch import Watch
from models.workdays import Span
from tests.factory import AT, DUE, RULES, Factory, actor

DAY = timedelta(days=1)
CN = RULES.calendar
OFF = date(2023, 11, 20)  # a Monday that the office gives off
EDITED = replace(CN, version="edited", days_off_local=frozenset({OFF}))
DECREED = replace(
    CN,
    version="2027",
    decreed=CN.decreed | {2027},
    days_off=CN.days_off | {date(2027, 1, day) for day in (1, 2, 3)},
    make_up_days=CN.make_up_days,
)
WORKING: dict[str, Any] = {"counted_in": DayKind.WORKING}
NUMBER = "1.1-1"


def pause(session: Session, since: date, until: date) -> None:
    suspend(session, NUMBER, "冰冻", until + DAY, actor(session, "bus-supervisor", since), RULES)
    resume(session, NUMBER, "开工", actor(session, "bus-supervisor", until), RULES)


def count_from_the_permit(session: Session, factory: Factory, granted_on: date) -> Measure:
    """Add a measure that is due fifteen working days after a permit."""
    measure = factory.add_measure(NUMBER, due_on=None, due_basis=DueBasis.UNSET)
    factory.add_measure("1.1-2", granted_on=granted_on)
    limit = Limit(Span(15, DayKind.WORKING), Gate.GRANTED, "1.1-2")
    return limit_after(session, measure.number, limit, "按规定", actor(session, "bus-supervisor", granted_on), RULES)


def shifts(session: Session, calendar: Any) -> dict[str, tuple[date, date]]:
    return {one.measure.number: (one.before, one.after) for one in moved(session, calendar)}


def test_what_was_suspended_over_a_day_given_off_later_is_due_a_day_earlier(
    session: Session, factory: Factory
) -> None:
    measure = factory.add_measure(NUMBER, due_on=date(2023, 11, 30), **WORKING)
    pause(session, date(2023, 11, 17), date(2023, 11, 24))
    assert measure.due_on == date(2023, 12, 7)
    assert shifts(session, EDITED) == {NUMBER: (date(2023, 12, 7), date(2023, 12, 6))}
    assert measure.due_on == date(2023, 12, 7)  # nothing is written by looking
    assert reproject(session, EDITED, "局里放假", AT) == 1
    assert measure.due_on == date(2023, 12, 6)
    assert [watch.anchor for watch in session.exec(select(Watch))] == [date(2023, 12, 6)]
    fact = session.exec(select(Fact).where(Fact.kind == FactKind.PROJECT)).one()
    assert json.loads(fact.payload) == {
        "before": "2023-12-07",
        "after": "2023-12-06",
        "calendar": "edited",
        "reason": "局里放假",
    }


def test_projecting_twice_moves_nothing_more(session: Session, factory: Factory) -> None:
    factory.add_measure(NUMBER, due_on=date(2023, 11, 30), **WORKING)
    pause(session, date(2023, 11, 17), date(2023, 11, 24))
    assert [reproject(session, EDITED, "局里放假", AT) for _ in range(2)] == [1, 0]
    assert reproject(session, CN, "照旧", AT) == 1


def test_a_limit_that_was_counted_over_a_day_given_off_later_is_due_a_day_later(
    session: Session, factory: Factory
) -> None:
    measure = count_from_the_permit(session, factory, DUE)
    assert measure.due_on == date(2023, 12, 6)
    assert shifts(session, EDITED) == {NUMBER: (date(2023, 12, 6), date(2023, 12, 7))}
    reproject(session, EDITED, "局里放假", AT)
    assert measure.due_on == date(2023, 12, 7)


def test_a_limit_over_a_year_not_decreed_is_provisional_and_becomes_firm_with_the_decree(
    session: Session, factory: Factory
) -> None:
    measure = count_from_the_permit(session, factory, date(2026, 12, 14))
    assert (measure.due_on, term_of(session, measure, CN).provisional) == (date(2027, 1, 4), True)
    reproject(session, DECREED, "国办公布2027年节假日", AT)
    assert (measure.due_on, term_of(session, measure, DECREED).provisional) == (date(2027, 1, 5), False)


def test_a_date_that_was_set_by_hand_since_stays(session: Session, factory: Factory) -> None:
    count_from_the_permit(session, factory, DUE)
    set_due_date(session, NUMBER, date(2024, 1, 31), "县里同意", actor(session, "bus-supervisor", DUE), RULES)
    assert shifts(session, EDITED) == {}


def test_promised_dates_and_calendar_days_do_not_move(session: Session, factory: Factory) -> None:
    factory.add_measure("1.1-9", due_on=date(2023, 11, 30), **WORKING)
    factory.add_measure(NUMBER, due_on=date(2023, 11, 30))
    pause(session, date(2023, 11, 17), date(2023, 11, 24))
    assert shifts(session, EDITED) == {}


def test_what_is_done_stays_as_it_was(session: Session, factory: Factory) -> None:
    measure = factory.add_measure(NUMBER, due_on=date(2023, 11, 30), **WORKING)
    pause(session, date(2023, 11, 17), date(2023, 11, 24))
    measure.sqlmodel_update({"state": State.DONE, "resolution": Resolution.COMPLETED})
    session.flush()
    assert shifts(session, EDITED) == {}


def add_occurrence(session: Session, factory: Factory) -> Measure:
    """Add the occurrence of Monday 20 November, which comes before what is off."""
    factory.add_measure(
        "3.2-1", standing=True, rrule="FREQ=MONTHLY;BYMONTHDAY=20", settles=NonWorking.AFTER, registered_on=DUE
    )
    spawn(session, DUE, CN, AT)
    return session.exec(select(Measure).where(Measure.occurs_on == OFF)).one()


def test_an_occurrence_settles_anew(session: Session, factory: Factory) -> None:
    occurrence = add_occurrence(session, factory)
    assert reproject(session, EDITED, "局里放假", AT) == 1
    assert (occurrence.occurs_on, occurrence.due_on) == (OFF, OFF + DAY)
    spawn(session, DUE, EDITED, AT)
    assert len(session.exec(select(Measure).where(col(Measure.occurs_on).is_not(None))).all()) == 1


def test_an_occurrence_reopened_until_another_day_keeps_that_day(session: Session, factory: Factory) -> None:
    occurrence = add_occurrence(session, factory)
    number, later = occurrence.number, OFF + 30 * DAY
    factory.add_evidence(occurrence)
    unit, supervisor = actor(session, "bus-responsible", OFF), actor(session, "bus-supervisor", OFF)
    move(session, number, Action.START, unit, Given(), RULES)
    move(session, number, Action.SUBMIT, unit, Given(), RULES)
    move(session, number, Action.APPROVE, supervisor, Given(), RULES)
    move(session, number, Action.REOPEN, supervisor, Given(reason="回头看", due_on=later), RULES)
    assert shifts(session, EDITED) == {}
    assert occurrence.due_on == later
