from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine import Machine
from tests.servers.postgres import ram_disk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tests.databases import Databases

HISTORIES, LENGTH = 20, 60
ENOUGH = 500
"""Deeds and nights that there are at the least; as a rule about 900, of 1200 steps."""


def test_whatever_is_done_in_whatever_order_it_all_holds(databases: Databases) -> None:
    class Office(Machine):
        steps = 0

        @staticmethod
        @contextmanager
        def open_office() -> Iterator[tuple[Engine, Path]]:
            with databases.opened() as engine, tempfile.TemporaryDirectory(dir=ram_disk()) as home:
                yield engine, Path(home)

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
