"""Putting on record that silence was reported upwards."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlmodel import Session

from models.acknowledgement import Unacknowledged
from models.commands.ledger import record
from models.office import Person
from models.outbox import Message
from models.queries.silence import Silent
from models.vocabulary import FactKind


def report_silence(
    session: Session, messages: Iterable[Silent], notice: Message, to: Person, on: date, at: datetime
) -> None:
    """Note that a notice told a person of messages without a reply; the database refuses to note one twice."""
    session.flush()
    for one in messages:
        session.add(Unacknowledged(message_id=one.message_id, notice_id=notice.id or 0, on=on))
        for measure in one.measures:
            record(
                session,
                FactKind.UNACKNOWLEDGED,
                at,
                measure_id=measure.id,
                person_id=one.person.id,
                message=one.key,
                since=one.accepted_at,
                told=to.name,
                notice=notice.key,
                on=on,
            )
    session.flush()
