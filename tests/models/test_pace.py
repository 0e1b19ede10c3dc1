from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from models.commands.pace import keep_away, take_turns_at
from models.database import connected, writing
from models.pace import ASTRAY, Pace, next_turns

if TYPE_CHECKING:
    from sqlalchemy import Engine

NOW = datetime(2023, 12, 25, 1, tzinfo=UTC)
PACE = Pace(calls=5, within=timedelta(seconds=16), penalty=timedelta(minutes=10))
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 8)), max_size=30)  # seconds later, so many calls


def keeps_pace(turns: list[datetime], pace: Pace) -> bool:
    """Tell whether no stretch of time sees too many turns."""
    return all(turns[i + pace.calls] - turns[i] >= pace.within for i in range(len(turns) - pace.calls))


@given(SPANS, st.integers(1, 20))
def test_however_often_one_asks_the_turns_keep_the_pace(spans: list[tuple[int, int]], calls: int) -> None:
    pace = Pace(calls, timedelta(seconds=16), MINUTE)
    now, taken = NOW, list[datetime]()
    for later, count in spans:
        now = max(now + later * SECOND, taken[-1] - 10 * MINUTE if taken else now)
        turns = next_turns(pace, taken[-pace.calls :], NOW, now, count)
        assert len(turns) == count
        assert turns[0] >= now
        taken += turns
    assert taken == sorted(taken)
    assert keeps_pace(taken, pace)


def test_the_first_turns_come_at_once_and_the_next_when_the_first_is_over() -> None:
    assert next_turns(PACE, [], NOW, NOW, 6) == [NOW] * 5 + [NOW + PACE.within]


def test_nobody_has_a_turn_while_the_robot_is_closed() -> None:
    assert next_turns(PACE, [], NOW + 10 * MINUTE, NOW, 1) == [NOW + 10 * MINUTE]


def test_what_a_wrong_clock_wrote_far_ahead_is_not_waited_for() -> None:
    astray = NOW + ASTRAY + SECOND
    assert next_turns(PACE, [astray] * 5, astray, NOW, 1) == [NOW]


def take(engine: Engine, robot: str, count: int, now: datetime, patience: timedelta = HOUR) -> list[datetime] | None:
    with writing(engine) as session:
        return take_turns_at(session, robot, PACE, count, now, patience)


def test_turns_are_remembered_from_one_process_to_the_next(engine: Engine) -> None:
    assert [take(engine, "robot", 1, NOW) for _ in range(6)] == [[NOW]] * 5 + [[NOW + PACE.within]]
    assert take(engine, "another", 1, NOW) == [NOW]


def test_a_turn_that_is_too_far_off_is_not_taken(engine: Engine) -> None:
    take(engine, "robot", 5, NOW)
    assert take(engine, "robot", 1, NOW, patience=10 * SECOND) is None
    assert take(engine, "robot", 1, NOW + 10 * SECOND, patience=10 * SECOND) == [NOW + PACE.within]


def test_each_part_of_a_message_has_a_turn_of_its_own(engine: Engine) -> None:
    assert take(engine, "robot", 7, NOW) == [NOW] * 5 + [NOW + PACE.within] * 2


def test_a_robot_that_was_called_too_often_is_left_alone_by_everybody(engine: Engine) -> None:
    with writing(engine) as session:
        keep_away(session, "robot", NOW, PACE.penalty)
    assert take(engine, "robot", 1, NOW + MINUTE) == [NOW + PACE.penalty]


@pytest.mark.parametrize("workers", [4])
def test_many_at_once_keep_one_pace(engine: Engine, workers: int) -> None:
    turns: list[datetime] = []

    def work() -> None:
        with connected(engine) as connection:
            for _ in range(10):
                with connection.begin(), Session(connection) as session:
                    taken = take_turns_at(session, "robot", PACE, 1, NOW, HOUR)
                    session.flush()
                turns.extend(taken or ())

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(turns) == 10 * workers
    assert keeps_pace(sorted(turns), PACE)
