from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, cast, func, insert, select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.sql import literal_column

from models.columns import UTCDateTime, words
from models.database import open_database
from models.vocabulary import Light

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

moments = Table(
    "moment",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UTCDateTime, nullable=True),
    Column("light", words(Light), nullable=True),
)

NOON_THERE = datetime(2023, 11, 15, 12, tzinfo=timezone(timedelta(hours=5)))


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = open_database(database_url)
    with engine.begin() as connection:
        moments.create(connection)
        yield connection
    engine.dispose()


def test_an_instant_is_stored_and_read_back_in_utc(connection: Connection) -> None:
    connection.execute(insert(moments).values(at=NOON_THERE))
    found = connection.execute(select(moments.c.at)).scalar_one()
    assert found == datetime(2023, 11, 15, 7, tzinfo=UTC)
    assert found.tzinfo is UTC


def test_instants_are_compared_whatever_zone_they_come_in(connection: Connection) -> None:
    connection.execute(insert(moments).values(at=datetime(2023, 11, 15, 8, tzinfo=UTC)))
    later = select(func.count()).where(moments.c.at > NOON_THERE)
    assert connection.execute(later).scalar_one() == 1


def test_the_latest_of_some_instants_keeps_its_zone(connection: Connection) -> None:
    connection.execute(insert(moments), [{"at": NOON_THERE}, {"at": NOON_THERE - timedelta(hours=1)}])
    assert connection.execute(select(func.max(moments.c.at))).scalar_one() == NOON_THERE


def test_a_moment_without_a_zone_is_refused_with_a_sentence(connection: Connection) -> None:
    naive = datetime(2023, 11, 15, 12)  # noqa: DTZ001 - it is what must not pass
    with pytest.raises(StatementError, match="2023-11-15T12:00:00 has no time zone; an instant needs one"):
        connection.execute(insert(moments).values(at=naive))


def test_no_instant_is_no_instant(connection: Connection) -> None:
    connection.execute(insert(moments).values(at=None))
    assert connection.execute(select(moments.c.at)).scalar_one() is None


@pytest.mark.parametrize("light", Light)
def test_every_word_of_a_vocabulary_is_kept_as_it_is_spelled(connection: Connection, light: Light) -> None:
    connection.execute(insert(moments).values(light=light))
    found, spelled = connection.execute(select(moments.c.light, cast(moments.c.light, String))).one()
    assert (found, spelled) == (light, light.value)
    assert type(found) is Light


def test_a_word_outside_the_vocabulary_is_refused_before_it_reaches_the_database(connection: Connection) -> None:
    with pytest.raises(StatementError, match="purple"):
        connection.execute(insert(moments).values(light="purple"))


def test_a_word_outside_the_vocabulary_is_refused_by_the_database_too(connection: Connection) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)check constraint"):
        connection.execute(insert(moments).values(light=literal_column("'purple'")))
