from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from flows.sweep import dry_run, sweep
from models.commands.runs import OutOfOrder
from models.database import reading, writing
from models.ladder import Ladder
from models.measure import Measure
from models.queries.scope import Scope, UnknownScope
from models.vocabulary import Duty, Light, State, WatchKind
from models.workdays import Span
from tests.factory import Factory, id_of
from tests.owed import (
    CALENDAR,
    DAY,
    NIGHT,
    POLICY,
    ZONE,
    content,
    dry,
    moment,
    owed_by_the_rule,
    recorded,
    request,
    said,
    swept,
    withheld,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

SCOPES: list[tuple[Scope, Callable[[Measure], bool]]] = [
    (Scope(unit="road"), lambda measure: measure.unit_id == 2),
    (Scope(unit="单位road"), lambda measure: measure.unit_id == 2),
    (Scope(unit="公路所"), lambda measure: measure.unit_id == 2),
    (Scope(state=State.AWAITING_APPROVAL), lambda measure: measure.state is State.AWAITING_APPROVAL),
    (Scope(finding="1.2"), lambda measure: measure.number.startswith("1.2")),
    (Scope(topic="road"), lambda measure: "road" in measure.topics.split()),
    (Scope(topic="party-dues"), lambda measure: measure.topics == "party-dues"),
    *(
        (Scope(light=light), lambda measure, light=light: POLICY.lights.of(measure.due_on, NIGHT) is light)
        for light in Light
    ),
    (
        Scope(unit="bus", light=Light.RED, finding="1.1", state=State.IN_PROGRESS),
        lambda measure: measure.number in {"1.1-due-60", "1.1-due-40", "1.1-part", "1.1-blocked"},
    ),
]


@pytest.mark.parametrize(
    ("scope", "within"), SCOPES, ids=lambda value: str(value) if isinstance(value, Scope) else ""
)
def test_a_scope_takes_what_is_within_it_and_leaves_the_rest_to_the_next(
    register: Engine, scope: Scope, within: Callable[[Measure], bool]
) -> None:
    owed = owed_by_the_rule(register)
    swept(register, scope=scope)
    with reading(register) as session:
        inside = {measure.number for measure in session.exec(select(Measure)) if within(measure)}
    assert recorded(register) == Counter(one for one in owed.elements() if one.measure in inside)
    swept(register)
    assert recorded(register) == owed


@pytest.mark.parametrize(
    "scope", [Scope(), *(scope for scope, _ in SCOPES)], ids=lambda scope: str(scope).replace(" ", ",")
)
def test_a_dry_run_leaves_no_trace_and_says_what_the_next_run_then_does(register: Engine, scope: Scope) -> None:
    before = content(register)
    would = dry(register, scope=scope)
    assert content(register) == before
    does = swept(register, scope=scope)
    done = recorded(register)
    assert Counter((line.measure, line.post, line.step) for line in would.would_say) == Counter(
        (one.measure, one.post, one.step) for one in said(done).elements()
    )
    assert Counter((line.measure, line.post, line.step) for line in would.would_withhold) == Counter(
        (one.measure, one.post, one.step) for one in withheld(done).elements()
    )
    assert (would.examined, would.due, would.situations) == (does.examined, does.due, does.situations)
    assert (would.run, would.reminders, would.withheld) == (None, 0, 0)


def test_a_dry_run_after_the_sweep_would_say_nothing(register: Engine) -> None:
    swept(register)
    would = dry(register)
    assert (would.would_say, would.would_withhold) == ([], [])


def test_what_was_said_before_a_policy_moved_its_day_is_not_said_again(engine: Engine) -> None:
    with writing(engine) as session:
        Factory(session).add_measure("1.1-1", due_on=NIGHT - DAY)
    swept(engine)
    steps = POLICY.ladders[WatchKind.DELIVERY].steps
    moved = [replace(step, offset=Span.parse("2 working")) if step.name == "overdue" else step for step in steps]
    ladders = {**POLICY.ladders, WatchKind.DELIVERY: Ladder(tuple(moved))}
    later = replace(POLICY, version="2", ladders=ladders)
    would = dry_run(engine, later, CALENDAR, ZONE, request(NIGHT + DAY))
    does = sweep(engine, later, CALENDAR, ZONE, request(NIGHT + DAY))
    assert (would.due, would.would_say) == (1, [])
    assert (does.due, does.reminders) == (1, 0)


def test_a_dry_run_says_to_whom_and_why_and_why_not(engine: Engine) -> None:
    with writing(engine) as session:
        factory = Factory(session)
        road = factory.add_unit("road", vacant=[Duty.DEPUTY])
        factory.add_measure("1.1-1", due_on=NIGHT - 10 * DAY, unit_id=id_of(road))
    would = dry(engine)
    assert [(line.post, line.person, line.step, line.reason) for line in would.would_say] == [
        *(
            (
                "road-responsible",
                "road-responsible",
                "overdue-deputy",
                "delivery counted from 2023-12-15, 10 days past",
            ),
        ),
        *(("road-head", "road-head", "overdue-deputy", "delivery counted from 2023-12-15, 10 days past"),),
    ]
    assert [(line.post, line.person, line.step, line.reason) for line in would.would_withhold] == [
        *(
            ("road-responsible", "road-responsible", step, "folded into a later step for the same post")
            for step in ("due-next", "due-soon", "overdue")
        ),
        ("road-deputy", None, "overdue-deputy", "nobody holds the post"),
    ]


def test_an_unknown_part_of_the_register_is_one_sentence_and_no_run(register: Engine) -> None:
    before = content(register)
    for scope, sentence in (
        (Scope(unit="ship"), "No unit is called 'ship'; 'duban office show' lists them."),
        (Scope(finding="9.9"), "No finding has the number '9.9'; 'duban status --all' lists them."),
        (
            Scope(topic="ship"),
            "No measure carries the topic 'ship'; known: bus-purchase, party-dues, road, special-bond.",
        ),
    ):
        for act in (swept, dry):
            with pytest.raises(UnknownScope) as refusal:
                act(register, scope=scope)
            assert str(refusal.value) == sentence
    assert content(register) == before


def test_a_run_as_of_a_moment_before_the_last_one_is_refused(register: Engine) -> None:
    swept(register)
    before = content(register)
    for act in (swept, dry):
        with pytest.raises(OutOfOrder) as refusal:
            act(register, NIGHT - DAY)
        assert str(refusal.value) == (
            "--as-of 2023-12-24T00:30:00+08:00 lies before the last run, which was as of 2023-12-24T16:30:00+00:00; "
            "give that moment or a later one."
        )
    assert content(register) == before


def test_a_clock_that_went_backwards_is_refused(register: Engine) -> None:
    swept(register)
    before = content(register)
    with pytest.raises(OutOfOrder, match="set this machine's clock right"):
        swept(register, now=moment(NIGHT, time(0, 25)))
    assert content(register) == before


def test_clocks_of_two_machines_may_differ_by_minutes(register: Engine) -> None:
    swept(register)
    assert swept(register, now=moment(NIGHT, time(0, 27))).reminders == 0


def test_two_may_read_the_clock_in_one_order_and_begin_in_the_other(register: Engine) -> None:
    owed = owed_by_the_rule(register)
    swept(register, as_of=moment(NIGHT, time(0, 31)), now=moment(NIGHT, time(0, 31)), scope=Scope(unit="road"))
    swept(register, as_of=moment(NIGHT, time(0, 30)), now=moment(NIGHT, time(0, 30)))
    assert recorded(register) == owed
