from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.calendar import load_calendar
from models.term import DueSet, Event, Resumed, Suspended, Term, replay, running
from models.vocabulary import DayKind
from models.workdays import Calendar, Span

DAY = timedelta(days=1)
CN = load_calendar("cn")
WORKING, CALENDAR = DayKind.WORKING, DayKind.CALENDAR

kinds = st.sampled_from(DayKind)
gaps = st.integers(0, 40)
limits = st.integers(-20, 120)  # in days from the day of setting; what is imported may be overdue
starts = st.dates(date(2022, 1, 1), date(2023, 6, 30))
stretches = st.builds(
    lambda first, length: frozenset(first + ahead * DAY for ahead in range(length)), starts, st.integers(0, 40)
)
scattered = st.frozensets(st.dates(date(2022, 1, 1), date(2024, 6, 30)), max_size=12)
generated = st.builds(
    lambda off, working: Calendar("any", "0", frozenset({2022, 2023}), off, working - off), stretches, scattered
)
calendars = st.one_of(st.just(CN), generated)


@st.composite
def histories(draw: st.DrawFn, *, extended: bool = True) -> tuple[Event, ...]:
    """A due date, and what may come after it: suspended and resumed in turns, and perhaps extended in between."""
    on = draw(starts)
    events: list[Event] = [DueSet(on, on + draw(limits) * DAY)]
    stands = False
    for gap in draw(st.lists(gaps, max_size=8)):
        on += gap * DAY
        if extended and draw(st.booleans()):
            events.append(DueSet(on, on + draw(limits) * DAY))
        else:
            events.append(Resumed(on) if stands else Suspended(on))
            stands = not stands
    return tuple(events)


def counts(day: date, kind: DayKind, calendar: Calendar) -> bool:
    return kind is CALENDAR or calendar.is_working(day).value


def counted(a: date, b: date, kind: DayKind, calendar: Calendar) -> int:
    """Count the days after `a` up to `b`, one by one; what lies behind counts as minus."""
    if b < a:
        return -counted(b, a, kind, calendar)
    return sum(counts(a + ahead * DAY, kind, calendar) for ahead in range(1, (b - a).days + 1))


def lived(events: tuple[Event, ...], kind: DayKind, calendar: Calendar) -> int:
    """Live through a history day by day with a budget of days, and return what is left of it on its last day."""
    left, stands, today = 0, False, events[0].on
    for event in events:
        while today < event.on:
            today += DAY
            left -= counts(today, kind, calendar) and not stands
        match event:
            case DueSet():
                left = counted(event.on, event.due_on, kind, calendar)
            case Suspended():
                stands = True
            case Resumed():
                stands = False
    return left


def left_after(events: tuple[Event, ...], kind: DayKind, calendar: Calendar) -> int:
    """What a term has left on the day of its last event: stop the clock there, if it runs, and look."""
    on = events[-1].on
    stopped = events if replay(events, kind, calendar).suspended_since else (*events, Suspended(on))
    remaining = replay(stopped, kind, calendar).remaining
    assert remaining is not None
    assert remaining.kind is kind
    return remaining.count


def suspended_at_the_end(events: tuple[Event, ...]) -> tuple[Event, ...]:
    stands = replay(events, CALENDAR, CN).suspended_since is not None
    return events if stands else (*events, Suspended(events[-1].on))


def test_without_a_history_there_is_no_term() -> None:
    assert replay([], WORKING, CN) == Term(None, None, None, provisional=False)
    assert running([], WORKING, CN, date(2023, 6, 21)) == (0, 0)


def test_a_due_date_stands_as_it_was_set() -> None:
    promised = DueSet(date(2023, 5, 4), date(2023, 6, 24))  # a day off, and nobody moves it
    assert replay([promised], WORKING, CN) == Term(date(2023, 6, 24), None, None, provisional=False)


def test_the_due_date_set_last_holds() -> None:
    events: list[Event] = [DueSet(date(2023, 5, 4), date(2023, 6, 30)), DueSet(date(2023, 6, 20), date(2023, 7, 31))]
    assert replay(events, WORKING, CN).due_on == date(2023, 7, 31)


