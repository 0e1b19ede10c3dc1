from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, update
from sqlmodel import Session, col, select

from models.commands.change import Overtaken
from models.commands.move import Given, move, set_due_date
from models.database import reading, writing
from models.evidence import Evidence
from models.ledger import Fact
from models.lifecycle import (
    AWAITING_CLOSEOUT,
    AWAITING_PERMIT,
    DONE,
    IN_PROGRESS,
    PLANNED,
    TABLE,
    Need,
    Place,
    Refused,
    Transition,
)
from models.measure import Measure
from models.office import Holding, Post
from models.queries.measure import UnknownMeasure, find_measure
from models.vocabulary import Action, DueBasis, EvidenceKind, FactKind, Resolution, Role, State, WatchKind
from models.watch import Watch
from tests.factory import DUE, RULES, Factory, actor, id_of
from tests.refusals import refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.databases import Databases

DAY = timedelta(days=1)
LATER = DUE + 30 * DAY
FULL = Given(reason="原因", outside_body="发改局", document="发改〔2023〕1号", due_on=LATER)
ACTORS = {Role.RESPONSIBLE: "bus-responsible", Role.SUPERVISOR: "bus-supervisor", Role.SUBMITTER: "submitter"}
REMEDIES = {
    Need.OUTSIDE_BODY: ("outside_body", "the outside body (--outside-body)"),
    Need.DOCUMENT: ("document", "a document number or note (--document)"),
    Need.REASON: ("reason", "a reason (--reason)"),
    Need.DUE_ON: ("due_on", "a new due date (--due)"),
    Need.EVIDENCE: (None, "at least one piece of evidence ('duban evidence add')"),
    Need.PERMIT: (None, "the permit as evidence ('duban evidence add --permit')"),
}
NEEDED = [(row, need) for row in TABLE for need in sorted(row.needs)]
NUMBER = "1.1-1"


def name_of(value: object) -> str:
    return f"{value.source} {value.action}" if isinstance(value, Transition) else str(value)


def add_measure_at(factory: Factory, place: Place, *, proven: bool = True) -> Measure:
    """Add a measure that stands at a place, handed in by somebody who is neither its unit nor its supervisor."""
    submitter = factory.add_person("submitter")
    measure = factory.add_measure(
        NUMBER,
        state=place.state,
        approval=place.approval,
        resolution=Resolution.COMPLETED if place == DONE else None,
        applied_on=DUE if place == AWAITING_PERMIT else None,
        submitted_on=DUE if place == AWAITING_CLOSEOUT else None,
        submitter_id=id_of(submitter) if place.approval else None,
    )
    if proven:
        factory.add_evidence(measure, EvidenceKind.WORK)
        factory.add_evidence(measure, EvidenceKind.PERMIT, sha256="1" * 64)
    if place == AWAITING_CLOSEOUT:
        factory.add_submission(measure, "submitter")
    return measure


def facts_of(session: Session, measure: Measure) -> list[tuple[str, dict[str, Any]]]:
    found = session.exec(select(Fact).where(Fact.measure_id == measure.id).order_by(col(Fact.id))).all()
    return [(fact.kind, json.loads(fact.payload)) for fact in found]


def watched(session: Session, measure: Measure) -> set[WatchKind]:
    return {watch.kind for watch in session.exec(select(Watch).where(Watch.measure_id == id_of(measure)))}


@pytest.mark.parametrize("row", TABLE, ids=name_of)
def test_every_action_moves_a_measure_for_every_role_that_may_and_leaves_its_fact(
    session: Session, row: Transition
) -> None:
    factory = Factory(session)
    measure = add_measure_at(factory, row.source)
    for number, role in enumerate(sorted(row.roles)):
        measure.sqlmodel_update({"state": row.source.state, "approval": row.source.approval})
        if row.action is Action.GRANT:  # each rests on a permit of its own
            factory.add_evidence(measure, EvidenceKind.PERMIT, sha256=f"{number + 2}" * 64)
        measure.resolution = Resolution.COMPLETED if row.source == DONE else None
        session.flush()
        version = measure.version
        moved = move(session, NUMBER, row.action, actor(session, ACTORS[role]), FULL, RULES)
        assert moved is measure
        assert measure.place == row.target
        assert measure.version > version
        kind, told = facts_of(session, measure)[-1]
        assert kind == row.action
        assert (told["source"], told["target"]) == (str(row.source), str(row.target))
        assert told["on"] == str(DUE)
    assert [kind for kind, _ in facts_of(session, measure)].count(row.action) == len(row.roles)


