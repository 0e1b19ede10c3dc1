"""Acting on measures: who acts is looked up, the action taken, and its outcome told."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from sqlmodel import Session
from typer import echo

from duban.cli.desk import Desk, at_work
from models.clock import now
from models.commands.evidence import add_evidence
from models.commands.move import Actor, Given, move, set_due_date
from models.database import writing
from models.errors import DubanError
from models.queries.office import find_person
from models.vocabulary import Action, EvidenceKind, Resolution


class Nobody(DubanError):
    """Nobody is named who acts."""


def act(  # noqa: PLR0913 - what any of the verbs can take
    number: str,
    action: Action,
    *,
    by: str | None,
    as_of: str | None,
    reason: str | None = None,
    outside_body: str | None = None,
    document: str | None = None,
    due_on: date | None = None,
    resolution: Resolution = Resolution.COMPLETED,
) -> None:
    """Take one action on a measure."""
    given = Given(reason, outside_body, document, due_on, resolution)
    with at_work(as_of) as desk, writing(desk.place.engine) as session:
        measure = move(session, number, action, _actor(desk, session, by), given)
        told = f"{measure.number} {measure.title} is now {measure.place}."
    echo(told)


def set_due(number: str, due_on: date, reason: str, *, by: str | None, as_of: str | None) -> None:
    """Set until when a measure is due."""
    with at_work(as_of) as desk, writing(desk.place.engine) as session:
        measure = set_due_date(session, number, due_on, reason, _actor(desk, session, by))
        told = f"{measure.number} {measure.title} is now due on {measure.due_on}."
    echo(told)


def add_files(number: str, files: Iterable[Path], *, permit: bool, by: str | None, as_of: str | None) -> None:
    """Keep files as evidence, all or none."""
    kind = EvidenceKind.PERMIT if permit else EvidenceKind.WORK
    with at_work(as_of) as desk, writing(desk.place.engine) as session:
        actor = _actor(desk, session, by)
        folder = desk.place.settings.evidence
        kept = [add_evidence(session, folder, number, file, kind, actor) for file in files]
        told = [f"{number} has {piece.name}, {piece.size} bytes, SHA-256 {piece.sha256}." for piece in kept]
    for line in told:
        echo(line)


def _actor(desk: Desk, session: Session, by: str | None) -> Actor:
    """Return who acts, on the day of the command. Raises `Nobody` and `UnknownPerson`."""
    name = by or desk.place.settings.by
    if name is None:
        raise Nobody("Say who acts, with --by or DUBAN_BY; 'duban office show' lists the persons.")
    return Actor(find_person(session, name), desk.on, now())