@pytest.mark.parametrize(
    ("kind", "due_on", "since", "until", "moved"),
    [
        # Suspended on Friday evening and resumed on Sunday: no working day was lost.
        (WORKING, date(2023, 5, 31), date(2023, 5, 12), date(2023, 5, 14), date(2023, 5, 31)),
        (CALENDAR, date(2023, 5, 31), date(2023, 5, 12), date(2023, 5, 14), date(2023, 6, 2)),
        # Over Dragon Boat: of 22 to 25 June only Sunday the 25th, made up for, was a working day.
        (WORKING, date(2023, 6, 26), date(2023, 6, 21), date(2023, 6, 25), date(2023, 6, 27)),
        (WORKING, date(2023, 6, 26), date(2023, 6, 21), date(2023, 6, 24), date(2023, 6, 26)),
        # The moved date jumps the holidays too: 28 September, then Saturday and Sunday, 7 and 8 October.
        (WORKING, date(2023, 9, 27), date(2023, 9, 11), date(2023, 9, 14), date(2023, 10, 8)),
        # Over a month's end, in a leap year and in another one.
        (CALENDAR, date(2024, 2, 29), date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 29)),
        (CALENDAR, date(2023, 2, 28), date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 28)),
        (WORKING, date(2023, 3, 31), date(2023, 2, 27), date(2023, 3, 2), date(2023, 4, 6)),
        # Due while it was suspended; and overdue before, by two days, for Saturday the 6th was made up for.
        (WORKING, date(2023, 5, 10), date(2023, 5, 8), date(2023, 5, 31), date(2023, 6, 2)),
        (WORKING, date(2023, 5, 5), date(2023, 5, 8), date(2023, 5, 31), date(2023, 5, 29)),
    ],
)
def test_resuming_moves_the_due_date_by_what_the_clock_stood(
    kind: DayKind, due_on: date, since: date, until: date, moved: date
) -> None:
    events: list[Event] = [DueSet(date(2023, 1, 3), due_on), Suspended(since), Resumed(until)]
    assert replay(events, kind, CN) == Term(moved, None, None, provisional=False)


@pytest.mark.parametrize(
    ("kind", "since", "left"),
    [
        (WORKING, date(2023, 6, 20), "3 working"),  # 21, 25 and 26 June
        (CALENDAR, date(2023, 6, 20), "6 calendar"),
        (WORKING, date(2023, 6, 26), "0 working"),
        (WORKING, date(2023, 6, 27), "-1 working"),
        (CALENDAR, date(2023, 7, 26), "-30 calendar"),
    ],
)
def test_while_it_is_suspended_the_due_date_stays_and_what_is_left_is_kept(
    kind: DayKind, since: date, left: str
) -> None:
    events: list[Event] = [DueSet(date(2023, 5, 4), date(2023, 6, 26)), Suspended(since)]
    assert replay(events, kind, CN) == Term(date(2023, 6, 26), since, Span.parse(left), provisional=False)


def test_a_measure_without_a_due_date_can_be_suspended_and_has_nothing_left() -> None:
    assert replay([Suspended(date(2023, 5, 4))], WORKING, CN) == Term(None, date(2023, 5, 4), None, provisional=False)
    resumed: list[Event] = [Suspended(date(2023, 5, 4)), Resumed(date(2023, 6, 5))]
    assert replay(resumed, WORKING, CN) == Term(None, None, None, provisional=False)


def test_an_extension_during_a_suspension_is_moved_by_the_rest_of_it_only() -> None:
    events: list[Event] = [
        DueSet(date(2023, 5, 4), date(2023, 9, 28)),
        Suspended(date(2023, 9, 25)),
        DueSet(date(2023, 10, 9), date(2023, 10, 31)),
    ]
    since, left = date(2023, 9, 25), Span(16, WORKING)
    assert replay(events, WORKING, CN) == Term(date(2023, 10, 31), since, left, provisional=False)
    events.append(Resumed(date(2023, 10, 16)))  # five working days after the extension
    assert replay(events, WORKING, CN).due_on == date(2023, 11, 7)


