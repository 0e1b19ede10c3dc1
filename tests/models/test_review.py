from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from models.closeout import Closeout
from models.commands.actor import Rules
from models.commands.move import Given, move
from models.commands.review import open_submission
from models.ledger import Fact
from models.lifecycle import AWAITING_CLOSEOUT, DONE, IN_PROGRESS
from models.measure import Measure
from models.office import Post
from models.submission import Signature, Submission
from models.vocabulary import Action, Duty, FactKind, WatchKind
from models.watch import Watch
from tests.factory import DUE, RULES, Factory, actor
from tests.refusals import refused

DAY = timedelta(days=1)
LATER = DUE + 30 * DAY
NUMBER = "1.1-1"
SUPERVISOR, HEAD = Duty.SUPERVISOR, Duty.HEAD


def signed_by(*duties: Duty, in_order: bool = True) -> Rules:
    """Return the rules with a close-out that takes the signatures of these duties."""
    return replace(RULES, policy=replace(RULES.policy, closeout=Closeout(duties, in_order)))


BOTH = signed_by(SUPERVISOR, HEAD)
EITHER_FIRST = signed_by(SUPERVISOR, HEAD, in_order=False)


@pytest.fixture
def measure(factory: Factory) -> Measure:
    measure = factory.add_measure(NUMBER)
    factory.add_evidence(measure)
    return measure


def act(session: Session, action: Action, who: str, on: date = DUE, rules: Rules = RULES, **given: Any) -> Measure:
    return move(session, NUMBER, action, actor(session, who, on), Given(**given), rules)


def submit(session: Session, on: date = DUE, who: str = "bus-responsible") -> Submission:
    return open_submission(session, act(session, Action.SUBMIT, who, on))


def facts(session: Session, kind: FactKind) -> list[dict[str, Any]]:
    found = session.exec(select(Fact).where(Fact.kind == kind).order_by(col(Fact.id))).all()
    return [json.loads(fact.payload) for fact in found]


def watched(session: Session) -> dict[WatchKind, date]:
    return {watch.kind: watch.anchor for watch in session.exec(select(Watch)).all()}


def test_what_is_handed_in_is_frozen_with_its_hash(session: Session, measure: Measure) -> None:
    submission = submit(session)
    assert json.loads(submission.content) == {
        "number": NUMBER,
        "title": "措施",
        "unit": "单位bus",
        "due date": str(DUE),
        "evidence": {"证明.pdf (work, 000000000000)": "0" * 64},
    }
    assert (submission.number, submission.outcome, len(submission.sha256)) == (1, None, 64)
    assert submission.submitted_by == measure.submitter_id


def test_an_approval_names_the_submission_by_its_hash_or_the_beginning_of_it(
    session: Session, measure: Measure
) -> None:
    submission = submit(session)
    sentence = f"{NUMBER} was handed in as {submission.sha256[:12]}, not as 000000; look at it again."
    with refused(session, sentence):
        act(session, Action.APPROVE, "bus-supervisor", sha256="000000")
    act(session, Action.APPROVE, "bus-supervisor", sha256=submission.sha256[:8])
    assert measure.place == DONE
    assert (submission.outcome, submission.ended_on) == (Action.APPROVE, DUE)


def test_the_same_content_handed_in_twice_has_the_same_hash(session: Session, measure: Measure) -> None:
    first = submit(session)
    act(session, Action.RETURN, "bus-supervisor", reason="不够")
    again = submit(session)
    assert (first.sha256, again.number, measure.returns) == (again.sha256, 2, 1)


def test_a_signature_is_a_fact_with_the_hash(session: Session, measure: Measure) -> None:
    submission = submit(session)
    act(session, Action.APPROVE, "bus-supervisor", rules=BOTH)
    told = {"on": str(DUE), "duty": "supervisor", "sha256": submission.sha256, "awaited": ["head"]}
    assert facts(session, FactKind.SIGN) == [told]
    assert (measure.place, facts(session, FactKind.APPROVE)) == (AWAITING_CLOSEOUT, [])


def test_with_two_signatures_in_order_the_second_is_awaited_from_the_day_of_the_first(
    session: Session, measure: Measure
) -> None:
    submit(session)
    with refused(session, f"{NUMBER} awaits the signature of the supervisor, not of bus-head."):
        act(session, Action.APPROVE, "bus-head", rules=BOTH)
    act(session, Action.APPROVE, "bus-supervisor", DUE + DAY, rules=BOTH)
    assert watched(session) == {WatchKind.COUNTERSIGN: DUE + DAY}
    with refused(session, f"{NUMBER} awaits the signature of the head, not of bus-supervisor."):
        act(session, Action.APPROVE, "bus-supervisor", DUE + DAY, rules=BOTH)
    act(session, Action.APPROVE, "bus-head", DUE + 2 * DAY, rules=BOTH)
    assert (measure.place, measure.done_on, watched(session)) == (DONE, DUE + 2 * DAY, {})


