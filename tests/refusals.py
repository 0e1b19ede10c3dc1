"""What is refused: the sentence, and that nothing was put on record."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlmodel import Session, func, select

from models.ledger import Fact
from models.lifecycle import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def refused(session: Session, sentence: str) -> Iterator[None]:
    """Expect that what is done here is refused with this sentence, and leaves no fact."""
    before = session.exec(select(func.count()).select_from(Fact)).one()
    with pytest.raises(Refused) as refusal:
        yield
    assert str(refusal.value) == sentence
    assert session.exec(select(func.count()).select_from(Fact)).one() == before
