"""Moments as people type them."""

from contextlib import suppress
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from models.errors import DubanError


class BadMoment(DubanError):
    """A text that names no moment."""


def moment(text: str, opens: time, zone: ZoneInfo) -> datetime:
    """Read a date or an instant of the office, in ISO 8601 as far as pendulum reads it.

    A bare date stands for the opening of office hours on it, the first moment at which its messages may leave.
    An instant without an offset is in the office's own time. Raises `BadMoment`.
    """
    with suppress(ValueError):
        return datetime.combine(date.fromisoformat(text), opens, zone)
    import pendulum  # noqa: PLC0415 - a tenth of a second that a bare date does not need

    try:
        parsed = pendulum.parse(text, exact=True, tz=zone.key)
    except ValueError as error:
        raise BadMoment(_sentence(text)) from error
    if isinstance(parsed, datetime):
        return datetime.fromtimestamp(parsed.timestamp(), zone)
    if isinstance(parsed, date):
        return datetime.combine(parsed, opens, zone)
    raise BadMoment(_sentence(text))


def _sentence(text: str) -> str:
    return f"'{text}' is no moment; write a date like 2023-12-25, or 2023-12-25T00:30."
