"""The partial indexes, apart from their tables.

To name PostgreSQL's condition makes SQLAlchemy load its whole PostgreSQL dialect: a tenth of a second, for which
`duban status` would wait on SQLite. Only what compares or creates the schema needs these.
"""

from sqlalchemy import Index, TextClause, text
from sqlmodel import SQLModel

from models.extension import Extension
from models.ledger import Fact
from models.measure import Measure
from models.outbox import OPEN, Message
from models.reminder import UNSAID, Reminder
from models.suspension import Suspension


def _partial(
    name: str, table: type[SQLModel], columns: str, where: str | TextClause, *, unique: bool = False
) -> Index:
    condition = text(where) if isinstance(where, str) else where
    of = SQLModel.metadata.tables[str(table.__tablename__)].c
    indexed = (of[column] for column in columns.split())
    return Index(name, *indexed, unique=unique, sqlite_where=condition, postgresql_where=condition)


PARTIAL = (
    _partial("measure_recurring", Measure, "rrule", "rrule IS NOT NULL"),  # every sweep asks which measures recur
    _partial("one_open_extension", Extension, "measure_id", "state = 'asked'", unique=True),
    _partial("one_open_suspension", Suspension, "measure_id", "resumed_on IS NULL", unique=True),
    _partial("reminder_unsaid", Reminder, "post_id", UNSAID),
    _partial("reminder_by_message", Reminder, "message_id", "message_id IS NOT NULL"),
    _partial("message_open", Message, "release_at id", OPEN),  # in the order in which they leave
    _partial("one_successor", Message, "instead_of", "instead_of IS NOT NULL", unique=True),
    _partial("ledger_by_measure", Fact, "measure_id", "measure_id IS NOT NULL"),
)