def test_a_day_off_added_later_is_neither_lost_nor_gained() -> None:
    events: list[Event] = [
        DueSet(date(2023, 5, 4), date(2023, 11, 30)),
        Suspended(date(2023, 11, 17)),
        Resumed(date(2023, 11, 24)),
    ]
    assert replay(events, WORKING, CN).due_on == date(2023, 12, 7)
    while_it_stood = replace(CN, days_off_local=frozenset({date(2023, 11, 20)}))
    assert replay(events, WORKING, while_it_stood).due_on == date(2023, 12, 6)
    while_it_ran = replace(CN, days_off_local=frozenset({date(2023, 11, 28)}))
    assert replay(events, WORKING, while_it_ran).due_on == date(2023, 12, 7)
    where_it_moves_to = replace(CN, days_off_local=frozenset({date(2023, 12, 4)}))
    assert replay(events, WORKING, where_it_moves_to).due_on == date(2023, 12, 8)


def test_a_term_that_rests_on_a_year_not_decreed_is_provisional_until_the_decree() -> None:
    events: list[Event] = [DueSet(date(2026, 11, 2), date(2026, 12, 30)), Suspended(date(2026, 12, 25))]
    assert not replay(events, WORKING, CN).provisional
    events.append(Resumed(date(2026, 12, 31)))
    assert replay(events, WORKING, CN) == Term(date(2027, 1, 5), None, None, provisional=True)
    decreed = replace(
        CN,
        decreed=CN.decreed | {2027},
        days_off=CN.days_off | {date(2027, 1, day) for day in (1, 2, 3)},
    )
    assert replay(events, WORKING, decreed) == Term(date(2027, 1, 6), None, None, provisional=False)


def test_what_is_left_is_provisional_when_it_rests_on_a_year_not_decreed() -> None:
    ahead: list[Event] = [DueSet(date(2026, 11, 2), date(2027, 1, 29)), Suspended(date(2026, 12, 25))]
    overdue: list[Event] = [DueSet(date(2026, 11, 2), date(2026, 12, 30)), Suspended(date(2027, 1, 5))]
    for events in (ahead, overdue):
        assert replay(events, WORKING, CN).provisional
        assert not replay(events, CALENDAR, CN).provisional


def test_a_provisional_date_stays_provisional_when_it_is_suspended_again() -> None:
    events: list[Event] = [
        DueSet(date(2026, 11, 2), date(2026, 12, 30)),
        Suspended(date(2026, 12, 25)),
        Resumed(date(2026, 12, 31)),
    ]
    due_on = date(2027, 1, 5)
    events.append(Suspended(due_on))  # nothing is left, which rests on no day
    assert replay(events, WORKING, CN) == Term(due_on, due_on, Span(0, WORKING), provisional=True)
    events.append(Resumed(due_on))
    assert replay(events, WORKING, CN) == Term(due_on, None, None, provisional=True)


def test_a_suspension_over_days_not_decreed_is_provisional_even_if_nothing_moves() -> None:
    # Saturday and Sunday, 2 and 3 January 2027: a decree may yet make one of them a working day.
    events: list[Event] = [
        DueSet(date(2026, 11, 2), date(2027, 1, 29)),
        Suspended(date(2027, 1, 1)),
        Resumed(date(2027, 1, 3)),
    ]
    assert replay(events, WORKING, CN) == Term(date(2027, 1, 29), None, None, provisional=True)


