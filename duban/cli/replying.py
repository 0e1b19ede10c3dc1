"""Replying to messages by their codes: for somebody on the phone, who reads the code out."""

from datetime import date

from sqlmodel import Session
from typer import echo

from duban.cli.acting import acting
from duban.cli.desk import Desk, at_work
from duban.replies import by_code
from models.commands import acknowledge as replying
from models.commands.actor import Actor, Rules
from models.database import writing
from models.queries.replies import Acknowledgeable
from models.vocabulary import ReplyBy


def acknowledge(code: str, *, by: str | None, as_of: str | None) -> None:
    """Acknowledge what a message says to a person. Raises `WrongCode` and what the command raises."""
    with at_work(as_of) as desk, writing(desk.place.engine) as session:
        message, actor, rules = _opened(session, desk, code, by)
        numbers = replying.acknowledge(session, message, actor, ReplyBy.CODE, rules)
        told = f"{actor.person.name} has acknowledged {', '.join(numbers)}; the next step comes all the same."
    echo(told)


def snooze(code: str, until: date, *, by: str | None, as_of: str | None) -> None:
    """Put off what a message says to a person. Raises `WrongCode` and what the command raises."""
    with at_work(as_of) as desk, writing(desk.place.engine) as session:
        message, actor, rules = _opened(session, desk, code, by)
        numbers = replying.snooze(session, message, actor, ReplyBy.CODE, until, rules)
    echo(f"{', '.join(numbers)} will not be repeated before {until}; the next step comes all the same.")


def _opened(session: Session, desk: Desk, code: str, by: str | None) -> tuple[Acknowledgeable, Actor, Rules]:
    actor = acting(desk, session, by)
    rules = Rules(desk.place.policy.escalation, desk.place.calendar)
    return by_code(session, desk.place, code, desk.on), actor, rules
