from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlmodel import col, select

from config.calendar import load_calendar
from config.office import load_office
from models.commands.intake import register_office
from models.database import open_database, reading, writing
from models.ledger import Fact
from models.measure import Measure
from models.reminder import Reminder
from models.vocabulary import FactKind
from tests.desk import MIDNIGHT, Desk, at, workplace
from tests.expected import assert_as_expected
from tests.scenarios.year import DAYS, FIRST, Year, outages
from tests.servers.postgres import ram_disk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.workplace import Workplace

SEED = 1018


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder in memory, if there is room: it is not the disk that a year is to wait for."""
    with tempfile.TemporaryDirectory(dir=ram_disk()) as folder:
        yield Path(folder)


def qiyang(home: Path, template: Path) -> Workplace:
    """Open an office of Qiyang in a folder of its own."""
    home.mkdir()
    engine = open_database(f"sqlite:///{shutil.copyfile(template, home / 'duban.db')}")
    with writing(engine) as session:
        register_office(session, load_office("qiyang"), (), load_calendar("cn"), at(FIRST))
    return workplace(engine, home)


def test_four_hundred_nights_with_outages_and_people(home: Path, sqlite_template: Path) -> None:
    place = qiyang(home / "office", sqlite_template)
    year = Year(place, outages(SEED))
    year.live()
    place.engine.dispose()
    assert_as_expected("\n".join(year.chronicle) + "\n", "qiyang.year.txt")


def test_outages_change_when_somebody_is_told_and_not_who(home: Path, sqlite_template: Path) -> None:
    steady = qiyang(home / "steady", sqlite_template)
    broken = qiyang(home / "broken", sqlite_template)
    out = outages(SEED)
    for place, nights in ((steady, DAYS), (broken, [day for day in DAYS if day not in out])):
        desk = Desk(place)
        for night in nights:
            desk.sweep(at(night, MIDNIGHT))
    assert told(broken) == told(steady)
    assert recorded(broken) == recorded(steady)
    assert len(claims(broken)) < len(claims(steady))
    for place in (steady, broken):
        place.engine.dispose()


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
