from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from models.database import open_database
from tests.machine import Machine
from tests.servers.postgres import ram_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    import pytest
    from sqlalchemy import Engine

    from tests.servers.postgres import PostgresServer

HISTORIES, LENGTH = 20, 60
ENOUGH = 500
"""Deeds and nights that there are at the least; as a rule about 900, of 1200 steps."""


def test_whatever_is_done_in_whatever_order_it_all_holds(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fixture = "sqlite_template" if backend == "sqlite" else "postgres_template"
    template = request.getfixturevalue(fixture)

    @contextmanager
    def on_sqlite() -> Iterator[tuple[Engine, Path]]:
        with tempfile.TemporaryDirectory(dir=ram_disk()) as home:
            engine = open_database(f"sqlite:///{shutil.copyfile(template, Path(home) / 'office.sqlite')}")
            yield engine, Path(home)
            engine.dispose()

    @contextmanager
    def on_postgresql() -> Iterator[tuple[Engine, Path]]:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database(template) as url:
            engine = open_database(url)
            yield engine, tmp_path
            engine.dispose()

    class Office(Machine):
        steps = 0

        @staticmethod
        def open_office() -> AbstractContextManager[tuple[Engine, Path]]:
            return on_sqlite() if backend == "sqlite" else on_postgresql()

    run_state_machine_as_test(
        Office,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=LENGTH,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.reuse, Phase.generate, Phase.shrink),
        ),
    )
    assert Office.steps > ENOUGH