@pytest.mark.parametrize("row", TABLE, ids=name_of)
def test_every_action_is_refused_to_everybody_else_and_changes_nothing(session: Session, row: Transition) -> None:
    measure = add_measure_at(Factory(session), row.source)
    before = measure.model_dump()
    for role in set(Role) - row.roles:
        who = actor(session, ACTORS[role])
        with pytest.raises(Refused, match=f"'{row.action}' "):
            move(session, NUMBER, row.action, who, FULL, RULES)
    with pytest.raises(Refused, match="the person acting has none"):
        move(session, NUMBER, row.action, actor(session, "bus-head"), FULL, RULES)
    assert measure.model_dump() == before
    assert facts_of(session, measure) == []


@pytest.mark.parametrize(("row", "need"), NEEDED, ids=name_of)
def test_every_action_is_refused_without_what_it_needs(session: Session, row: Transition, need: Need) -> None:
    argument, remedy = REMEDIES[need]
    measure = add_measure_at(Factory(session), row.source, proven=argument is not None)
    without: dict[str, Any] = {argument: None} if argument else {}
    who = actor(session, ACTORS[min(row.roles)])
    with pytest.raises(Refused) as refusal:
        move(session, NUMBER, row.action, who, replace(FULL, **without), RULES)
    assert str(refusal.value) == f"'{row.action}' of {NUMBER} needs {remedy}."
    assert facts_of(session, measure) == []


def test_all_that_is_missing_is_named_at_once(session: Session) -> None:
    add_measure_at(Factory(session), PLANNED)
    with pytest.raises(Refused) as refusal:
        move(session, NUMBER, Action.APPLY, actor(session, "bus-responsible"), Given(reason=""), RULES)
    assert str(refusal.value) == (
        f"'apply' of {NUMBER} needs a document number or note (--document) and the outside body (--outside-body)."
    )


def test_a_permit_is_no_work_and_work_is_no_permit(session: Session) -> None:
    factory = Factory(session)
    measure = add_measure_at(factory, IN_PROGRESS, proven=False)
    factory.add_evidence(measure, EvidenceKind.PERMIT)
    with pytest.raises(Refused, match="at least one piece of evidence"):
        move(session, NUMBER, Action.SUBMIT, actor(session, "bus-responsible"), FULL, RULES)
    other = factory.add_measure(
        "1.1-2", state=AWAITING_PERMIT.state, approval=AWAITING_PERMIT.approval, applied_on=DUE
    )
    factory.add_evidence(other, EvidenceKind.WORK)
    with pytest.raises(Refused, match="the permit as evidence"):
        move(session, "1.1-2", Action.GRANT, actor(session, "bus-responsible"), FULL, RULES)


def test_another_application_needs_another_permit(session: Session) -> None:
    factory = Factory(session)
    measure = factory.add_measure("1.1-1")
    unit = actor(session, "bus-responsible")
    apply = Given(outside_body="市财政局", document="2023-1")
    move(session, "1.1-1", Action.APPLY, unit, apply, RULES)
    factory.add_evidence(measure, EvidenceKind.PERMIT)
    move(session, "1.1-1", Action.GRANT, unit, Given(), RULES)
    move(session, "1.1-1", Action.APPLY, unit, apply, RULES)
    with refused(session, "'grant' of 1.1-1 needs the permit as evidence ('duban evidence add --permit')."):
        move(session, "1.1-1", Action.GRANT, unit, Given(), RULES)
    factory.add_evidence(measure, EvidenceKind.PERMIT, sha256="1" * 64)
    move(session, "1.1-1", Action.GRANT, unit, Given(), RULES)
    grants = session.exec(select(Fact.payload).where(Fact.kind == FactKind.GRANT).order_by(col(Fact.id))).all()
    assert [json.loads(payload)["permits"] for payload in grants] == [["0" * 64], ["1" * 64]]


