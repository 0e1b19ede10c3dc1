from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from flows.project import Effect, effects
from models.commands.suspend import resume, suspend
from models.database import reading
from models.escalation import EscalationPolicy
from models.ladder import Ladder
from models.queries.measure import find_measure
from models.vocabulary import DayKind, FactKind, WatchKind
from models.workdays import Calendar, Span
from tests.desk import MONDAY, SmallOffice, at
from tests.factory import RULES, actor
from tests.owed import content

DAY = timedelta(days=1)
OFF = MONDAY + 2 * DAY
EDITED = replace(RULES.calendar, version="edited", days_off_local=frozenset({OFF}))


def milder(days: int) -> EscalationPolicy:
    """Return the shipped policy with the first urge so many working days after the due date."""
    ladder = RULES.policy.ladders[WatchKind.DELIVERY]
    steps = [
        replace(step, offset=Span(days, DayKind.WORKING)) if step.name == "overdue" else step for step in ladder.steps
    ]
    ladders = {**RULES.policy.ladders, WatchKind.DELIVERY: Ladder(tuple(steps))}
    return replace(RULES.policy, version="milder", ladders=ladders)


def projected(
    desk: SmallOffice, policy: EscalationPolicy = RULES.policy, calendar: Calendar = RULES.calendar, on: date = MONDAY
) -> list[Effect]:
    with reading(desk.place.engine) as session:
        return effects(session, desk.place, policy, calendar, on)


def adopt(desk: SmallOffice, policy: EscalationPolicy = RULES.policy, calendar: Calendar = RULES.calendar) -> None:
    place = desk.place
    desk.place = replace(place, policy=replace(place.policy, escalation=policy), calendar=calendar)


def test_what_is_in_force_moves_nothing(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=MONDAY)
    assert projected(desk) == []


def test_another_policy_moves_the_next_steps_and_is_projected_without_a_trace(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=MONDAY)
    desk.night(MONDAY)
    before = content(desk.place.engine)
    (effect,) = projected(desk, milder(3))
    assert effect == Effect("1.1-1", "next step of delivery", MONDAY + DAY, MONDAY + 3 * DAY)
    assert effect.days == 2
    assert content(desk.place.engine) == before


def test_what_was_projected_is_what_the_next_nights_do(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=MONDAY)
    desk.night(MONDAY)
    (effect,) = projected(desk, milder(3))
    adopt(desk, milder(3))
    said_on = []
    for ahead in range(1, 6):
        before = len(desk.reminders())
        desk.night(MONDAY + ahead * DAY)
        said_on += [MONDAY + ahead * DAY] * (len(desk.reminders()) - before)
    assert said_on == [effect.after]


def test_a_stricter_policy_is_heard_at_once_and_repeats_nothing(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=MONDAY)
    adopt(desk, milder(5))
    desk.night(MONDAY)
    desk.night(MONDAY + 2 * DAY)
    assert [one.step for one in desk.reminders()] == ["due-next"]
    adopt(desk)
    for _ in range(2):
        desk.night(MONDAY + 2 * DAY)
        assert [one.step for one in desk.reminders()] == ["due-next", "overdue"]


def test_a_change_of_either_leaves_a_fact_and_is_looked_at_once(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=MONDAY + 60 * DAY)
    desk.night(MONDAY)
    assert desk.sweep(at(MONDAY)).examined == 0
    adopt(desk, milder(3), EDITED)
    assert [desk.sweep(at(MONDAY)).examined for _ in range(2)] == [1, 0]
    (fact,) = desk.facts(FactKind.PROJECT)
    assert fact["policy"] == [RULES.policy.version, "milder"]
    assert fact["calendar"] == [RULES.calendar.version, "edited"]


def test_another_calendar_moves_due_dates_and_the_steps_that_count_from_them(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=MONDAY + 7 * DAY, counted_in=DayKind.WORKING, registered_on=MONDAY - 30 * DAY)
    desk.night(MONDAY)
    with desk.changing() as session:
        by = actor(session, "bus-supervisor", MONDAY)
        suspend(session, "1.1-1", "冰冻", MONDAY + 30 * DAY, by, RULES)
    with desk.changing() as session:
        measure = resume(session, "1.1-1", "开工", actor(session, "bus-supervisor", MONDAY + 3 * DAY), RULES)
    due_on = measure.due_on
    assert due_on is not None
    due, step = projected(desk, calendar=EDITED, on=MONDAY + 3 * DAY)
    assert (due.what, due.before, due.days) == ("due date", due_on, -1)
    assert (step.what, step.days) == ("next step of delivery", -1)
    adopt(desk, calendar=EDITED)
    desk.night(MONDAY + 4 * DAY)
    told = desk.facts(FactKind.PROJECT)
    assert [(fact.get("before"), fact.get("after")) for fact in told if fact["measure"]] == [
        (str(due.before), str(due.after))
    ]
    with reading(desk.place.engine) as session:
        assert find_measure(session, "1.1-1").due_on == due.after
