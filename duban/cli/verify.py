"""Verifying for people: what differs, under which seal, and at which fact."""

from typer import Exit

from duban.cli.desk import at_work
from duban.cli.ledger import sealed
from duban.cli.output import print_json
from duban.cli.progress import progress
from duban.cli.screen import console, counted
from models.database import reading
from models.queries.verify import Difference, Verified
from models.queries.verify import verify as verify_ledger
from models.seal import Kept
from models.vocabulary import Breach

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


def _show(found: Verified, kept: Kept | None) -> None:
    screen = console()
    for one in found.differences:
        screen.print(said(one), style="bold red")
    if not found.differences:
        held = ", and the head that was kept is among its seals'" if kept else ""
        screen.print(
            f"{counted(found.facts, 'fact')} under {counted(found.seals, 'seal')}, as they were sealed{held}."
        )
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