def test_a_measure_goes_through_its_whole_life(session: Session) -> None:
    factory = Factory(session)
    measure = add_measure_at(factory, PLANNED)
    unit, supervisor = actor(session, "bus-responsible"), actor(session, "bus-supervisor", DUE + DAY)
    move(session, NUMBER, Action.START, unit, Given(), RULES)
    move(session, NUMBER, Action.APPLY, unit, FULL, RULES)
    assert (measure.outside_body, measure.document, measure.applied_on) == ("发改局", "发改〔2023〕1号", DUE)
    assert watched(session, measure) == {WatchKind.PERMIT, WatchKind.PERMIT_LATE}
    move(session, NUMBER, Action.GRANT, unit, Given(), RULES)
    move(session, NUMBER, Action.SUBMIT, unit, Given(), RULES)
    assert (measure.submitted_on, measure.submitter_id) == (DUE, unit.person.id)
    assert watched(session, measure) == {WatchKind.REVIEW}
    move(session, NUMBER, Action.RETURN, supervisor, Given(reason="不够"), RULES)
    assert (measure.returns, measure.due_on) == (1, DUE)
    assert watched(session, measure) == {WatchKind.DELIVERY}
    move(session, NUMBER, Action.SUBMIT, unit, Given(), RULES)
    move(session, NUMBER, Action.APPROVE, supervisor, Given(), RULES)
    assert (measure.done_on, measure.resolution) == (DUE + DAY, Resolution.COMPLETED)
    assert watched(session, measure) == set()
    move(session, NUMBER, Action.REOPEN, supervisor, Given(reason="回头看", due_on=LATER), RULES)
    assert (measure.done_on, measure.resolution, measure.due_on) == (None, None, LATER)
    assert (measure.due_basis, measure.due_note) == (DueBasis.DECIDED, "回头看")
    assert watched(session, measure) == {WatchKind.DELIVERY}
    kinds = [kind for kind, _ in facts_of(session, measure)]
    assert kinds == ["start", "apply", "grant", "submit", "return", "submit", "sign", "approve", "reopen"]


def test_a_measure_is_not_looked_at_again_on_the_day_of_its_closing(session: Session) -> None:
    add_measure_at(Factory(session), AWAITING_CLOSEOUT)
    with refused(session, f"{NUMBER} cannot be looked at again on the day of its closing; name a later one."):
        move(session, NUMBER, Action.APPROVE, actor(session, "bus-supervisor"), Given(reverify_on=DUE), RULES)


def test_a_measure_may_be_closed_in_another_sense_than_completed(session: Session) -> None:
    measure = add_measure_at(Factory(session), AWAITING_CLOSEOUT)
    move(
        session, NUMBER, Action.APPROVE, actor(session, "bus-supervisor"), Given(resolution=Resolution.MERGED), RULES
    )
    assert measure.resolution is Resolution.MERGED
    assert facts_of(session, measure)[-1][1]["resolution"] == "merged"


def test_who_submitted_does_not_approve_even_as_supervisor(session: Session) -> None:
    factory = Factory(session)
    add_measure_at(factory, IN_PROGRESS)
    both = actor(session, "bus-responsible")
    post = session.exec(select(Post).where(Post.slug == "bus-supervisor")).one()
    factory.hold(post, both.person, since=date(2023, 1, 1))  # took the other post over
    move(session, NUMBER, Action.SUBMIT, both, Given(), RULES)
    with pytest.raises(Refused, match="somebody other than the submitter"):
        move(session, NUMBER, Action.APPROVE, both, Given(), RULES)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("evidence", "evidence added: 证明.pdf (work, 222222222222)"),
        ("permit", "evidence added: 证明.pdf (permit, 000000000000)"),
        ("loss", "evidence gone: 证明.pdf (work, 000000000000)"),
        ("due date", f"due date was {DUE}, is {LATER}"),
        ("title", "title was 措施, is 另一条"),
        ("unit", "unit was 单位bus, is 单位road"),
    ],
)
def test_what_changed_since_it_was_submitted_is_not_approved(session: Session, change: str, said: str) -> None:
    factory = Factory(session)
    measure = add_measure_at(factory, IN_PROGRESS)
    move(session, NUMBER, Action.SUBMIT, actor(session, "bus-responsible"), Given(), RULES)
    supervisor = actor(session, "bus-supervisor")
    match change:
        case "evidence":
            factory.add_evidence(measure, sha256="2" * 64)
        case "permit":
            factory.add_evidence(measure, EvidenceKind.PERMIT)
        case "loss":
            session.delete(session.exec(select(Evidence).where(Evidence.kind == EvidenceKind.WORK)).one())
        case "due date":
            set_due_date(session, NUMBER, LATER, "延期", supervisor, RULES)
        case "title":
            measure.title = "另一条"
        case _:
            measure.unit_id = id_of(factory.add_unit("road"))
            supervisor = actor(session, "road-supervisor")
    session.flush()
    with pytest.raises(Refused) as refusal:
        move(session, NUMBER, Action.APPROVE, supervisor, Given(), RULES)
    assert str(refusal.value) == (
        f"{NUMBER} was changed since it was submitted ({said}); return it to be handed in anew."
    )
    move(session, NUMBER, Action.RETURN, supervisor, Given(reason="有变化"), RULES)
    assert measure.place == IN_PROGRESS


