"""Commands that prove: seals and what they are worth, and the history of a measure for whoever inspects it."""
# ruff: noqa: PLC0415 - each command imports what it needs, so that no other one waits for it

import re
from pathlib import Path
from typing import Annotated

from typer import BadParameter, Option

from duban.cli.commands.look import Last
from duban.cli.commands.options import Json, Number

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


def verify(
    *,
    proof: Annotated[
        Path | None,
        Option("--proof", metavar="FILE", help="Check a proof file instead, without a database."),
    ] = None,
    kept: Head = None,
    as_json: Json = False,
) -> None:
    """Compute every hash anew and compare it with the seals: what was changed, removed or inserted, and where."""
    from duban.cli import verify as verifying

    if proof:
        verifying.check_proof(proof, kept, as_json=as_json)
    else:
        verifying.verify(kept, as_json=as_json)


def chronology(
    number: Number,
    *,
    out: Annotated[
        Path | None, Option("--out", metavar="FILE", help="Write it there, and not on the screen.")
    ] = None,
    proof: Annotated[
        Path | None, Option("--proof", metavar="FILE", help="Write there what proves its facts without the database.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print all that is on record of a measure: promised, moved, owed, sent where, with what receipt, or why not."""
    from duban.cli.chronology import chronology as print_chronology

    print_chronology(number, out, proof, as_json=as_json)