def test_with_two_signatures_in_any_order_whoever_is_missing_is_awaited(session: Session, measure: Measure) -> None:
    submit(session)
    act(session, Action.APPROVE, "bus-head", rules=EITHER_FIRST)
    assert watched(session) == {WatchKind.REVIEW: DUE}
    act(session, Action.APPROVE, "bus-supervisor", rules=EITHER_FIRST)
    assert measure.place == DONE


def test_the_special_bond_takes_two_signatures_by_the_shipped_policy(session: Session, measure: Measure) -> None:
    measure.topics = "bus-purchase special-bond"
    submit(session)
    act(session, Action.APPROVE, "bus-supervisor")
    assert measure.place == AWAITING_CLOSEOUT
    act(session, Action.APPROVE, "bus-head")
    assert measure.place == DONE


def test_one_person_does_not_sign_twice_whatever_posts_he_holds(
    session: Session, factory: Factory, measure: Measure
) -> None:
    person = actor(session, "bus-supervisor").person
    factory.hold(session.exec(select(Post).where(Post.slug == "bus-head")).one(), person, since=date(2023, 1, 1))
    submit(session)
    act(session, Action.APPROVE, "bus-supervisor", rules=BOTH)
    sentence = f"bus-supervisor has signed for {NUMBER}; somebody else has to sign as head."
    with refused(session, sentence):
        act(session, Action.APPROVE, "bus-supervisor", rules=BOTH)
    assert len(session.exec(select(Signature)).all()) == 1
    assert measure.place == AWAITING_CLOSEOUT


@pytest.mark.parametrize("post", ["bus-supervisor", "bus-head"])
def test_nobody_approves_his_own_submission_from_any_post(
    session: Session, factory: Factory, measure: Measure, post: str
) -> None:
    person = actor(session, "bus-responsible").person
    factory.hold(session.exec(select(Post).where(Post.slug == post)).one(), person, since=date(2023, 1, 1))
    submit(session)
    with refused(session, "'approve' must be done by somebody other than the submitter."):
        act(session, Action.APPROVE, "bus-responsible", rules=EITHER_FIRST)
    assert measure.place == AWAITING_CLOSEOUT


@pytest.mark.parametrize("who", ["bus-deputy", "bus-inspection", "bus-head"])
def test_who_is_not_asked_to_sign_neither_approves_nor_returns(session: Session, measure: Measure, who: str) -> None:
    submit(session)
    for action in (Action.APPROVE, Action.RETURN):
        with refused(session, f"'{action}' takes the role supervisor; the person acting has none."):
            act(session, action, who, reason="x")
    assert measure.place == AWAITING_CLOSEOUT


def test_a_head_whose_signature_is_wanted_may_return_it_and_both_sign_anew(
    session: Session, measure: Measure
) -> None:
    submit(session)
    act(session, Action.APPROVE, "bus-supervisor", rules=BOTH)
    act(session, Action.RETURN, "bus-head", rules=BOTH, reason="照片不清")
    assert (measure.place, measure.returns, measure.head_alone_since) == (IN_PROGRESS, 1, None)
    assert watched(session) == {WatchKind.DELIVERY: DUE}
    submit(session, DUE + DAY)
    act(session, Action.APPROVE, "bus-supervisor", DUE + DAY, rules=BOTH)
    assert measure.place == AWAITING_CLOSEOUT
    act(session, Action.APPROVE, "bus-head", DUE + DAY, rules=BOTH)
    assert measure.place == DONE


@pytest.mark.parametrize("duties", [(HEAD,), (HEAD, SUPERVISOR)])
def test_a_supervisor_whose_signature_is_not_awaited_is_not_chased(
    session: Session, measure: Measure, duties: tuple[Duty, ...]
) -> None:
    rules = signed_by(*duties)
    act(session, Action.SUBMIT, "bus-responsible", rules=rules)
    assert watched(session) == {WatchKind.COUNTERSIGN: DUE}
    act(session, Action.APPROVE, "bus-head", DUE + 30 * DAY, rules=rules)
    assert measure.place == (DONE if duties == (HEAD,) else AWAITING_CLOSEOUT)


def test_a_supervisor_who_signs_last_is_chased_from_the_day_it_came_to_him(
    session: Session, measure: Measure
) -> None:
    rules = signed_by(HEAD, SUPERVISOR)
    act(session, Action.SUBMIT, "bus-responsible", rules=rules)
    act(session, Action.APPROVE, "bus-head", LATER, rules=rules)
    (watch,) = session.exec(select(Watch).where(Watch.measure_id == measure.id)).all()
    assert (watch.kind, watch.anchor, watch.looked_on) == (WatchKind.REVIEW, DUE, LATER)