def test_roles_follow_from_the_posts_held_on_the_day(session: Session) -> None:
    factory = Factory(session)
    add_measure_at(factory, PLANNED)
    session.exec(update(Holding).values(until=DUE))
    post = session.exec(select(Post).where(Post.slug == "bus-responsible")).one()
    successor = factory.add_person("successor")
    factory.hold(post, successor, since=DUE, acting=True)
    with pytest.raises(Refused, match="the person acting has none"):
        move(session, NUMBER, Action.START, actor(session, "bus-responsible", DUE), Given(), RULES)
    with pytest.raises(Refused, match="the person acting has none"):
        move(session, NUMBER, Action.START, actor(session, "successor", DUE - DAY), Given(), RULES)
    move(session, NUMBER, Action.START, actor(session, "successor", DUE), Given(), RULES)


def test_a_divided_measure_is_never_moved_by_hand(session: Session) -> None:
    factory = Factory(session)
    whole = factory.add_measure(NUMBER, state=None, due_on=None, due_basis=DueBasis.UNSET)
    for part in ("1.1-1b", "1.1-1a"):
        factory.add_measure(part, parent_id=id_of(whole))
    who = actor(session, "bus-responsible")
    with pytest.raises(Refused, match=r"1\.1-1 is divided; act on its parts: 1\.1-1a, 1\.1-1b\."):
        move(session, NUMBER, Action.START, who, Given(), RULES)


def test_a_standing_measure_is_never_moved(session: Session) -> None:
    Factory(session).add_measure(NUMBER, standing=True)
    with pytest.raises(Refused, match=r"1\.1-1 is a standing duty and never done; act on its occurrences\."):
        move(session, NUMBER, Action.SUBMIT, actor(session, "bus-responsible"), Given(), RULES)


def test_a_measure_that_is_not_there_is_one_sentence(session: Session) -> None:
    Factory(session)
    with pytest.raises(
        UnknownMeasure, match=r"No measure has the number '9\.9-9'; 'duban status --all' lists them\."
    ):
        move(session, "9.9-9", Action.START, actor(session, "bus-responsible"), Given(), RULES)


def test_what_waits_for_a_measure_is_free_once_it_is_done_and_blocked_when_it_is_reopened(session: Session) -> None:
    factory = Factory(session)
    blocker = add_measure_at(factory, AWAITING_CLOSEOUT)
    waiting = factory.add_measure("1.1-2")
    factory.add_dependency(waiting, blocker)
    supervisor = actor(session, "bus-supervisor")
    blocked = []
    for action in (Action.APPROVE, Action.REOPEN):
        move(session, NUMBER, action, supervisor, FULL, RULES)
        blocked.append(session.exec(select(Watch).where(Watch.measure_id == id_of(waiting))).one().blocked)
    assert blocked == [False, True]


def test_a_supervisor_decides_until_when_a_measure_is_due(session: Session) -> None:
    measure = add_measure_at(Factory(session), IN_PROGRESS)
    set_due_date(session, NUMBER, LATER, "县里同意延期", actor(session, "bus-supervisor"), RULES)
    assert (measure.due_on, measure.due_basis, measure.due_note) == (LATER, DueBasis.DECIDED, "县里同意延期")
    ((kind, told),) = facts_of(session, measure)
    assert (kind, told["before"], told["due_on"], told["reason"]) == ("due", str(DUE), str(LATER), "县里同意延期")
    assert [watch.anchor for watch in session.exec(select(Watch))] == [LATER]


