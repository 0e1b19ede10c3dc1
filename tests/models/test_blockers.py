from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import select

from models.database import writing
from models.lights import Lights
from models.measure import Dependency
from models.queries.blockers import Blocker, blockers, chain
from models.queries.register import Entry, register
from models.vocabulary import Approval, DueBasis, Gate, Resolution, State
from tests.factory import DUE, REGISTERED, RULES, Factory, id_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

DAY = timedelta(days=1)
FINISHED: dict[str, Any] = {"state": State.DONE, "resolution": Resolution.COMPLETED}
PERMIT: dict[str, Any] = {"state": State.AWAITING_APPROVAL, "approval": Approval.PERMIT, "applied_on": DUE}
DIVIDED: dict[str, Any] = {"state": None, "due_on": None, "due_basis": DueBasis.UNSET}


@pytest.fixture
def factory(engine: Engine) -> Iterator[Factory]:
    with writing(engine) as session:
        yield Factory(session)


def entries(factory: Factory) -> list[Entry]:
    return register(factory.session, Lights(7, 15), RULES.calendar, DUE)


def found(factory: Factory) -> list[Blocker]:
    return blockers(factory.session, entries(factory), DUE)


def test_an_open_gate_is_listed_with_all_that_it_holds_up_and_since_when(factory: Factory) -> None:
    one, two, three = (factory.add_measure(f"1.1-{number}") for number in (1, 2, 3))
    road = factory.add_unit("road")
    blocker = factory.add_measure("1.1-4", title="立项", unit_id=id_of(road), **PERMIT)
    factory.add_dependency(one, blocker, Gate.GRANTED)
    factory.add_dependency(two, blocker)
    factory.add_dependency(three, one)  # waits for what waits
    first = found(factory)[0]
    assert first == Blocker(
        number="1.1-4",
        title="立项",
        gate="done or granted",
        hangs_on="road-responsible",
        holds=("1.1-1", "1.1-2", "1.1-3"),
        since=REGISTERED,
        days=(DUE - REGISTERED).days,
    )
    assert [(other.number, other.holds) for other in found(factory)[1:]] == [("1.1-1", ("1.1-3",))]


def test_who_no_longer_waits_counts_neither_as_held_nor_since_when(factory: Factory) -> None:
    done, waiting = factory.add_measure("1.1-1", **FINISHED), factory.add_measure("1.1-2")
    blocker = factory.add_measure("1.1-3")
    factory.add_dependency(done, blocker)
    factory.add_dependency(waiting, blocker, Gate.DONE)
    later = factory.session.exec(select(Dependency).where(Dependency.measure_id == id_of(waiting))).one()
    later.since = DUE - 3 * DAY
    factory.session.flush()
    (only,) = found(factory)
    assert (only.holds, only.since, only.days) == (("1.1-2",), DUE - 3 * DAY, 3)


def test_a_gate_that_has_been_passed_is_not_listed(factory: Factory) -> None:
    measure = factory.add_measure("1.1-1")
    factory.add_dependency(measure, factory.add_measure("1.1-2", **FINISHED))
    factory.add_dependency(measure, factory.add_measure("1.1-3", granted_on=date(2023, 10, 1)), Gate.GRANTED)
    assert found(factory) == []


def test_the_gate_that_holds_up_most_comes_first(factory: Factory) -> None:
    one, two = factory.add_measure("1.1-1"), factory.add_measure("1.1-2")
    small, great = factory.add_measure("1.1-3"), factory.add_measure("1.1-4")
    factory.add_dependency(one, small)
    factory.add_dependency(one, great)
    factory.add_dependency(two, great)
    assert [blocker.number for blocker in found(factory)] == ["1.1-4", "1.1-3"]


def test_a_divided_blocker_holds_up_as_a_whole(factory: Factory) -> None:
    measure = factory.add_measure("1.1-1")
    whole = factory.add_measure("1.1-2", **DIVIDED)
    factory.add_measure("1.1-2a", parent_id=id_of(whole))
    factory.add_dependency(measure, whole)
    (only,) = found(factory)
    assert (only.number, only.holds) == ("1.1-2", ("1.1-1",))


def test_the_chain_of_a_measure_leads_to_all_that_it_waits_for(factory: Factory) -> None:
    buses, bond, papers, plan = (factory.add_measure(f"1.1-{name}") for name in ("buses", "bond", "papers", "plan"))
    factory.add_dependency(buses, bond)
    factory.add_dependency(buses, papers)
    factory.add_dependency(bond, plan)
    factory.add_dependency(papers, plan)
    steps = [(depth, entry.number) for depth, entry in chain(entries(factory), "1.1-buses")]
    assert steps == [(0, "1.1-buses"), (1, "1.1-bond"), (2, "1.1-plan"), (1, "1.1-papers"), (2, "1.1-plan")]


def test_the_chain_of_what_waits_for_nothing_is_itself(factory: Factory) -> None:
    factory.add_measure("1.1-1")
    assert [(depth, entry.number) for depth, entry in chain(entries(factory), "1.1-1")] == [(0, "1.1-1")]