def test_a_date_set_anew_is_firm_whatever_the_one_before_rested_on() -> None:
    events: list[Event] = [
        DueSet(date(2026, 11, 2), date(2026, 12, 30)),
        Suspended(date(2026, 12, 25)),
        Resumed(date(2026, 12, 31)),
        DueSet(date(2027, 1, 4), date(2027, 3, 31)),
    ]
    assert replay(events, WORKING, CN) == Term(date(2027, 3, 31), None, None, provisional=False)


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        (
            [Resumed(date(2023, 5, 5))],
            "resumed on 2023-05-05 while the clock ran; only what is suspended can be resumed",
        ),
        (
            [Suspended(date(2023, 5, 5)), Resumed(date(2023, 5, 8)), Resumed(date(2023, 5, 9))],
            "resumed on 2023-05-09 while the clock ran; only what is suspended can be resumed",
        ),
        (
            [Suspended(date(2023, 5, 5)), DueSet(date(2023, 5, 8), date(2023, 6, 1)), Suspended(date(2023, 5, 9))],
            "suspended on 2023-05-09 while the clock stood; resume it first",
        ),
        (
            [DueSet(date(2023, 5, 5), date(2023, 6, 1)), Suspended(date(2023, 5, 4))],
            "2023-05-04 was recorded after 2023-05-05; a history cannot go back in time",
        ),
    ],
)
def test_a_history_that_cannot_be_is_refused_with_a_sentence(events: list[Event], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        replay(events, WORKING, CN)
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        running(events, WORKING, CN, date(2023, 12, 31))


def test_a_day_before_the_last_event_is_refused() -> None:
    events: list[Event] = [DueSet(date(2023, 5, 4), date(2023, 6, 1)), Suspended(date(2023, 5, 9))]
    sentence = "2023-05-08 lies before 2023-05-09, when something was recorded; ask for a later day"
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        running(events, WORKING, CN, date(2023, 5, 8))


def test_a_clock_runs_up_to_the_day_it_is_stopped_and_stands_up_to_the_day_it_is_started() -> None:
    events: list[Event] = [
        DueSet(date(2023, 6, 19), date(2023, 7, 31)),
        Suspended(date(2023, 6, 21)),
        DueSet(date(2023, 6, 23), date(2023, 8, 31)),
        Resumed(date(2023, 6, 26)),
    ]
    assert running(events, WORKING, CN, date(2023, 6, 28)) == (4, 2)  # 20, 21, 27, 28 June; 25, 26
    assert running(events, CALENDAR, CN, date(2023, 6, 28)) == (4, 5)
    assert running(events[:2], CALENDAR, CN, date(2023, 6, 28)) == (2, 7)


@given(histories(), kinds, calendars)
def test_what_is_left_is_what_living_through_it_day_by_day_leaves(
    events: tuple[Event, ...], kind: DayKind, calendar: Calendar
) -> None:
    assert left_after(events, kind, calendar) == lived(events, kind, calendar)


@given(histories(), kinds, calendars, gaps)
def test_running_and_standing_add_up_to_the_calendar(
    events: tuple[Event, ...], kind: DayKind, calendar: Calendar, gap: int
) -> None:
    today = events[-1].on + gap * DAY
    assert sum(running(events, kind, calendar, today)) == counted(events[0].on, today, kind, calendar)


@given(histories(extended=False), kinds, calendars)
def test_until_the_due_date_the_clock_runs_for_as_long_as_was_promised(
    events: tuple[Event, ...], kind: DayKind, calendar: Calendar
) -> None:
    term = replay(events, kind, calendar)
    promised = events[0]
    assert isinstance(promised, DueSet)
    assert term.due_on is not None
    assume(term.suspended_since is None and term.due_on >= events[-1].on)
    limit = counted(promised.on, promised.due_on, kind, calendar)
    assert running(events, kind, calendar, term.due_on)[0] == limit


@given(histories().map(suspended_at_the_end), kinds, calendars, gaps, gaps)
def test_resuming_late_gains_nothing(
    events: tuple[Event, ...], kind: DayKind, calendar: Calendar, soon: int, later: int
) -> None:
    early = Resumed(events[-1].on + soon * DAY)
    late = Resumed(early.on + later * DAY)
    left = left_after(events, kind, calendar)
    assert left_after((*events, early), kind, calendar) == left
    assert left_after((*events, late), kind, calendar) == left


@given(histories(), kinds, calendars, st.integers(0, 8))
def test_a_suspension_that_ends_the_day_it_began_changes_nothing(
    events: tuple[Event, ...], kind: DayKind, calendar: Calendar, where: int
) -> None:
    before, after = events[: where + 1], events[where + 1 :]
    on = before[-1].on
    stands = replay(before, kind, calendar).suspended_since is not None
    pause = (Resumed(on), Suspended(on)) if stands else (Suspended(on), Resumed(on))
    paused, today = (*before, *pause, *after), events[-1].on
    term = replay(events, kind, calendar)
    assert replace(replay(paused, kind, calendar), suspended_since=term.suspended_since) == term
    assert running(paused, kind, calendar, today) == running(events, kind, calendar, today)


@given(starts, limits, kinds, calendars, st.tuples(gaps, gaps, gaps, gaps))
def test_two_suspensions_move_as_much_as_one_of_their_summed_length(
    on: date, limit: int, kind: DayKind, calendar: Calendar, lengths: tuple[int, int, int, int]
) -> None:
    ran, first, between, second = lengths
    promised = DueSet(on, on + limit * DAY)
    since = on + ran * DAY
    until = calendar.shift(since, Span(first, kind)).value
    again = until + between * DAY
    finally_until = calendar.shift(again, Span(second, kind)).value
    in_one = calendar.shift(since, Span(first + second, kind)).value
    two = replay(
        (promised, Suspended(since), Resumed(until), Suspended(again), Resumed(finally_until)), kind, calendar
    )
    assert two.due_on == replay((promised, Suspended(since), Resumed(in_one)), kind, calendar).due_on


@given(starts, st.tuples(limits, limits), kinds, calendars, st.tuples(gaps, gaps, gaps))
def test_an_extension_during_a_suspension_counts_from_the_day_it_was_set(
    on: date, limit: tuple[int, int], kind: DayKind, calendar: Calendar, lengths: tuple[int, int, int]
) -> None:
    ran, stood, rest = lengths
    since = on + ran * DAY
    decided = since + stood * DAY
    extension, resumed = DueSet(decided, decided + limit[1] * DAY), Resumed(decided + rest * DAY)
    across = (DueSet(on, on + limit[0] * DAY), Suspended(since), extension, resumed)
    afresh = (extension, Suspended(decided), resumed)
    assert replay(across, kind, calendar) == replay(afresh, kind, calendar)


@given(histories(), kinds, calendars, scattered, scattered)
def test_editing_the_calendar_equals_having_had_it_from_the_start(
    events: tuple[Event, ...], kind: DayKind, before: Calendar, off: frozenset[date], worked: frozenset[date]
) -> None:
    edited = replace(before, days_off_local=off, working_local=worked - off)
    from_the_start = replace(
        before,
        days_off=(before.days_off - worked) | off,
        make_up_days=(before.make_up_days - off) | (worked - off),
    )
    assert replay(events, kind, edited) == replay(events, kind, from_the_start)
    assert left_after(events, kind, edited) == lived(events, kind, from_the_start)


@given(histories(), calendars, st.integers(1, 60), st.integers(1, 60))
def test_days_that_a_term_does_not_rest_on_may_change_as_they_like(
    events: tuple[Event, ...], calendar: Calendar, back: int, ahead: int
) -> None:
    term = replay(events, WORKING, calendar)
    dates = [event.on for event in events] + [event.due_on for event in events if isinstance(event, DueSet)]
    assert term.due_on is not None
    outside = {min(*dates, term.due_on) - back * DAY, max(*dates, term.due_on) + ahead * DAY}
    off = replace(calendar, days_off_local=frozenset(outside))
    worked = replace(calendar, working_local=frozenset(outside))
    assert replay(events, WORKING, off) == term == replay(events, WORKING, worked)


@given(histories(), calendars)
def test_a_due_date_that_working_days_have_moved_is_a_working_day(
    events: tuple[Event, ...], calendar: Calendar
) -> None:
    set_on = {event.due_on for event in events if isinstance(event, DueSet)}
    due_on = replay(events, WORKING, calendar).due_on
    assert due_on is not None
    assert due_on in set_on or calendar.is_working(due_on).value


@given(histories(), calendars)
def test_calendar_days_are_certain_in_any_year(events: tuple[Event, ...], calendar: Calendar) -> None:
    assert not replay(events, CALENDAR, calendar).provisional
