"""Verifying for people: what differs, under which seal, and at which fact."""

import json
from pathlib import Path

from typer import Exit

from duban.cli.desk import at_work
from duban.cli.ledger import sealed
from duban.cli.output import print_json
from duban.cli.progress import progress
from duban.cli.screen import console, counted
from models.database import reading
from models.errors import DubanError
from models.proof import check
from models.queries.verify import Breach, Difference, Verified
from models.queries.verify import verify as verify_ledger
from models.seal import Kept

_SAID = {
    Breach.CHANGED: "{facts} not what was sealed.",
    Breach.REMOVED: "{facts} gone.",
    Breach.INSERTED: "{facts} not there when the facts around were sealed.",
    Breach.UNPROVEN: "{facts} not what was sealed, one of them or more; the hashes to tell which were changed, too.",
    Breach.HASHES_CHANGED: "the hashes that tell which fact was changed were changed themselves, {of}.",
    Breach.SEAL_CHANGED: "the seal is not what it was, or not of this chain.",
    Breach.SEAL_REMOVED: "the seal is gone, {of}.",
    Breach.UNFINISHED: "there are hashes {of}, but no seal: a run broke off, and the next one makes it, or it was "
    "removed.",
    Breach.OTHER_HEAD: "no such seal has the head that was kept: the ledger was forged since, or is another one.",
}


_AND_KEPT = ", also by the head that was kept"


class BadProof(DubanError):
    """A proof file that cannot be read."""


def verify(head: str | None, *, as_json: bool) -> None:
    """Verify the ledger, print what was found, and end with 1 where it differs."""
    kept = Kept.read(head) if head else None
    with at_work() as desk, reading(desk.place.engine) as session, progress("verifying") as tell:
        found = verify_ledger(session, kept, tell)
    if as_json:
        print_json(found)
    else:
        _show(found, kept)
    if found.differences:
        raise Exit(1)


def check_proof(file: Path, head: str | None, *, as_json: bool) -> None:
    """Check a proof file, print what it shows, and end with 1 where it shows nothing. Raises `BadProof`."""
    checked = check(_read(file), Kept.read(head) if head else None)
    if as_json:
        print_json(checked)
    else:
        screen = console()
        for problem in checked.problems:
            screen.print(f"{file}: {problem}", style="bold red")
        if not checked.problems:
            facts = counted(checked.facts, "fact")
            screen.print(f"{facts} of {checked.measure}, as they were sealed{_AND_KEPT if head else ''}.")
            screen.print(f"{sealed(checked.newest)}.")
    if checked.problems:
        raise Exit(1)


def _read(file: Path) -> object:
    try:
        return json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadProof(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadProof(f"{file} is not UTF-8 at byte {error.start}; it is no proof that duban wrote.") from error
    except json.JSONDecodeError as error:
        where = f"{file}:{error.lineno}:{error.colno}"
        raise BadProof(f"{where}: {error.msg}; the file is cut off, or was changed.") from error
    except RecursionError as error:
        raise BadProof(f"{file} is nested beyond measure; it is no proof that duban wrote.") from error


def _show(found: Verified, kept: Kept | None) -> None:
    screen = console()
    for one in found.differences:
        screen.print(said(one), style="bold red")
    if not found.differences:
        facts, seals = counted(found.facts, "fact"), counted(found.seals, "seal")
        screen.print(f"{facts} under {seals}, as they were sealed{_AND_KEPT if kept else ''}.")
    screen.print(f"{sealed(found.newest)}, {counted(found.unsealed, 'fact')} not yet sealed.")


def said(one: Difference) -> str:
    """Say what differs, and where."""
    where = f"Seal {one.seal}: " if one.seal else ""
    if one.first is None:
        facts, of = "facts are", "of no fact that is there"
    elif one.first == one.last:
        facts, of = f"fact {one.first} is", f"of fact {one.first}"
    else:
        facts, of = f"facts {one.first} to {one.last} are", f"of facts {one.first} to {one.last}"
    text = _SAID[one.kind].format(facts=facts, of=of)
    return where + (text if where else text[0].upper() + text[1:])