@pytest.mark.parametrize(
    ("slug", "given", "sentence"),
    [
        (
            "bus-responsible",
            {},
            "Only a supervisor of 1.1-1 sets its due date; bus-responsible is none on 2023-11-15.",
        ),
        (
            "bus-supervisor",
            {"state": State.DONE, "resolution": Resolution.COMPLETED},
            "1.1-1 is done; reopen it first.",
        ),
        ("bus-supervisor", {"occurs_on": DUE}, "1.1-1 is one occurrence of a standing duty; its day is fixed."),
        ("bus-supervisor", {"standing": True}, "1.1-1 is a standing duty and never done; act on its occurrences."),
    ],
)
def test_a_due_date_is_not_set_by_others_nor_where_there_is_none(
    session: Session, slug: str, given: dict[str, Any], sentence: str
) -> None:
    Factory(session).add_measure(NUMBER, **given)
    with pytest.raises(Refused) as refusal:
        set_due_date(session, NUMBER, LATER, "原因", actor(session, slug), RULES)
    assert str(refusal.value) == sentence


def test_a_move_on_what_was_read_before_a_change_is_overtaken(session: Session) -> None:
    measure = add_measure_at(Factory(session), IN_PROGRESS)
    session.connection().execute(update(Measure).values(version=Measure.version + 1))
    with pytest.raises(Overtaken, match=r"1\.1-1 was changed by somebody else just now; look at it again\."):
        move(session, NUMBER, Action.SUBMIT, actor(session, "bus-responsible"), Given(), RULES)
    assert facts_of(session, measure) == []


def test_of_two_who_move_a_measure_at_once_one_is_refused(engine: Engine) -> None:
    with writing(engine) as session:
        add_measure_at(Factory(session), IN_PROGRESS)

    def submit(_: int) -> str:
        try:
            with writing(engine) as session:
                move(session, NUMBER, Action.SUBMIT, actor(session, "bus-responsible"), Given(), RULES)
        except (Overtaken, Refused) as refusal:
            return type(refusal).__name__
        return "moved"

    with ThreadPoolExecutor() as threads:
        outcomes = list(threads.map(submit, range(4)))
    assert outcomes.count("moved") == 1
    assert set(outcomes) <= {"moved", "Overtaken", "Refused"}
    with reading(engine) as session:
        assert session.exec(select(func.count()).where(Fact.kind == FactKind.SUBMIT)).one() == 1
        assert find_measure(session, NUMBER).version == 2


def test_on_postgresql_the_second_of_two_sessions_is_overtaken(
    postgresql: Databases,
) -> None:
    with postgresql.opened() as engine:
        with writing(engine) as session:
            add_measure_at(Factory(session), IN_PROGRESS)
        with writing(engine) as slow:
            read = find_measure(slow, NUMBER)
            with writing(engine) as quick:
                move(quick, NUMBER, Action.SUBMIT, actor(quick, "bus-responsible"), Given(), RULES)
            assert read.place == IN_PROGRESS
            with pytest.raises(Overtaken):
                move(slow, NUMBER, Action.APPLY, actor(slow, "bus-responsible"), FULL, RULES)
            slow.rollback()
        with reading(engine) as session:
            assert find_measure(session, NUMBER).place == AWAITING_CLOSEOUT


def test_a_move_and_its_fact_and_its_watch_are_written_together_or_not_at_all(engine: Engine) -> None:
    with writing(engine) as session:
        add_measure_at(Factory(session), IN_PROGRESS)

    def move_and_fail() -> None:
        with writing(engine) as session:
            move(session, NUMBER, Action.SUBMIT, actor(session, "bus-responsible"), Given(), RULES)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        move_and_fail()
    with reading(engine) as session:
        measure = find_measure(session, NUMBER)
        assert measure.place == IN_PROGRESS
        assert facts_of(session, measure) == []
        assert watched(session, measure) == {WatchKind.DELIVERY}
