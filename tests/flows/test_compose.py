from __future__ import annotations

import threading
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from flows.compose import Composed, compose
from models.database import open_database
from models.vocabulary import DueBasis, Duty, MessageState, Slip
from tests.databases import opening
from tests.desk import LATE, MIDNIGHT, MONDAY, SmallOffice, at, workplace
from tests.factory import id_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.databases import Databases


SATURDAY, SUNDAY = MONDAY - timedelta(days=2), MONDAY - timedelta(days=1)
TUESDAY = MONDAY + timedelta(days=1)
LATER = date(2023, 12, 8)  # so late that the deputy, the head and the supervisor hear too
RELEASE = time(8, 40)


def add_undated(desk: SmallOffice, number: str, registered_on: date) -> None:
    desk.add(number, due_on=None, due_basis=DueBasis.UNSET, registered_on=registered_on)


# one digest a person


def test_a_person_gets_one_digest_of_everything(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATE)
    desk.add("1.1-2", due_on=LATE)
    assert desk.night(MONDAY) == Composed(messages=1, withdrawn=0, overtaken=0, unreachable=0)
    assert desk.told() == {"bus-responsible": ["1.1-1", "1.1-2"]}


def test_a_person_with_three_posts_gets_one_digest(desk: SmallOffice) -> None:
    with desk.changing():
        units = [desk.make.unit, *(desk.make.add_unit(slug, vacant=[Duty.RESPONSIBLE]) for slug in ("ferry", "road"))]
        for unit in units:
            desk.make.add_measure(f"1.1-{unit.slug}", due_on=LATE, unit_id=id_of(unit))
    for slug in ("ferry", "road"):
        desk.take(f"{slug}-responsible", "bus-responsible", SATURDAY)
    desk.night(MONDAY)
    assert desk.told() == {"bus-responsible": ["1.1-bus", "1.1-ferry", "1.1-road"]}


def test_a_new_address_before_the_release_gets_the_digest_instead_of_the_old_one(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATE)
    desk.night(SATURDAY)
    with desk.changing() as session:
        desk.readdress(session, "bus-responsible", ("local", "elsewhere"))
    assert desk.night(MONDAY) == Composed(messages=1, withdrawn=1, overtaken=0, unreachable=0)
    assert desk.told() == {"elsewhere": ["1.1-1"]}


def test_the_gravest_comes_first_and_then_what_is_due_longest(desk: SmallOffice) -> None:
    desk.add("1.1-soon", due_on=date(2023, 12, 29))
    desk.add("1.1-late", due_on=LATE)
    desk.add("1.1-later", due_on=date(2023, 12, 19))
    desk.add("1.1-latest", due_on=LATER)
    desk.night(MONDAY)
    assert desk.told()["bus-responsible"] == ["1.1-latest", "1.1-later", "1.1-late", "1.1-soon"]


def test_two_steps_of_a_measure_that_meet_have_one_line_the_gravest(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=date(2023, 12, 22))
    desk.night(date(2023, 12, 21))  # the reminder of the last day
    desk.night(MONDAY)  # and the urge, before the first has left
    assert [reminder.slip for reminder in desk.reminders()] == [Slip.REMIND, Slip.URGE]
    assert {reminder.message_id for reminder in desk.reminders()} == {desk.draft().id}
    assert desk.told() == {"bus-responsible": ["1.1-1"]}
    assert "〔催办〕措施（1.1-1）" in desk.draft().body
    assert "（催办）" in desk.draft().subject


# held until office hours


@pytest.mark.parametrize(
    ("composed", "leaves"),
    [
        (at(MONDAY, time(0, 30)), at(MONDAY, RELEASE)),
        (at(MONDAY, time(10)), at(MONDAY, time(10))),
        (at(MONDAY, time(17, 30)), at(TUESDAY, RELEASE)),
        (at(date(2023, 12, 22), time(20)), at(MONDAY, RELEASE)),
        (at(date(2023, 9, 28), time(18)), at(date(2023, 10, 7), RELEASE)),  # over the National Day holidays
        (at(date(2023, 10, 8), time(0, 30)), at(date(2023, 10, 8), RELEASE)),  # a make-up Sunday
    ],
)
def test_a_digest_is_held_until_the_next_office_hours(
    desk: SmallOffice, composed: datetime, leaves: datetime
) -> None:
    desk.add("1.1-1", due_on=date(2023, 9, 27))
    desk.sweep(composed)
    desk.compose(composed)
    assert {message.release_at for message in desk.messages(MessageState.HELD)} == {leaves}