def test_what_changed_between_two_signatures_voids_the_first_one_too(
    session: Session, factory: Factory, measure: Measure
) -> None:
    submit(session)
    act(session, Action.APPROVE, "bus-supervisor", rules=BOTH)
    factory.add_evidence(measure, sha256="2" * 64)
    sentence = (
        f"{NUMBER} was changed since it was submitted (evidence added: 证明.pdf (work, 222222222222)); "
        "return it to be handed in anew."
    )
    with refused(session, sentence):
        act(session, Action.APPROVE, "bus-head", rules=BOTH)


def test_returning_counts_restarts_the_review_clock_and_keeps_the_due_date(
    session: Session, measure: Measure
) -> None:
    submit(session)
    assert watched(session) == {WatchKind.REVIEW: DUE}
    act(session, Action.RETURN, "bus-supervisor", DUE + 2 * DAY, reason="不够")
    submit(session, DUE + 7 * DAY)
    assert watched(session) == {WatchKind.REVIEW: DUE + 7 * DAY}
    assert (measure.returns, measure.due_on) == (1, DUE)
    outcomes = [row.outcome for row in session.exec(select(Submission).order_by(col(Submission.id)))]
    assert outcomes == [Action.RETURN, None]


def test_who_submitted_may_withdraw_it_and_hand_it_in_again(session: Session, measure: Measure) -> None:
    first = submit(session)
    act(session, Action.WITHDRAW, "bus-responsible", DUE + DAY, reason="补材料")
    assert (first.outcome, first.ended_on, measure.returns) == (Action.WITHDRAW, DUE + DAY, 0)
    assert submit(session, DUE + DAY).number == 2


def test_what_was_withdrawn_or_returned_is_not_approved(session: Session, measure: Measure) -> None:
    submit(session)
    act(session, Action.WITHDRAW, "bus-responsible", reason="补材料")
    possible = "'approve' is not possible while it is in_progress; possible: apply, submit."
    with refused(session, possible):
        act(session, Action.APPROVE, "bus-supervisor")
    assert measure.place == IN_PROGRESS


def test_reopening_names_the_closing_it_undoes(session: Session, measure: Measure) -> None:
    submission = submit(session)
    act(session, Action.APPROVE, "bus-supervisor", DUE + DAY, reverify_on=LATER)
    act(session, Action.REOPEN, "bus-supervisor", LATER, reason="问题反弹", due_on=LATER + 30 * DAY)
    (told,) = facts(session, FactKind.REOPEN)
    assert (told["closed_on"], told["submission"], told["sha256"]) == (str(DUE + DAY), 1, submission.sha256)
    assert (measure.done_on, measure.resolution, measure.reverify_on) == (None, None, None)
    assert watched(session) == {WatchKind.DELIVERY: LATER + 30 * DAY}


def test_what_was_done_before_it_was_registered_is_reopened_without_a_closing_to_name(
    session: Session, factory: Factory
) -> None:
    measure = factory.add_measure(NUMBER, state=DONE.state, resolution="completed")
    act(session, Action.REOPEN, "bus-supervisor", reason="问题反弹", due_on=LATER)
    (told,) = facts(session, FactKind.REOPEN)
    assert (told["closed_on"], told["submission"], told["sha256"]) == (None, None, None)
    assert measure.place == IN_PROGRESS


def test_reopening_does_not_take_a_permit_back(session: Session, measure: Measure) -> None:
    measure.granted_on = DUE - DAY
    session.flush()
    submit(session)
    act(session, Action.APPROVE, "bus-supervisor")
    act(session, Action.REOPEN, "bus-supervisor", reason="问题反弹", due_on=LATER)
    assert measure.granted_on == DUE - DAY


@pytest.mark.parametrize(
    ("action", "given"),
    [
        (Action.REOPEN, {"reason": "x", "due_on": DUE - DAY}),
        (Action.APPROVE, {"reverify_on": DUE - DAY}),
    ],
)
def test_a_date_in_the_past_is_refused(
    session: Session, measure: Measure, action: Action, given: dict[str, Any]
) -> None:
    submit(session)
    if action is Action.REOPEN:
        act(session, Action.APPROVE, "bus-supervisor")
    with refused(session, f"{DUE - DAY} has passed on {DUE}; '{action}' of {NUMBER} needs a day to come."):
        act(session, action, "bus-supervisor", **given)
    assert measure.number == NUMBER


@pytest.mark.parametrize(
    ("signed", "in_order", "awaited"),
    [
        ((), True, (SUPERVISOR,)),
        ((SUPERVISOR,), True, (HEAD,)),
        ((), False, (SUPERVISOR, HEAD)),
        ((HEAD,), False, (SUPERVISOR,)),
        ((SUPERVISOR, HEAD), True, ()),
        ((SUPERVISOR, HEAD), False, ()),
    ],
)
def test_who_may_sign_now_follows_from_who_has(
    signed: tuple[Duty, ...], awaited: tuple[Duty, ...], *, in_order: bool
) -> None:
    assert Closeout((SUPERVISOR, HEAD), in_order).awaited(signed) == awaited
