"""Extensions: more time, asked for with a reason and decided by somebody else."""

from datetime import date

from sqlmodel import Session, col, func, select

from models.commands.actor import Actor, Rules
from models.commands.change import change, refuse_done, refuse_occurrence, refuse_untracked
from models.commands.ledger import record_act
from models.commands.term import Due, set_due
from models.commands.watches import arm
from models.extension import Extension
from models.lifecycle import Refused
from models.measure import Measure
from models.queries.measure import find_measure
from models.queries.office import duties_toward, roles_toward
from models.vocabulary import DueBasis, Duty, ExtensionState, FactKind, Role


def ask_extension(
    session: Session, number: str, until: date, reason: str, progress: str, actor: Actor, rules: Rules
) -> Extension:
    """Ask for more time: the unit until the due date, a supervisor after it too, recorded as late.

    Raises `UnknownMeasure`, `Overtaken`, and `Refused` for a stranger, for what is done or has no due date, for an
    earlier date, while another request is open, and beyond the number that the policy allows.
    """
    measure = find_measure(session, number)
    refuse_untracked(session, measure)
    refuse_done(measure)
    refuse_occurrence(measure)
    if measure.due_on is None:
        raise Refused(f"{number} has no due date that could be extended; a supervisor sets one with 'duban due'.")
    late = measure.review_on is None and actor.on > measure.due_on  # while the clock stands nothing is late
    roles = _require_may_ask(session, measure, actor, late)
    if until <= max(measure.due_on, actor.on):
        raise Refused(f"{number} is due on {measure.due_on}; an extension has to lead to a later day than {until}.")
    _refuse_more_than(rules.policy.extensions, session, measure)
    extension = Extension(
        measure_id=measure.id or 0,
        number=1 + session.exec(select(func.count()).where(Extension.measure_id == measure.id)).one(),
        asked_on=actor.on,
        asked_by=actor.person.id or 0,
        due_before=measure.due_on,
        until=until,
        reason=reason,
        progress=progress,
        late=late,
        by_supervisor=Role.SUPERVISOR in roles,
    )
    session.add(extension)
    change(session, measure, actor)
    record_act(
        session,
        FactKind.EXTEND,
        measure,
        actor,
        number=extension.number,
        until=until,
        due_before=measure.due_on,
        reason=reason,
        progress=progress,
        late=late,
    )
    arm(session, measure)
    return extension


def decide_extension(
    session: Session, number: str, *, grant: bool, reason: str, document: str, actor: Actor, rules: Rules
) -> Extension:
    """Grant the open request of a measure, which moves its due date and arms the policy anew, or refuse it.

    Raises `UnknownMeasure`, `Overtaken`, and `Refused` where nothing was asked, for anybody but a supervisor or the
    head who did not ask, and for a day to grant that has passed or would shorten the term.
    """
    measure = find_measure(session, number)
    extension = _open_request(session, measure)
    if extension is None:
        raise Refused(f"Nobody has asked to extend {number}; the unit asks with 'duban extend'.")
    if not duties_toward(session, actor.person, measure, actor.on) & {Duty.SUPERVISOR, Duty.HEAD}:
        raise Refused(f"A supervisor or the head decides on {number}; {actor.person.name} is neither on {actor.on}.")
    if extension.asked_by == actor.person.id:
        raise Refused(f"{actor.person.name} asked to extend {number}; somebody else has to decide.")
    reached = max(measure.due_on or actor.on, actor.on)
    if grant and extension.until <= reached:
        raise Refused(f"{number} cannot be extended until {extension.until}, for {reached} is reached; refuse that.")
    extension.state = ExtensionState.GRANTED if grant else ExtensionState.REFUSED
    extension.decided_on, extension.decided_by = actor.on, actor.person.id
    extension.decision, extension.document = reason, document
    session.add(extension)
    session.flush()
    if grant:
        set_due(session, measure, Due(extension.until, DueBasis.EXTENDED, extension.reason), actor, rules)
    else:
        change(session, measure, actor)
    record_act(
        session,
        FactKind.EXTENSION,
        measure,
        actor,
        number=extension.number,
        granted=grant,
        until=extension.until,
        reason=reason,
        document=document,
    )
    arm(session, measure)
    return extension


def lapse(session: Session, measure: Measure, actor: Actor) -> None:
    """End a request that nobody decided before the measure was done."""
    extension = _open_request(session, measure)
    if extension is None:
        return
    extension.state = ExtensionState.LAPSED
    session.add(extension)
    record_act(session, FactKind.EXTENSION, measure, actor, number=extension.number, lapsed=True)
    session.flush()


def _open_request(session: Session, measure: Measure) -> Extension | None:
    asked = select(Extension).where(Extension.measure_id == measure.id, Extension.state == ExtensionState.ASKED)
    return session.exec(asked).first()


def _require_may_ask(
    session: Session,
    measure: Measure,
    actor: Actor,
    late: bool,  # noqa: FBT001
) -> frozenset[Role]:
    """Return the roles in which a person may ask, or raise `Refused`."""
    roles = roles_toward(session, actor.person, measure, actor.on)
    if late and Role.SUPERVISOR not in roles:
        raise Refused(
            f"{measure.number} was due on {measure.due_on}; after that only a supervisor asks to extend it."
        )
    if not roles & {Role.RESPONSIBLE, Role.SUPERVISOR}:
        raise Refused(
            f"{actor.person.name} has no part in {measure.number} on {actor.on}; its unit asks to extend it."
        )
    return roles


def _refuse_more_than(most: int, session: Session, measure: Measure) -> None:
    states = session.exec(select(col(Extension.state)).where(Extension.measure_id == measure.id)).all()
    if ExtensionState.ASKED in states:
        raise Refused(f"A request to extend {measure.number} is open already; it has to be decided first.")
    if states.count(ExtensionState.GRANTED) >= most:
        raise Refused(f"{measure.number} was extended {most} times, which is all that the policy allows.")
