from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlmodel import col, select

from config.calendar import load_calendar
from config.office import load_office
from models.commands.intake import register_office
from models.database import reading, writing
from models.ledger import Fact
from models.measure import Measure
from models.reminder import Reminder
from models.vocabulary import FactKind
from tests.databases import opening
from tests.desk import MIDNIGHT, Desk, at, workplace
from tests.expected import assert_as_expected
from tests.scenarios.year import DAYS, FIRST, Year, outages
from tests.servers.postgres import ram_disk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.workplace import Workplace
    from tests.databases import Databases

SEED = 1018


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder in memory, if there is room: it is not the disk that a year is to wait for."""
    with tempfile.TemporaryDirectory(dir=ram_disk()) as folder:
        yield Path(folder)


def qiyang(url: str) -> None:
    """Register the office of Qiyang."""
    with opening(url) as engine, writing(engine) as session:
        register_office(session, load_office("qiyang"), (), load_calendar("cn"), at(FIRST))


def test_four_hundred_nights_with_outages_and_people(home: Path, sqlite: Databases) -> None:
    with sqlite.opened(qiyang) as engine:
        year = Year(workplace(engine, home), outages(SEED))
        year.live()
    assert_as_expected("\n".join(year.chronicle) + "\n", "qiyang.year.txt")


def test_outages_change_when_somebody_is_told_and_not_who(home: Path, sqlite: Databases) -> None:
    out = outages(SEED)
    with sqlite.opened(qiyang) as engine, sqlite.copy(qiyang) as url, opening(url) as other:
        steady, broken = workplace(engine, home), workplace(other, home)
        for place, nights in ((steady, DAYS), (broken, [day for day in DAYS if day not in out])):
            desk = Desk(place)
            for night in nights:
                desk.sweep(at(night, MIDNIGHT))
        assert told(broken) == told(steady)
        assert recorded(broken) == recorded(steady)
        assert len(claims(broken)) < len(claims(steady))


def claims(place: Workplace) -> list[tuple[str, Reminder]]:
    with reading(place.engine) as session:
        rows = session.exec(select(Measure.number, Reminder).join(Measure, col(Measure.id) == Reminder.measure_id))
        found = list(rows.all())
        session.expunge_all()
    return found


def told(place: Workplace) -> set[tuple[object, ...]]:
    """Return which post was told about which measure, and of what counted from when."""
    return {(number, one.watch, one.anchor, one.post_id) for number, one in claims(place)}


def recorded(place: Workplace) -> set[tuple[object, ...]]:
    """Return every step that was said, or withheld with a reason."""
    with reading(place.engine) as session:
        facts = session.exec(
            select(Measure.number, Fact.post_id, Fact.payload)
            .join(Measure, col(Measure.id) == Fact.measure_id)
            .where(col(Fact.kind).in_((FactKind.CLAIM, FactKind.WITHHOLD)))
        ).all()
    names = ("watch", "anchor", "step", "repetition")
    return {(number, post, *(json.loads(payload)[name] for name in names)) for number, post, payload in facts}
