"""Acting on measures: who acts is looked up, all or nothing is done, and the result told."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session
from typer import Exit, echo

from duban.cli.commands.many import Ask
from duban.cli.desk import Desk, at_work
from duban.cli.screen import console, counted, table
from models.clock import now
from models.commands.actor import Actor, Rules
from models.commands.evidence import add_evidence
from models.database import writing
from models.errors import DubanError
from models.measure import Measure
from models.queries.office import find_person
from models.queries.scope import Scope, selected
from models.vocabulary import EvidenceKind


class Nobody(DubanError):
    """Nobody is named who acts."""


class Nothing(DubanError):
    """A part of the register has nothing to act on."""


class Several(DubanError):
    """Some of the measures cannot be acted on, and so none was; a line for each of them."""


@dataclass(frozen=True, slots=True)
class Result:
    """What becomes of a measure, in words that follow its title: `is now done`."""

    number: str
    title: str
    then: str

    def __str__(self) -> str:
        return f"{self.number} {self.title} {self.then}."


Deed = Callable[[Session, str, Actor, Rules], Result]
"""Does something to the measure of a number."""


def to_all(ask: Ask, deed: Deed) -> None:
    """Do something to every measure that is asked for, or to none, and tell what became of them.

    A part of the register is only shown, and ended with 1, until it is asked for with `yes`. Raises `Several`.
    """
    with at_work(ask.as_of) as desk, writing(desk.place.engine) as session:
        results = _results(session, desk, ask, deed)
        if shown_only := bool(ask.part) and not ask.yes:
            session.rollback()
    if shown_only:
        _show(results, desk)
        raise Exit(1)
    for result in results:
        echo(str(result))


def add_files(number: str, files: Iterable[Path], *, permit: bool, by: str | None, as_of: str | None) -> None:
    """Keep files as evidence, all or none."""
    kind = EvidenceKind.PERMIT if permit else EvidenceKind.WORK
    with at_work(as_of) as desk, writing(desk.place.engine) as session:
        actor = acting(desk, session, by)
        folder = desk.place.settings.evidence
        kept = [add_evidence(session, folder, number, file, kind, actor) for file in files]
        told = [f"{number} has {piece.name}, {piece.size} bytes, SHA-256 {piece.sha256}." for piece in kept]
    for line in told:
        echo(line)


def acting(desk: Desk, session: Session, by: str | None) -> Actor:
    """Return who acts, on the day of the command. Raises `Nobody` and `UnknownPerson`."""
    name = by or desk.place.settings.by
    if name is None:
        raise Nobody("Say who acts, with --by or DUBAN_BY; 'duban office show' lists the persons.")
    return Actor(find_person(session, name), desk.on, now())


def _results(session: Session, desk: Desk, ask: Ask, deed: Deed) -> list[Result]:
    """Do it to one after the other, past those that refuse it, so that all that is wrong is told at once."""
    actor = acting(desk, session, ask.by)
    rules = Rules(desk.place.policy.escalation, desk.place.calendar)
    results: list[Result] = []
    problems: list[str] = []
    for number in ask.numbers or _in_part(session, desk, Scope(**ask.part)):
        try:
            with session.begin_nested():
                results.append(deed(session, number, actor, rules))
        except DubanError as error:
            problems.append(str(error) if number in str(error) else f"{number}: {error}")
    if problems:
        raise Several("\n".join(problems))
    return results


def _in_part(session: Session, desk: Desk, part: Scope) -> list[str]:
    found = selected(session, part, desk.place.policy.escalation.lights, desk.on)
    if not found:
        raise Nothing(f"There is no measure to act on in {part}; 'duban status' shows them.")
    return found


def _show(results: list[Result], desk: Desk) -> None:
    made = table("number", "title", "what would become of it")
    for result in results:
        made.add_row(result.number, result.title, result.then)
    console().print(f"As of {desk.on}, {counted(len(results), 'measure')}:", made, sep="\n")
    echo(f"Nothing was changed; add --yes to do it to {counted(len(results), 'measure')}.", err=True)


def result(measure: Measure, then: str) -> Result:
    """Say what became of a measure."""
    return Result(measure.number, measure.title, then)
