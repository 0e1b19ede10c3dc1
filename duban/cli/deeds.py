"""The deeds: what each command does to one measure, and how it tells what became of it."""

from datetime import date
from typing import Any

from sqlmodel import Session

from duban.cli.acting import Deed, Result, result
from models.commands.actor import Actor, Rules
from models.commands.depend import depend, undepend
from models.commands.extend import ask_extension, decide_extension
from models.commands.limits import Limit, limit_after
from models.commands.move import Given, move, set_due_date
from models.commands.progress import report_progress
from models.commands.reverify import reverify
from models.commands.suspend import resume, suspend
from models.measure import Measure
from models.queries.dossier import submissions
from models.queries.measure import find_measure
from models.vocabulary import Action, Gate, State
from models.workdays import Span


def moved(action: Action, **given: Any) -> Deed:  # noqa: ANN401 - what the action takes
    """Take an action of the lifecycle."""

    def deed(session: Session, number: str, actor: Actor, rules: Rules) -> Result:
        measure = move(session, number, action, actor, Given(**given), rules)
        return result(measure, _place(session, measure, action, rules))

    return deed


def due(due_on: date, reason: str) -> Deed:
    """Set a due date."""

    def deed(session: Session, number: str, actor: Actor, rules: Rules) -> Result:
        return result(set_due_date(session, number, due_on, reason, actor, rules), f"is now due on {due_on}")

    return deed


def limited(within: Span, after: str, event: Gate, reason: str) -> Deed:
    """Set a limit that counts from an event."""
    limit = Limit(within, event, after)

    def deed(session: Session, number: str, actor: Actor, rules: Rules) -> Result:
        measure = limit_after(session, number, limit, reason, actor, rules)
        now = f"is due on {measure.due_on}" if measure.due_on else "has no due date until that happens"
        return result(measure, f"is limited to {limit}, and {now}")

    return deed


def suspended(reason: str, until: date) -> Deed:
    """Stop the clock."""

    def deed(session: Session, number: str, actor: Actor, rules: Rules) -> Result:
        return result(suspend(session, number, reason, until, actor, rules), f"is suspended until {until}")

    return deed


def resumed(reason: str) -> Deed:
    """Let the clock go on."""

    def deed(session: Session, number: str, actor: Actor, rules: Rules) -> Result:
        measure = resume(session, number, reason, actor, rules)
        return result(measure, f"goes on, {f'due on {measure.due_on}' if measure.due_on else 'without a due date'}")

    return deed


def asked(until: date, reason: str, progress: str) -> Deed:
    """Ask for more time."""

    def deed(session: Session, number: str, actor: Actor, rules: Rules) -> Result:
        extension = ask_extension(session, number, until, reason, progress, actor, rules)
        late = ", after its due date" if extension.late else ""
        then = f"asks for extension {extension.number}, from {extension.due_before} to {until}{late}"
        return result(find_measure(session, number), then)

    return deed


def decided(reason: str, document: str, *, grant: bool) -> Deed:
    """Decide on more time."""

    def deed(session: Session, number: str, actor: Actor, rules: Rules) -> Result:
        extension = decide_extension(
            session, number, grant=grant, reason=reason, document=document, actor=actor, rules=rules
        )
        measure = find_measure(session, number)
        what = "was granted" if grant else "was refused"
        return result(measure, f"is due on {measure.due_on}, extension {extension.number} {what}")

    return deed


def reported(text: str, *, staged: bool) -> Deed:
    """Report progress."""

    def deed(session: Session, number: str, actor: Actor, _: Rules) -> Result:
        measure = report_progress(session, number, text, staged=staged, actor=actor)
        return result(measure, "is done in part" if staged else "has progress on record")

    return deed


def reverified(found: str, again_on: date | None) -> Deed:
    """Say that it still holds."""

    def deed(session: Session, number: str, actor: Actor, _: Rules) -> Result:
        again = f", to be looked at again on {again_on}" if again_on else ""
        return result(reverify(session, number, found, again_on, actor), f"holds{again}")

    return deed


def waiting(on: str, gate: Gate, reason: str) -> Deed:
    """Let it wait for another one."""
    what = "the permit of" if gate is Gate.GRANTED else "the end of"

    def deed(session: Session, number: str, actor: Actor, _: Rules) -> Result:
        return result(depend(session, number, on, gate, reason, actor), f"now waits for {what} {on}")

    return deed


def free(on: str, reason: str) -> Deed:
    """Let it no longer wait for another one."""

    def deed(session: Session, number: str, actor: Actor, _: Rules) -> Result:
        return result(undepend(session, number, on, reason, actor), f"no longer waits for {on}")

    return deed


def _place(session: Session, measure: Measure, action: Action, rules: Rules) -> str:
    """Say where a measure stands after an action; what was handed in goes by the beginning of its hash."""
    if action is Action.SUBMIT:
        return f"is now {measure.place}, handed in as {submissions(session, [measure])[-1].sha256[:12]}"
    if action is Action.APPROVE and measure.state is not State.DONE:
        signed = {one.duty for one in submissions(session, [measure])[-1].signatures}
        awaited = rules.policy.closeout_of(tuple(measure.topics.split())).awaited(signed)
        return f"is signed for, and awaits the {' and the '.join(awaited)}"
    return f"is now {measure.place}"
