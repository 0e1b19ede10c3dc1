"""The dossier for people: what a measure waits for, its extensions, suspensions and submissions."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from duban.cli.entry import days, due, standing
from duban.cli.screen import DIM, day, table
from models.queries.dossier import Asked, HandedIn, Pause, Wait
from models.queries.register import Entry
from models.vocabulary import ExtensionState, Gate

Chain = list[tuple[int, Entry]]
"""A measure and what it waits for, depth first, each with its depth."""

GATES = {Gate.GRANTED: "permit", Gate.DONE: "end"}
"""What of a measure is waited for."""

_SHORT = 12  # digits of a hash that people read


def chain_table(chains: Iterable[Chain], waits: Iterable[Wait]) -> Table:
    """Draw what measures wait for, each step further in than the one that waits for it."""
    made = table(
        "measure", "title", "waited for", "since", "due", "days", "where it stands", "hangs on", numbers=("days",)
    )
    known = {(wait.measure, wait.waits_for): wait for wait in waits}
    for chain in chains:
        above: list[Entry] = []
        for depth, entry in chain:
            wait = known[above[depth - 1].number, entry.number] if depth else None
            above = [*above[:depth], entry]
            made.add_row(
                Text("   " * (depth - 1) + "└─ " if depth else "", DIM).append(entry.number),
                entry.title,
                GATES[wait.gate] if wait else "",
                day(wait.since) if wait else "",
                due(entry),
                days(entry),
                standing(entry),
                entry.hangs_on or "",
            )
    return made


def extensions_table(requests: Iterable[Asked]) -> Table:
    """Return the extensions, numbered, with what was decided."""
    made = table("measure", "no.", "asked", "by", "from", "until", "why", "progress", "decision", numbers=("no.",))
    for one in requests:
        made.add_row(
            one.measure,
            str(one.number),
            Text(str(one.asked_on)).append(" late" if one.late else "", "yellow"),
            one.asked_by,
            str(one.due_before),
            str(one.until),
            one.reason,
            one.progress,
            _decision(one),
        )
    return made


def suspensions_table(pauses: Iterable[Pause]) -> Table:
    """Return the times that the clock stood."""
    made = table("measure", "since", "by", "why", "to be reviewed", "resumed", "by")
    for one in pauses:
        resumed = day(one.resumed_on) or Text("stands", "bold")
        made.add_row(
            one.measure,
            str(one.since),
            one.suspended_by,
            one.reason,
            str(one.review_on),
            resumed,
            one.resumed_by or "",
        )
    return made


def submissions_table(handed_in: Iterable[HandedIn]) -> Table:
    """Return what was handed in, by its hash, with signatures and outcome."""
    made = table("measure", "no.", "hash", "submitted", "by", "signatures", "outcome", numbers=("no.",))
    for one in handed_in:
        signatures = [f"{signed.duty} {signed.person} {signed.on}" for signed in one.signatures]
        made.add_row(
            one.measure,
            str(one.number),
            one.sha256[:_SHORT],
            str(one.submitted_on),
            one.submitted_by,
            "\n".join(signatures),
            f"{one.outcome} {one.ended_on}" if one.outcome else Text("under review", "bold"),
        )
    return made


def _decision(one: Asked) -> Text:
    if one.state is ExtensionState.ASKED:
        return Text("awaited", "bold")
    document = f", {one.document}" if one.document else ""
    return Text(f"{one.state} {one.decided_on} by {one.decided_by}{document}: {one.decision}")
