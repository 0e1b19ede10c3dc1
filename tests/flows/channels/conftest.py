from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.certificate import server_context
from tests.servers.scripted import refused_address

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    return server_context(tmp_path)


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address at which nobody listens."""
    holder, address = refused_address()
    with holder:
        yield address
