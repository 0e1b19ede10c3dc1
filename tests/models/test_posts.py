from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from models.commands.posts import Handover, UnknownPost, appoint, find_post, hand_over, take_leave, vacate
from models.ledger import Fact
from models.office import Holding, Leave, Post
from models.queries.office import UnknownPerson, find_person, holders
from models.reminder import Reminder
from models.vocabulary import FactKind, Resolution, Slip, State, WatchKind
from tests.factory import DUE, Factory, actor, id_of
from tests.refusals import refused

DAY = timedelta(days=1)
POST = "bus-responsible"
LATER = DUE + 10 * DAY
pytestmark = pytest.mark.usefixtures("factory")


@pytest.fixture
def factory(session: Session) -> Factory:
    factory = Factory(session)
    for slug in ("successor", "b", "c"):
        factory.add_person(slug)
    return factory


def hand(session: Session, to: str = "successor", since: date = LATER, who: str = "bus-supervisor") -> Handover:
    return hand_over(session, POST, to, since, actor(session, who))


def away(
    session: Session, who: str, substitute: str, since: date = DUE, until: date = LATER, by: str | None = None
) -> Leave:
    return take_leave(session, who, substitute, since, until, "年休", actor(session, by or "bus-supervisor"))


def answering(session: Session, on: date, post: str = POST) -> tuple[str, str | None] | None:
    """Return who answers for a post on a day, and whom that stands in for."""
    holder = holders(session, on).get(id_of(find_post(session, post)))
    return (holder.person.slug, holder.absent.slug if holder.absent else None) if holder else None


def last_fact(session: Session, kind: FactKind) -> dict[str, Any]:
    fact = session.exec(select(Fact).where(Fact.kind == kind).order_by(col(Fact.id).desc())).first()
    assert fact is not None
    told: dict[str, Any] = json.loads(fact.payload)
    return told


# a post that changes hands


def test_a_post_is_held_by_its_leaver_until_the_day_and_by_its_successor_from_then_on(session: Session) -> None:
    hand(session)
    assert answering(session, LATER - DAY) == (POST, None)
    assert answering(session, LATER) == ("successor", None)


def test_what_is_pending_goes_along_and_is_counted(session: Session, factory: Factory) -> None:
    factory.add_measure("1.1-1")
    factory.add_measure("1.1-2", state=State.DONE, resolution=Resolution.COMPLETED)
    post = find_post(session, POST)
    for number, said in enumerate((None, 1)):
        reminder = Reminder(
            measure_id=1,
            watch=WatchKind.DELIVERY,
            anchor=DUE,
            step="overdue",
            repetition=number,
            post_id=id_of(post),
            slip=Slip.URGE,
            run_id=1,
            message_id=said,
        )
        session.add(reminder)
    handover = hand(session)
    assert (handover.open_measures, handover.unsaid) == (1, 1)
    assert handover.leaver is not None
    assert (handover.post.slug, handover.leaver.slug, handover.successor.slug) == (POST, POST, "successor")
    assert last_fact(session, FactKind.HAND_OVER) == {
        "on": str(DUE),
        "since": str(LATER),
        "leaver": POST,
        "successor": "successor",
        "open_measures": 1,
        "unsaid": 1,
    }


def test_a_vacant_post_is_taken_without_a_leaver(session: Session) -> None:
    holding = session.exec(select(Holding).where(Holding.post_id == id_of(find_post(session, POST)))).one()
    holding.until = DUE
    session.flush()
    assert answering(session, DUE) is None
    assert hand(session, since=DUE).leaver is None
    assert answering(session, DUE) == ("successor", None)


def test_an_acting_holder_may_take_the_post_for_good(session: Session, factory: Factory) -> None:
    post = find_post(session, POST)
    session.exec(select(Holding).where(Holding.post_id == id_of(post))).one().until = DUE
    factory.hold(post, find_person(session, "successor"), since=DUE - DAY, acting=True)
    assert holders(session, DUE)[id_of(post)].acting
    handover = hand(session, since=DUE)
    assert handover.leaver is not None
    assert handover.leaver.slug == "successor"
    assert not holders(session, DUE)[id_of(post)].acting


def test_a_full_holder_goes_before_an_acting_one(session: Session, factory: Factory) -> None:
    factory.hold(find_post(session, POST), find_person(session, "successor"), acting=True)
    assert answering(session, DUE) == (POST, None)


