"""The chronology on paper, and its proof in a file."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from config import wording
from duban.cli.desk import at_work
from duban.cli.output import print_json
from duban.cli.screen import counted
from models.database import reading
from models.errors import DubanError
from models.queries.chronology import chronology as read
from models.queries.proof import proof as prove


class Unwritable(DubanError):
    """A file cannot be written."""


def chronology(number: str, out: Path | None, proof: Path | None, *, as_json: bool) -> None:
    """Print a measure's chronology, or write it into a file; with its proof, where a file for that is named."""
    with at_work() as desk, reading(desk.place.engine) as session:
        told = read(session, desk.place.office.name, number, desk.as_of)
        document = prove(session, number, told.facts) if proof else None
    if proof:
        _write(proof, json.dumps(document, ensure_ascii=False, indent=1) + "\n")
        left_out = told.of - told.sealed
        if left_out:
            sys.stderr.write(
                f"{counted(left_out, 'fact')} not yet sealed, and not in the proof; the next run seals.\n"
            )
    text = wording.chronology(told, desk.place.office.locale)
    if out:
        _write(out, text)
    if as_json:
        print_json(asdict(told))
    elif not out:
        sys.stdout.write(text)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise Unwritable(f"{file} cannot be written: {error.strerror}; name another file.") from error
