from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.duban.program import Program

CHRISTMAS = ("--as-of", "2023-12-25")
NEXT = ("--as-of", "2023-12-26")
MUCH_LATER = ("--as-of", "2024-02-27")


@pytest.fixture
def sent(duban: Program) -> Program:
    """The office after a sweep and a delivery."""
    assert duban("sweep", *CHRISTMAS).code == 0
    return duban


def a_message(duban: Program) -> tuple[int, str, str]:
    """Return the number, the reader and the code of the first message of the outbox."""
    first = duban.json("outbox")[-1]
    (code,) = re.findall(r"签收码(\w{6})\b", first["body"])
    return first["id"], first["person"], code


def test_a_code_that_is_read_out_acknowledges_the_message(sent: Program) -> None:
    number, person, code = a_message(sent)
    spelled = f"{code[:3]}-{code[3:]}".lower()
    said = sent.does("acknowledge", spelled, "--by", person, *NEXT)
    assert said.startswith(f"{person} has acknowledged 1.")
    (message,) = [one for one in sent.json("outbox") if one["id"] == number]
    assert message["acknowledged"] == message["measures"] > 0
    assert message["acknowledged_at"] is not None
    measure = said.removeprefix(f"{person} has acknowledged ").split(";")[0].split(", ")[0]
    (fact,) = [one for one in sent.measure(measure)["history"] if one["kind"] == "acknowledge"]
    assert (fact["person"], fact["payload"]["how"], fact["on"]) == (person, "code", "2023-12-26")
    history = sent.does("show", measure, *CHRISTMAS)
    assert "by code, repeats end until 2024-01-24" in history
    assert sent.refuses("acknowledge", code, "--by", person, *NEXT) == (
        f"The message of {person} was acknowledged before; nothing is left to do."
    )


def test_a_code_puts_repeats_off_under_a_ceiling(sent: Program) -> None:
    _, person, code = a_message(sent)
    assert "2024-01-10 at the latest" in sent.refuses("snooze", code, "--until", "2024-01-11", "--by", person, *NEXT)
    assert sent.does("snooze", code, "--until", "2024-01-10", "--by", person, *NEXT).endswith(
        "will not be repeated before 2024-01-10; the next step comes all the same.\n"
    )
    assert "put off until 2024-01-10 by code" in sent.does("ledger", "show")


def test_a_wrong_code_is_one_sentence(sent: Program) -> None:
    _, person, code = a_message(sent)
    for wrong in ("ABC", code[:-1], f"{code}2", "", "签收"):
        assert sent.refuses("acknowledge", wrong, "--by", person, *NEXT) == (
            f"No message to be acknowledged on 2023-12-26 carries the code '{wrong}'; have it read out again, "
            "or see whether 'duban doctor' finds the links in order."
        )


def test_a_code_serves_for_sixty_days(sent: Program) -> None:
    _, person, code = a_message(sent)
    assert sent.refuses("acknowledge", code, "--by", person, *MUCH_LATER).startswith("No message to be acknowledged")
    assert sent("acknowledge", code, "--by", person, "--as-of", "2024-02-23").code == 0


def test_somebody_else_is_refused(sent: Program) -> None:
    _, person, code = a_message(sent)
    others = {one["person"] for one in sent.json("outbox")} - {person}
    for other in sorted(others):
        assert sent.refuses("acknowledge", code, "--by", other, *NEXT).startswith(f"{other} is not {person}, and ")


def test_the_outbox_shows_what_was_acknowledged(sent: Program) -> None:
    _, person, code = a_message(sent)
    before, _ = sent.does("outbox"), sent.does("acknowledge", code, "--by", person, *NEXT)
    rows = [[" ".join(line.split()) for line in told.splitlines()] for told in (before, sent.does("outbox"))]
    assert "acknowledged" in rows[0][0]
    (changed,) = set(rows[1]) - set(rows[0])
    assert person in changed