def test_a_handover_replaces_one_that_was_to_come(session: Session) -> None:
    hand(session, "b", LATER + 5 * DAY)
    hand(session, "c", LATER)
    assert [answering(session, LATER + days * DAY) for days in (-1, 0, 9)] == [(POST, None), ("c", None), ("c", None)]


def test_who_holds_a_post_may_hand_it_over(session: Session) -> None:
    assert hand(session, who=POST).successor.slug == "successor"


def test_a_post_handed_to_nobody_is_refused(session: Session) -> None:
    for nobody in ("", "nobody"):
        with pytest.raises(UnknownPerson, match=rf"No person is called '{nobody}'; 'duban office show' lists them\."):
            hand(session, nobody)
    assert answering(session, LATER) == (POST, None)


def test_a_post_that_is_not_there_is_one_sentence(session: Session) -> None:
    with pytest.raises(UnknownPost, match=r"No post is called 'pier'; 'duban office show' lists them\."):
        hand_over(session, "pier", "successor", LATER, actor(session, "bus-supervisor"))


def test_a_stranger_does_not_hand_a_post_over(session: Session) -> None:
    with refused(session, f"bus-head cannot hand {POST} over; its holder does, or a supervisor."):
        hand(session, who="bus-head")


def test_a_post_is_not_handed_over_on_a_day_gone_by(session: Session) -> None:
    with refused(session, f"{DUE - DAY} has passed on {DUE}; hand {POST} over on a day to come, or today."):
        hand(session, since=DUE - DAY)


def test_a_post_is_not_handed_to_who_holds_it(session: Session) -> None:
    with refused(session, f"{POST} holds {POST} already."):
        hand(session, POST)
    away(session, POST, "b", until=LATER + DAY)
    with refused(session, f"{POST} holds {POST} already."):
        hand(session, POST)


# leave


def test_a_substitute_answers_for_every_post_of_who_is_on_leave_and_only_then(session: Session) -> None:
    away(session, POST, "b", DUE + DAY, LATER)
    days = (DUE, DUE + DAY, LATER - DAY, LATER)
    assert [answering(session, day) for day in days] == [(POST, None), ("b", POST), ("b", POST), (POST, None)]
    told = last_fact(session, FactKind.LEAVE)
    assert (told["absent"], told["substitute"], told["reason"]) == (POST, "b", "年休")


def test_a_substitute_on_leave_is_answered_for_in_turn(session: Session) -> None:
    away(session, POST, "b")
    away(session, "b", "c")
    assert answering(session, DUE) == ("c", POST)


@pytest.mark.parametrize("chain", [["b"], ["b", "c"]])
def test_where_substitutes_lead_in_a_circle_the_holder_answers_after_all(session: Session, chain: list[str]) -> None:
    for who, substitute in zip([POST, *chain], [*chain, POST], strict=True):
        away(session, who, substitute, by="bus-supervisor")
    assert answering(session, DUE) == (POST, None)


def test_a_circle_elsewhere_in_the_chain_leaves_the_holder_too(session: Session) -> None:
    away(session, POST, "b")
    away(session, "b", "c")
    away(session, "c", "b")
    assert answering(session, DUE) == (POST, None)


def test_a_vacant_post_stays_vacant_whoever_is_on_leave(session: Session) -> None:
    post = find_post(session, POST)
    session.exec(select(Holding).where(Holding.post_id == id_of(post))).one().until = DUE
    away(session, POST, "b")
    assert answering(session, DUE) is None


def test_a_person_may_take_leave_without_a_supervisor(session: Session) -> None:
    assert away(session, "b", "c", by="b").reason == "年休"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"who": "b", "substitute": "c", "by": "bus-head"},
            "bus-head cannot put b on leave; that person does, or a supervisor.",
        ),
        (
            {"who": "b", "substitute": "b"},
            f"Leave of b runs from {DUE} or later to a later day, with another substitute.",
        ),
        (
            {"who": "b", "substitute": "c", "since": DUE - DAY},
            f"Leave of b runs from {DUE} or later to a later day, with another substitute.",
        ),
        (
            {"who": "b", "substitute": "c", "until": DUE},
            f"Leave of b runs from {DUE} or later to a later day, with another substitute.",
        ),
    ],
)
def test_leave_that_makes_no_sense_is_refused(session: Session, given: dict[str, Any], sentence: str) -> None:
    with refused(session, sentence):
        away(session, **given)


