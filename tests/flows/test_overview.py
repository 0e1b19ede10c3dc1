from __future__ import annotations

from datetime import timedelta

from flows.overview import Overview, overview
from flows.report import report
from flows.rounds import sweep_now
from flows.sweep import Request, Swept
from models.queries.scope import Scope
from models.vocabulary import Duty, Light, MessageState, RunKind
from tests.desk import LATE, MONDAY, SmallOffice, at

MORNING = at(MONDAY)
NIGHTLY = Request(RunKind.NIGHTLY, "schedule", Scope(), MORNING, MORNING)
SWEEP = Request(RunKind.SWEEP, "李", Scope(), MORNING, MORNING)


def seen(desk: SmallOffice, request: Request) -> Overview:
    return overview(desk.place, request, report(request, Swept(), None, None, 0))


def pressing(desk: SmallOffice, request: Request) -> list[str]:
    return [entry.number for entry in seen(desk, request).pressing]


def test_a_night_names_what_is_late_or_blocked_gravest_first(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=MONDAY + timedelta(30))
    desk.add("1.1-2", due_on=LATE)
    desk.add("1.1-3", due_on=MONDAY - timedelta(60))
    desk.add("1.1-4", due_on=MONDAY - timedelta(50))
    assert pressing(desk, NIGHTLY) == ["1.1-3", "1.1-4", "1.1-2"]


def test_a_sweep_names_all_that_it_watches(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=MONDAY + timedelta(30))
    desk.add("1.1-2", due_on=LATE)
    assert pressing(desk, SWEEP) == ["1.1-2", "1.1-1"]
    yellow = Request(RunKind.SWEEP, "李", Scope(light=Light.YELLOW), MORNING, MORNING)
    assert pressing(desk, yellow) == ["1.1-2"]


def test_a_post_that_nobody_holds_is_named_when_something_is_owed_to_it(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATE)
    desk.sweep(MORNING)  # claimed while it was held
    assert seen(desk, NIGHTLY).vacant == ()
    desk.leave(f"bus-{Duty.RESPONSIBLE}", MONDAY)
    assert len(seen(desk, NIGHTLY).vacant) == 1


def test_what_was_refused_within_a_day_is_named(desk: SmallOffice) -> None:
    desk.owe("local", "../elsewhere")
    desk.deliver(MORNING)
    states = [sent.state for sent in seen(desk, NIGHTLY).undelivered]
    assert states == [MessageState.REFUSED]
    later = MORNING + timedelta(days=1, minutes=1)
    assert seen(desk, Request(RunKind.NIGHTLY, "schedule", Scope(), later, later)).undelivered == ()


def test_one_command_goes_through_all_stages(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATE)
    dry = sweep_now(desk.place, SWEEP, dry_run=True)
    assert (dry.run, dry.dry_run, len(dry.would_say)) == (None, True, 1)
    assert desk.messages() == []
    done, again = sweep_now(desk.place, SWEEP), sweep_now(desk.place, SWEEP)
    assert (done.reminders, done.messages, done.accepted) == (1, 1, 1)
    assert (again.reminders, again.messages, again.accepted) == (0, 0, 0)
    assert None not in (done.run, again.run)
