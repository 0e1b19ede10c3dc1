"""One measure: where it stands, its parts, what is timed, what is said next and to whom, and what has been."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date, tzinfo

from rich.table import Table
from rich.text import Text

from duban.cli.desk import at_work
from duban.cli.dossier import chain_table, extensions_table, submissions_table, suspensions_table
from duban.cli.entry import days, days_first, due, first_due, measure_json, standing
from duban.cli.ledger import lines
from duban.cli.output import print_json
from duban.cli.screen import DIM, console, held_by, light, minute, table
from models.database import reading
from models.queries.blockers import chain
from models.queries.dossier import extensions, submissions, suspensions, waits
from models.queries.history import Particulars, events, family, particulars
from models.queries.measure import find_measure
from models.queries.outlook import Ahead, Timed, outlook
from models.queries.register import Entry, register, statutory
from models.vocabulary import DueBasis, WatchKind


def show(number: str, *, as_of: str | None, as_json: bool) -> None:
    """Print everything there is to know of a measure."""
    with at_work(as_of) as desk, reading(desk.place.engine) as session:
        policy = desk.place.policy.escalation
        measure = find_measure(session, number)
        by = (policy.lights, desk.place.calendar, desk.on)
        entries = register(session, *by) + statutory(session, *by)
        entry = next(one for one in _all(entries) if one.number == number)
        more = particulars(session, measure)
        members = family(session, measure)
        timed, ahead = outlook(session, members, policy, desk.place.calendar, desk.on)
        facts = events(session, members)
        pauses, requests = suspensions(session, members), extensions(session, members)
        handed_in, gates = submissions(session, members), waits(session)
        chains = [chain(entries, one.number) for one in _all([entry]) if one.blocked_by]
    if as_json:
        document = measure_json(entry) | asdict(more)
        document["chain"] = [_link(depth, step) for found in chains for depth, step in found]
        document |= {"extension_requests": requests, "suspensions": pauses, "submissions": handed_in}
        print_json({"as_of": desk.as_of, **document, "watch": timed, "next_steps": ahead, "history": facts})
        return
    screen = console()
    screen.print(_head(entry, more))
    sections = {
        "Parts": _parts(entry),
        "Waits for": chain_table(chains, gates),
        "Extensions": extensions_table(requests),
        "Suspensions": suspensions_table(pauses),
        "Submissions": submissions_table(handed_in),
        "Watch": _watch(timed, entry),
        "Next steps": _steps(ahead, desk.on),
        "Evidence": _evidence(more, desk.place.zone),
        "History": lines(facts, desk.place.zone),
    }
    for heading, content in sections.items():
        if content.row_count:
            screen.print("", Text(heading, "bold underline"), content, sep="\n")


def _all(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries and all their parts."""
    found = list(entries)
    for entry in found:  # grows while it is walked
        found += entry.children
    return found


def _link(depth: int, entry: Entry) -> dict[str, object]:
    """Return one step of a chain as JSON has it: what it waits for itself follows, one deeper."""
    known = {"number": entry.number, "title": entry.title, "state": entry.state, "approval": entry.approval}
    return {"depth": depth, **known, "blocked_by": entry.blocked_by, "hangs_on": entry.hangs_on}


def _head(entry: Entry, more: Particulars) -> Text:
    head = Text.assemble((f"{entry.number}  {entry.title}", "bold"), "\n", light(entry.light), "  ", standing(entry))
    for name, value in _particulars(entry, more):
        head.append(f"\n{name:<12}", DIM).append(value)
    return head


def _particulars(entry: Entry, more: Particulars) -> Iterator[tuple[str, str | Text]]:
    """Yield what is known of a measure, by name."""
    known = {
        "finding": more.finding,
        "unit": "、".join([entry.unit, *more.partners]),
        "topics": " ".join(entry.topics),
        "hangs on": entry.hangs_on,
        "waits on": entry.waits_on,
        "rhythm": more.rrule,
        "begin by": more.start_by,
        "applied": more.applied_on and f"{more.applied_on} to {more.outside_body}, {more.document or 'no number'}",
        "expected": None if more.granted_on else more.expected_on,
        "granted": more.granted_on,
        "submitted": more.submitted_on and f"{more.submitted_on} by {more.submitted_by}",
        "returned": f"{entry.returns} times" if entry.returns else None,
        "in part": entry.staged_on,
        "look again": entry.reverify_on,
        "done": f"{more.resolution} {entry.done_on or ''}" if more.resolution else None,
        "limit": entry.limit,
    }
    yield from ((name, str(value)) for name, value in known.items() if value)
    if not (entry.children or entry.standing):
        first = first_due(entry)
        if first:
            yield "first due", first.append("  ").append(days_first(entry))
        yield "due", Text.assemble(due(entry), "  ", days(entry), "  ", entry.due_note)
    if more.note:
        yield "note", more.note


def _parts(entry: Entry) -> Table:
    made = table("", "number", "title", "due", "days", "where it stands", "hangs on", "", numbers=("number", "days"))
    for child in entry.children:
        made.add_row(
            light(child.light) if child.open else Text("done", DIM),
            child.number,
            child.title,
            due(child),
            days(child),
            standing(child),
            child.hangs_on or "",
            Text(child.due_note, DIM),
        )
    return made


def _watch(timed: Iterable[Timed], entry: Entry) -> Table:
    assumed = {one.number for one in _all([entry]) if one.due_basis is DueBasis.ASSUMED}
    made = table("measure", "watch", "counted from", "next look")
    for one in timed:
        rests = one.measure in assumed and one.watch in (WatchKind.DELIVERY, WatchKind.PERMIT_LATE)
        made.add_row(
            one.measure,
            Text(one.watch).append(" blocked" if one.blocked else "", "bold"),
            Text(str(one.anchor)).append(" assumed" if rests else "", DIM),
            str(one.look_on or "with the next sweep"),
        )
    return made


def _steps(ahead: Iterable[Ahead], today: date) -> Table:
    made = table("on", "measure", "step", "slip", "tells", "as", "")
    for step in ahead:
        remarks = {
            "with the next sweep": step.on <= today,
            "provisional": step.provisional,
            f"in place of {step.instead_of}": step.instead_of,
            "unless blocked": step.blocked,
        }
        made.add_row(
            str(step.on),
            step.measure,
            f"{step.watch} {step.step}",
            step.slip,
            held_by(step.post, step.person),
            step.duty,
            Text(", ".join(remark for remark, true in remarks.items() if true), DIM),
        )
    return made


def _evidence(more: Particulars, zone: tzinfo) -> Table:
    made = table("shows", "name", "bytes", "SHA-256", "added", "by", numbers=("bytes",))
    for piece in more.evidence:
        made.add_row(
            piece.kind, piece.name, str(piece.size), piece.sha256, minute(piece.added_at, zone), piece.added_by
        )
    return made
