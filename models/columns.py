"""Column types of our own: instants that keep their meaning, words that stay in their vocabulary."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Dialect, Enum
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


def words(vocabulary: type[StrEnum]) -> Enum:
    """Return the column type of a closed vocabulary: its words as text, guarded by a CHECK constraint."""
    return Enum(
        vocabulary,
        native_enum=False,
        create_constraint=True,
        length=24,
        name=vocabulary.__name__.lower(),
        values_callable=lambda enum: [word.value for word in enum],
    )
