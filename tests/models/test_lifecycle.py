from __future__ import annotations

import re
from itertools import chain, combinations, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.lifecycle import (
    AWAITING_CLOSEOUT,
    AWAITING_PERMIT,
    DONE,
    IN_PROGRESS,
    PLACES,
    PLANNED,
    TABLE,
    Need,
    Place,
    Refused,
    Transition,
    advance,
    mermaid,
    roll_up,
)
from models.vocabulary import Action, Approval, Role, State

ROOT = Path(__file__).parents[2]

# The table of the design, written down a second time: from, action, to, who, needs, and who must not.
DESIGN = """
planned           | start    | in_progress       | responsible            |                       |
planned           | apply    | awaiting_permit   | responsible            | outside_body document |
in_progress       | apply    | awaiting_permit   | responsible            | outside_body document |
awaiting_permit   | grant    | in_progress       | responsible supervisor | permit                |
awaiting_permit   | refuse   | in_progress       | responsible supervisor | reason                |
in_progress       | submit   | awaiting_closeout | responsible            | evidence              |
awaiting_closeout | approve  | done              | supervisor             |                       | submitter
awaiting_closeout | return   | in_progress       | supervisor             | reason                |
awaiting_permit   | withdraw | in_progress       | submitter              | reason                |
awaiting_closeout | withdraw | in_progress       | submitter              | reason                |
done              | reopen   | in_progress       | supervisor             | reason due_on         |
"""


NAMES = {
    "planned": PLANNED,
    "in_progress": IN_PROGRESS,
    "awaiting_permit": AWAITING_PERMIT,
    "awaiting_closeout": AWAITING_CLOSEOUT,
    "done": DONE,
}


def designed() -> list[Transition]:
    rows = []
    for line in DESIGN.strip().splitlines():
        source, action, target, roles, needs, barred = (cell.strip() for cell in line.split("|"))
        rows.append(
            Transition(
                source=NAMES[source],
                action=Action(action),
                target=NAMES[target],
                roles=frozenset(map(Role, roles.split())),
                needs=frozenset(map(Need, needs.split())),
                barred=frozenset(map(Role, barred.split())),
            )
        )
    return rows


BY_DESIGN = {(row.source, row.action): row for row in designed()}
ROLE_SETS = [
    frozenset(roles) for roles in chain.from_iterable(combinations(Role, size) for size in range(len(Role) + 1))
]
role_sets = st.sampled_from(ROLE_SETS)


@pytest.mark.parametrize(("state", "approval", "action"), list(product(State, [None, *Approval], Action)), ids=str)
def test_every_action_from_every_place_in_every_role_is_what_the_design_says(
    state: State, approval: Approval | None, action: Action
) -> None:
    place = Place(state, approval)
    row = BY_DESIGN.get((place, action))
    for roles in ROLE_SETS:
        if row and roles & row.roles and not roles & row.barred:
            assert advance(place, action, roles) == row
        else:
            with pytest.raises(Refused):
                advance(place, action, roles)


def test_the_table_has_the_rows_of_the_design_and_no_other() -> None:
    assert list(TABLE) == designed()


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_from_every_place_a_measure_can_still_get_to_every_other_but_the_first(place: Place) -> None:
    reached = {place}
    for _ in PLACES:
        reached |= {row.target for row in TABLE if row.source in reached}
    assert reached - {PLANNED} == set(PLACES) - {PLANNED}


def test_an_impossible_action_is_refused_with_what_is_possible() -> None:
    with pytest.raises(Refused) as refusal:
        advance(PLANNED, Action.APPROVE, [Role.SUPERVISOR])
    assert str(refusal.value) == "'approve' is not possible while it is planned; possible: start, apply."


def test_a_wrong_role_is_refused_with_the_right_ones() -> None:
    with pytest.raises(Refused) as refusal:
        advance(AWAITING_PERMIT, Action.GRANT, [Role.SUBMITTER])
    assert str(refusal.value) == "'grant' takes the role responsible or supervisor; the person acting has submitter."


def test_a_stranger_is_refused_as_having_no_role() -> None:
    with pytest.raises(Refused, match=r"takes the role responsible; the person acting has none\."):
        advance(PLANNED, Action.START, [])


def test_who_handed_in_must_not_approve() -> None:
    with pytest.raises(Refused) as refusal:
        advance(AWAITING_CLOSEOUT, Action.APPROVE, [Role.SUPERVISOR, Role.SUBMITTER])
    assert str(refusal.value) == "'approve' must be done by somebody other than the submitter."


def test_a_divided_measure_stands_where_its_least_advanced_part_does() -> None:
    assert roll_up([DONE, AWAITING_CLOSEOUT, IN_PROGRESS, DONE]) == IN_PROGRESS
    assert roll_up([DONE, DONE]) == DONE
    assert roll_up([IN_PROGRESS, PLANNED]) == PLANNED


def test_of_parts_equally_far_the_first_ones_approval_is_shown() -> None:
    assert roll_up([DONE, AWAITING_CLOSEOUT, AWAITING_PERMIT]) == AWAITING_CLOSEOUT


def test_a_divided_measure_without_parts_stands_nowhere() -> None:
    with pytest.raises(ValueError, match="empty"):
        roll_up([])


@given(st.lists(st.sampled_from(PLACES), min_size=1))
def test_no_part_is_less_advanced_than_the_whole(places: list[Place]) -> None:
    order = list(State)
    whole = roll_up(places)
    assert whole in places
    assert all(order.index(whole.state) <= order.index(place.state) for place in places)


def test_the_drawing_shows_every_row_of_the_table_and_no_other() -> None:
    drawn = {
        (NAMES[source], action, NAMES[target])
        for source, target, actions in re.findall(r"(\w+) --> (\w+): (.+)", mermaid())
        for action in actions.split(", ")
    }
    assert drawn == {(row.source, row.action, row.target) for row in designed()}


def test_the_drawing_writes_out_what_is_awaited() -> None:
    labels = re.findall(r'state "(.+)" as (\w+)', mermaid())
    assert {NAMES[name]: label for label, name in labels} == {
        AWAITING_PERMIT: "awaiting_approval (permit)",
        AWAITING_CLOSEOUT: "awaiting_approval (closeout)",
    }


def test_the_drawing_begins_at_planned_and_ends_at_done() -> None:
    lines = mermaid().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert re.findall(r"\[\*\] --> (\w+)", mermaid()) == ["planned"]
    assert re.findall(r"(\w+) --> \[\*\]", mermaid()) == ["done"]


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readme_draws_the_table(readme: str) -> None:
    drawings = re.findall(
        r"^```mermaid\n(.*?)\n```$", (ROOT / readme).read_text("utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    assert drawings == [mermaid()]
