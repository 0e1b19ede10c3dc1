"""Commands that prove: seals and what they are worth, and the history of a measure for whoever inspects it."""
# ruff: noqa: PLC0415 - each command imports what it needs, so that no other one waits for it

import re
from typing import Annotated

from typer import BadParameter, Option

from duban.cli.look import Last
from duban.cli.options import Json

_HEAD = re.compile(r"([0-9]{1,9}:)?[0-9a-f]{16,64}")


def head(text: str) -> str:
    """Return a head as it was kept; raise BadParameter for what is none."""
    digits = text.strip().removeprefix("№").lower()
    if _HEAD.fullmatch(digits) is None:
        raise BadParameter(
            f"'{text}' is no head; write NUMBER:HEX or HEX, 16 digits or more as the digest prints them"
        )
    return digits


Head = Annotated[
    str | None,
    Option(
        "--head", metavar="[NUMBER:]HEX", parser=head, help="A seal's head as it was kept on paper, to compare with."
    ),
]


def seals(*, last: Last = 50, as_json: Json = False) -> None:
    """Show the seals: each run's, with the head to keep outside the database."""
    from duban.cli.ledger import show_seals

    show_seals(last=last, as_json=as_json)


def verify(*, kept: Head = None, as_json: Json = False) -> None:
    """Compute every hash anew and compare it with the seals: what was changed, removed or inserted, and where."""
    from duban.cli.verify import verify as verify_ledger

    verify_ledger(kept, as_json=as_json)
