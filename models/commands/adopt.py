"""Adopting other rules: a policy or a calendar comes into force, by a supervisor, with a reason."""

from typing import Any, Literal

from sqlmodel import Session

from models.commands.actor import Actor
from models.commands.ledger import record
from models.lifecycle import Refused
from models.queries.office import supervises
from models.vocabulary import FactKind


def adopt(
    session: Session, what: Literal["policy", "calendar"], before: str, after: str, reason: str, actor: Actor
) -> None:
    """Put on record that a policy or a calendar gives way to another, each named by its version.

    Raises `Refused` for anybody but a supervisor.
    """
    if not supervises(session, actor.person, actor.on):
        raise Refused(f"Only a supervisor adopts a {what}; {actor.person.name} is none on {actor.on}.")
    versions: dict[str, Any] = {what: [before, after]}
    record(session, FactKind.PROJECT, actor.at, person_id=actor.person.id, on=actor.on, reason=reason, **versions)
