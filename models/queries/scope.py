"""The part of the register that a sweep or a command is asked for."""

import json
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import Session, col, select

from models.errors import DubanError
from models.inspection import Finding
from models.lights import Lights
from models.measure import Measure
from models.office import Unit
from models.vocabulary import Light, State
from models.watch import Watch


class UnknownScope(DubanError):
    """A scope that names something the register does not have."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the register: every condition given must hold; none given means all of it."""

    unit: str | None = None
    state: State | None = None
    finding: str | None = None
    light: Light | None = None
    topic: str | None = None

    def __str__(self) -> str:
        """Name what is in scope, for people: `unit=bus-company state=planned`, or `everything`."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return " ".join(f"{name}={value}" for name, value in given.items()) or "everything"

    def to_json(self) -> str:
        """Write the scope down for the run's record."""
        return json.dumps({name: value for name, value in asdict(self).items() if value is not None})


def conditions(session: Session, scope: Scope, lights: Lights, today: date) -> list[ColumnElement[bool]]:
    """Turn a scope into conditions on the watch table.

    Raises `UnknownScope` for a unit (by slug, name or alias), finding or topic that the register lacks.
    """
    found: list[ColumnElement[bool]] = []
    if scope.unit is not None:
        found.append(col(Watch.unit_id) == _unit_id(session, scope.unit))
    if scope.topic is not None:
        found.append(col(Watch.topics).in_(_topic_sets(session, scope.topic)))
    of_measure = _of_measure(session, scope, lights, today)
    if of_measure:
        # correlated by hand, for some of the statements that this goes into name the measures too
        found.append(exists().where(col(Measure.id) == col(Watch.measure_id), *of_measure).correlate(Watch))
    return found


def selected(session: Session, scope: Scope, lights: Lights, today: date) -> list[str]:
    """Return the numbers of the measures in a scope that people can act on, in the register's order.

    Divided measures and standing duties are left out, for nobody moves them, and what the statute wants, which goes
    by its own number; so is what is done, unless the scope asks for it. Raises `UnknownScope` as `conditions` does.
    """
    found = [
        col(Measure.finding_id).is_not(None),
        col(Measure.state).is_not(None),
        ~col(Measure.standing),
        *_of_measure(session, scope, lights, today),
    ]
    if scope.state is None:
        found.append(col(Measure.state) != State.DONE)
    if scope.unit is not None:
        found.append(col(Measure.unit_id) == _unit_id(session, scope.unit))
    if scope.topic is not None:
        found.append(col(Measure.topics).in_(_topic_sets(session, scope.topic)))
    query = select(Measure.number).where(*found).order_by(col(Measure.finding_id), col(Measure.id))
    return list(session.exec(query).all())


def _of_measure(session: Session, scope: Scope, lights: Lights, today: date) -> list[ColumnElement[bool]]:
    """Turn what a scope says of the measures themselves into conditions; a suspended one shows no grave light."""
    found: list[ColumnElement[bool]] = []
    if scope.state is not None:
        found.append(col(Measure.state) == scope.state)
    if scope.finding is not None:
        found.append(col(Measure.finding_id) == _finding_id(session, scope.finding))
    if scope.light is not None:
        first, last = lights.due_between(scope.light, today)
        runs = col(Measure.review_on).is_(None)
        shown = and_(runs, col(Measure.due_on) >= first, col(Measure.due_on) <= last)
        calm = scope.light is lights.of(None, today)
        found.append(or_(shown, ~runs, col(Measure.due_on).is_(None)) if calm else shown)
    return found


def _unit_id(session: Session, name: str) -> int:
    for unit in session.exec(select(Unit)).all():
        if unit.id is not None and name in (unit.slug, unit.name, *unit.aliases.split()):
            return unit.id
    raise UnknownScope(f"No unit is called '{name}'; 'duban office show' lists them.")


def _finding_id(session: Session, number: str) -> int:
    finding = session.exec(select(Finding).where(Finding.number == number)).first()
    if finding is None or finding.id is None:
        raise UnknownScope(f"No finding has the number '{number}'; 'duban status --all' lists them.")
    return finding.id


def _topic_sets(session: Session, topic: str) -> list[str]:
    sets = session.exec(select(Measure.topics).distinct()).all()
    carrying = [topics for topics in sets if topic in topics.split()]
    if not carrying:
        known = ", ".join(sorted({word for topics in sets for word in topics.split()}))
        raise UnknownScope(f"No measure carries the topic '{topic}'; known: {known}.")
    return carrying
