"""Extensions: more time, asked for with a reason and decided by somebody else."""

from datetime import date

from sqlmodel import Session, col, func, select

from models.commands.actor import Actor, Rules
from models.commands.change import change, refuse_done, refuse_untracked
from models.commands.ledger import record
from models.commands.term import set_due
from models.commands.watches import arm
from models.extension import Extension
from models.lifecycle import Refused
from models.measure import Measure
from models.queries.measure import find_measure
from models.queries.office import roles_toward
from models.vocabulary import DueBasis, ExtensionState, FactKind, Role


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
    if measure.due_on is None or measure.occurs_on is not None:
        raise Refused(f"{number} has no due date that could be extended; a supervisor sets one with 'duban due'.")
    late = actor.on > measure.due_on
    _require_may_ask(session, measure, actor, late)
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
    )
    session.add(extension)
    change(session, measure, actor)
    record(
        session,
        FactKind.EXTEND,
        actor.at,
        measure_id=measure.id,
        person_id=actor.person.id,
        on=actor.on,
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

    Raises `UnknownMeasure`, `Overtaken`, and `Refused` where nothing was asked, and for anybody but a supervisor
    other than the one who asked.
    """
    measure = find_measure(session, number)
    extension = session.exec(
        select(Extension).where(Extension.measure_id == measure.id, Extension.state == ExtensionState.ASKED)
    ).first()
    if extension is None:
        raise Refused(f"Nobody has asked to extend {number}; the unit asks with 'duban extend'.")
    if Role.SUPERVISOR not in roles_toward(session, actor.person, measure, actor.on):
        raise Refused(f"Only a supervisor decides on {number}; {actor.person.name} is none on {actor.on}.")
    if extension.asked_by == actor.person.id:
        raise Refused(f"{actor.person.name} asked to extend {number}; somebody else has to decide.")
    extension.state = ExtensionState.GRANTED if grant else ExtensionState.REFUSED
    extension.decided_on, extension.decided_by = actor.on, actor.person.id
    extension.decision, extension.document = reason, document
    session.add(extension)
    session.flush()
    if grant:
        set_due(session, measure, extension.until, DueBasis.EXTENDED, extension.reason, actor, rules)
    else:
        change(session, measure, actor)
    record(
        session,
        FactKind.EXTENSION,
        actor.at,
        measure_id=measure.id,
        person_id=actor.person.id,
        on=actor.on,
        number=extension.number,
        granted=grant,
        until=extension.until,
        reason=reason,
        document=document,
    )
    arm(session, measure)
    return extension


def _require_may_ask(session: Session, measure: Measure, actor: Actor, late: bool) -> None:  # noqa: FBT001
    roles = roles_toward(session, actor.person, measure, actor.on)
    if late and Role.SUPERVISOR not in roles:
        raise Refused(
            f"{measure.number} was due on {measure.due_on}; after that only a supervisor asks to extend it."
        )
    if not roles & {Role.RESPONSIBLE, Role.SUPERVISOR}:
        raise Refused(
            f"{actor.person.name} has no part in {measure.number} on {actor.on}; its unit asks to extend it."
        )


def _refuse_more_than(most: int, session: Session, measure: Measure) -> None:
    states = session.exec(select(col(Extension.state)).where(Extension.measure_id == measure.id)).all()
    if ExtensionState.ASKED in states:
        raise Refused(f"A request to extend {measure.number} is open already; it has to be decided first.")
    if states.count(ExtensionState.GRANTED) >= most:
        raise Refused(f"{measure.number} was extended {most} times, which is all that the policy allows.")
