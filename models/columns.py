"""Column types of our own: instants that keep their meaning, words that stay in their vocabulary."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Column, Dialect, Enum, Table, event, or_
from sqlalchemy.types import DateTime, TypeDecorator


class UTCDateTime(TypeDecorator[datetime]):
    """An instant, stored in UTC and read back aware, on SQLite too (which drops the offset by itself).

    Raises ValueError on a naive value: nobody can know which instant it means.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse what has no zone, store the rest in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone; an instant needs one.")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002
        """Give the zone back."""
        if value is None:
            return None
        instant: datetime = value
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


class Words(Enum):
    """Words of a closed vocabulary as text, guarded by a CHECK constraint that compares them one by one.

    SQLAlchemy would write `IN (...)`, for which SQLite builds a table of the words anew at every row: that made
    a row of the ledger eight times as slow to insert.
    """


@event.listens_for(Column, "after_parent_attach")
def _guard(column: Column[Any], table: Table) -> None:
    if isinstance(column.type, Words):
        word_by_word = or_(*(column == word for word in column.type.enums))
        table.append_constraint(CheckConstraint(word_by_word, name=f"{column.name}_is_{column.type.name}"))


def words(vocabulary: type[StrEnum]) -> Words:
    """Return the column type of a closed vocabulary."""
    return Words(
        vocabulary,
        native_enum=False,
        length=24,
        name=vocabulary.__name__.lower(),
        values_callable=lambda enum: [word.value for word in enum],
    )