def test_a_second_leave_at_the_same_time_is_refused(session: Session) -> None:
    away(session, "b", "c", DUE + DAY, DUE + 5 * DAY)
    since, until = DUE + 4 * DAY, DUE + 9 * DAY
    with refused(session, f"b is on leave between {since} and {until} already."):
        away(session, "b", "successor", since, until)
    assert away(session, "b", "successor", DUE + 5 * DAY, until).since == DUE + 5 * DAY


def test_the_name_of_a_post_is_as_good_as_its_slug(session: Session) -> None:
    post = session.exec(select(Post).where(Post.slug == POST)).one()
    post.name = "公交公司经理"
    session.flush()
    assert find_post(session, "公交公司经理") is post


# a post that falls vacant, and who acts for it


def test_a_post_is_vacant_from_the_day_on(session: Session) -> None:
    assert vacate(session, POST, LATER, "调离", actor(session, "bus-supervisor")).slug == POST
    assert answering(session, LATER - DAY) == (POST, None)
    assert answering(session, LATER) is None
    assert last_fact(session, FactKind.VACATE) == {
        "on": str(DUE),
        "leaver": POST,
        "since": str(LATER),
        "reason": "调离",
    }


def test_a_vacant_post_has_an_acting_holder_for_some_days(session: Session) -> None:
    vacate(session, POST, DUE, "调离", actor(session, "bus-supervisor"))
    appoint(session, POST, "b", DUE + DAY, LATER, actor(session, "bus-supervisor"))
    assert [answering(session, day) for day in (DUE, DUE + DAY, LATER)] == [None, ("b", None), None]
    told = last_fact(session, FactKind.APPOINT)
    assert (told["acting"], told["since"], told["until"]) == ("b", str(DUE + DAY), str(LATER))


def test_who_gets_the_post_for_good_ends_the_acting(session: Session) -> None:
    vacate(session, POST, DUE, "调离", actor(session, "bus-supervisor"))
    appoint(session, POST, "b", DUE, None, actor(session, "bus-supervisor"))
    hand(session)
    assert [answering(session, day) for day in (DUE, LATER)] == [("b", None), ("successor", None)]


@pytest.mark.parametrize(
    ("who", "since", "sentence"),
    [
        ("b", LATER, "b cannot hand bus-responsible over; its holder does, or a supervisor."),
        (
            "bus-supervisor",
            DUE - DAY,
            f"{DUE - DAY} has passed on {DUE}; vacate bus-responsible on a day to come, or today.",
        ),
    ],
)
def test_a_post_is_not_vacated_by_a_stranger_nor_in_the_past(
    session: Session, who: str, since: date, sentence: str
) -> None:
    with refused(session, sentence):
        vacate(session, POST, since, "调离", actor(session, who))
    assert answering(session, LATER) == (POST, None)


def test_a_vacant_post_is_not_vacated_again(session: Session) -> None:
    vacate(session, POST, DUE, "调离", actor(session, "bus-supervisor"))
    with refused(session, f"Nobody holds bus-responsible on {LATER}."):
        vacate(session, POST, LATER, "调离", actor(session, "bus-supervisor"))


@pytest.mark.parametrize(
    ("who", "since", "until", "sentence"),
    [
        ("b", DUE, None, f"Only a supervisor appoints for bus-responsible; b is none on {DUE}."),
        (
            "bus-supervisor",
            DUE,
            DUE,
            f"Acting for bus-responsible runs from {DUE} or later to a later day; correct the days.",
        ),
        (
            "bus-supervisor",
            DUE - DAY,
            None,
            f"Acting for bus-responsible runs from {DUE} or later to a later day; correct the days.",
        ),
        (
            "bus-supervisor",
            DUE,
            None,
            f"bus-responsible holds bus-responsible on {DUE}; hand it over, vacate it, or name a substitute.",
        ),
    ],
)
def test_nobody_acts_for_a_post_without_need(
    session: Session, who: str, since: date, until: date | None, sentence: str
) -> None:
    with refused(session, sentence):
        appoint(session, POST, "b", since, until, actor(session, who))