def test_the_nights_of_a_weekend_gather_in_one_draft(desk: SmallOffice) -> None:
    composed = []
    for number, day in enumerate((SATURDAY, SUNDAY, MONDAY)):
        add_undated(desk, f"1.1-{number}", day)
        composed.append(desk.night(day).messages)
    assert composed == [1, 0, 0]
    assert desk.told() == {"bus-supervisor": ["1.1-0", "1.1-1", "1.1-2"]}
    assert desk.draft().release_at == at(MONDAY, RELEASE)


def test_a_digest_is_worded_for_the_day_on_which_it_leaves(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATE)
    desk.night(SATURDAY)
    assert "12月25日，以下1项" in desk.draft().body
    assert "已逾期5天" in desk.draft().body


def test_what_was_tried_keeps_its_text_and_what_is_owed_later_makes_a_message_of_its_own(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATE)
    desk.night(MONDAY)
    desk.deliver(at(MONDAY))
    (sent,) = desk.messages()
    desk.add("1.1-2", due_on=LATE)
    desk.night(TUESDAY)
    assert desk.messages()[0].body == sent.body
    assert "1.1-2" in desk.draft().body
    assert "1.1-1" not in desk.draft().body


# twice is the same as once


def test_composing_twice_is_the_same_as_once(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATER)
    desk.night(MONDAY)
    before, reminders = desk.messages(), desk.reminders()
    assert desk.compose(at(MONDAY, MIDNIGHT)) == Composed(messages=0, withdrawn=0, overtaken=0, unreachable=0)
    assert desk.messages() == before
    assert desk.reminders() == reminders


def test_two_at_once_compose_what_one_would(desk: SmallOffice, migrated_url: str, tmp_path: Path) -> None:
    persons = 12
    with desk.changing():
        for number in range(persons):
            unit = desk.make.add_unit(f"unit-{number}")
            desk.make.add_measure(f"1.1-{number}", due_on=LATE, unit_id=id_of(unit))
    desk.sweep(at(MONDAY, MIDNIGHT))
    workers = 4
    ready = threading.Barrier(workers)
    composed: list[Composed] = []

    def work() -> None:
        place = workplace(open_database(migrated_url), tmp_path)
        ready.wait()
        composed.append(compose(place, at(MONDAY, MIDNIGHT), at(MONDAY, MIDNIGHT)))
        place.engine.dispose()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.messages for one in composed) == [0, 0, 0, persons]
    assert desk.told() == {f"unit-{number}-responsible": [f"1.1-{number}"] for number in range(persons)}
    assert len(desk.messages()) == persons


# what was said before


def test_nothing_reads_all_that_was_ever_said(sqlite: Databases, tmp_path: Path) -> None:
    steps: set[str] = set()

    def explain(_: Any, cursor: Any, statement: str, given: Any, *_more: Any) -> None:
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            one = given[0] if isinstance(given, list) else given
            steps.update(row[3] for row in cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", one))

    with sqlite.copy() as url, opening(url) as engine:
        desk = SmallOffice(engine, tmp_path)
        desk.add("1.1-1", due_on=LATER)
        desk.night(SATURDAY)
        event.listen(engine, "before_cursor_execute", explain)
        desk.leave("bus-responsible", SUNDAY)
        desk.night(MONDAY)
        desk.deliver(at(MONDAY))
    assert "SCAN reminder USING INDEX reminder_unsaid" in steps
    assert not steps & {f"SCAN {table}" for table in ("reminder", "message", "attempt", "ledger")}
