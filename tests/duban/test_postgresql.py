from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.duban.program import CHRISTMAS, Program
from tests.expected import without_code

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.servers.postgres import PostgresServer

BY = ("--by", "general-office-head", *CHRISTMAS)
LIFE = (
    ("init",),
    ("sweep", "--topic", "special-bond", *CHRISTMAS),
    ("sweep", *CHRISTMAS),
    ("start", "1.5-2b", *BY),
    ("evidence", "add", "1.5-2b", __file__, *BY),
    ("submit", "1.5-2b", *BY),
    ("due", "1.5-1a", "2027-03-01", "--reason", "规划", "--by", "supervision", *CHRISTMAS),
)
LOOKS = (
    ("status", "--all", *CHRISTMAS),
    ("show", "1.5-1", *CHRISTMAS),
    ("show", "1.5-2b", *CHRISTMAS),
    ("show", "3.2-2b", *CHRISTMAS),
    ("ledger", "show", "3.5-1"),
    ("ledger", "seals"),
    ("ledger", "verify"),
    ("outbox",),
    ("outbox", "--show", "1"),
    ("office", "show", *CHRISTMAS),
    ("policy", "check", *CHRISTMAS),
    ("calendar", "check", *CHRISTMAS),
)
OF_THE_MOMENT = {
    "id", "at", "added_at", "tried_at", "started_at", "ended_at", "composed_at", "next_try_at", "key", "detail",
    "seconds", "head", "root", "former",
}  # fmt: skip
HEAD = re.compile(r"(?<=留痕封存：№)(.*)[0-9a-f]{16}")


def lasting(value: Any) -> Any:
    """Return a document without what differs from run to run, or with the order of two at once."""
    if isinstance(value, dict):
        return {name: lasting(inner) for name, inner in value.items() if name not in OF_THE_MOMENT}
    if isinstance(value, str):
        return without_code(HEAD.sub(r"\1", value))
    return [lasting(inner) for inner in value] if isinstance(value, list) else value


def test_both_databases_answer_alike(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with postgres.database() as url:
        answers = []
        for name, database in (("sqlite", ""), ("postgresql", url)):
            monkeypatch.setenv("DUBAN_HOME", str(tmp_path / name))
            monkeypatch.setenv("DUBAN_DATABASE_URL", database)
            duban = Program(tmp_path / name, capsys.readouterr)
            assert [duban(*step).code for step in LIFE] == [0] * len(LIFE)
            answers.append([lasting(duban.json(*look)) for look in LOOKS])
    for look, on_sqlite, on_postgresql in zip(LOOKS, *answers, strict=True):
        assert on_sqlite == on_postgresql, look
