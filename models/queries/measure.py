"""Finding measures."""

from sqlmodel import Session, select

from models.errors import DubanError
from models.measure import Measure


class UnknownMeasure(DubanError):
    """No measure has that number."""


def find_measure(session: Session, number: str) -> Measure:
    """Return the measure of a number. Raises `UnknownMeasure`."""
    measure = session.exec(select(Measure).where(Measure.number == number)).first()
    if measure is None:
        raise UnknownMeasure(f"No measure has the number '{number}'; 'duban status --all' lists them.")
    return measure
