"""A register to write in, in one transaction that is committed when the test is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.database import writing
from tests.factory import Factory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine
    from sqlmodel import Session


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A transaction on a new database."""
    with writing(engine) as session:
        yield session


@pytest.fixture
def factory(session: Session) -> Factory:
    """The factory of a small office in it."""
    return Factory(session)
