from __future__ import annotations

import pytest
from sqlmodel import Session, select

from models.commands.address import (
    UnknownAddress,
    add_address,
    disable_address,
    disable_refused,
    enable_address,
)
from models.ledger import Fact
from models.office import Person
from models.queries.addresses import dead, out_of_reach
from models.queries.office import UnknownPerson, addresses
from models.vocabulary import FactKind
from tests.factory import AT, DUE, Factory, actor, id_of
from tests.refusals import refused

LI, LOCAL, MAIL = "bus-responsible", ("local", "bus-responsible"), ("mail", "li@office.example")


@pytest.fixture(autouse=True)
def factory(session: Session) -> Factory:
    return Factory(session)


def used(session: Session) -> tuple[str, str] | None:
    """Return the address that the person is reached at."""
    session.flush()
    person = session.exec(select(Person).where(Person.slug == LI)).one()
    address = addresses(session).get(id_of(person))
    return (address.channel, address.target) if address else None


def test_a_further_address_stands_behind_the_first(session: Session) -> None:
    assert add_address(session, LI, *MAIL, "备用", actor(session, LI)).rank == 2
    assert used(session) == LOCAL


def test_a_disabled_address_gives_way_and_comes_back_with_its_rank(session: Session) -> None:
    add_address(session, LI, *MAIL, "备用", actor(session, "bus-supervisor"))
    disable_address(session, LI, *LOCAL, "换号", actor(session, "bus-supervisor"))
    assert used(session) == MAIL
    enable_address(session, LI, *LOCAL, "恢复", actor(session, LI))
    assert used(session) == LOCAL
    told = session.exec(select(Fact.payload).where(Fact.kind == FactKind.ADDRESS)).all()
    assert [next(word for word in ("added", "disabled", "enabled") if f'"{word}"' in one) for one in told] == [
        "added",
        "disabled",
        "enabled",
    ]


def test_who_holds_a_post_and_has_no_address_in_use_is_out_of_reach(session: Session) -> None:
    assert out_of_reach(session, DUE) == []
    disable_address(session, LI, *LOCAL, "换号", actor(session, LI))
    session.flush()
    assert out_of_reach(session, DUE) == [LI]
    assert [(one.person, one.target, one.disabled_because) for one in dead(session)] == [(LI, LOCAL[1], "换号")]


def test_an_address_refused_twice_is_disabled_once(session: Session) -> None:
    person = session.exec(select(Person).where(Person.slug == LI)).one()
    for answer in ("550 gone", "550 still gone"):
        disable_refused(session, id_of(person), *LOCAL, answer, AT)
    assert [one.disabled_because for one in dead(session)] == ["550 gone"]
    assert len(session.exec(select(Fact).where(Fact.kind == FactKind.ADDRESS)).all()) == 1


@pytest.mark.parametrize("change", [add_address, enable_address, disable_address])
def test_a_stranger_changes_no_address(session: Session, change: type) -> None:
    sentence = f"bus-deputy cannot change the addresses of {LI}; that person does, or a supervisor."
    with refused(session, sentence):
        change(session, LI, *LOCAL, "x", actor(session, "bus-deputy"))


def test_what_is_so_already_is_refused(session: Session) -> None:
    by = actor(session, LI)
    with refused(session, f"{LI} has the address local {LI} already."):
        add_address(session, LI, *LOCAL, "x", by)
    with refused(session, f"The address local {LI} is in use already."):
        enable_address(session, LI, *LOCAL, "x", by)
    disable_address(session, LI, *LOCAL, "换号", by)
    with refused(session, f"The address local {LI} is disabled already: 换号"):
        disable_address(session, LI, *LOCAL, "x", by)


def test_an_unknown_person_or_address_is_named(session: Session) -> None:
    by = actor(session, "bus-supervisor")
    with pytest.raises(UnknownPerson, match="No person is called 'nobody'"):
        add_address(session, "nobody", *MAIL, "x", by)
    with pytest.raises(UnknownAddress, match=rf"{LI} has no address mail li@office\.example; 'duban address list"):
        disable_address(session, LI, *MAIL, "x", by)
