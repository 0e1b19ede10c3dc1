"""One entry of the register, for people and for programs: until when, how late, where it stands."""

from datetime import date
from typing import Any

from rich.text import Text

from duban.cli.screen import COLOURS, DIM
from models.queries.register import Entry
from models.vocabulary import Approval, DueBasis

_ADDED = {DueBasis.ASSUMED: " assumed", DueBasis.EXTENDED: " extended"}


def measure_json(entry: Entry) -> dict[str, Any]:
    """Return a measure, and its parts, as JSON has them."""
    return {
        "number": entry.number,
        "title": entry.title,
        "state": entry.state,
        "approval": entry.approval,
        "standing": entry.standing,
        "light": entry.light,
        "unit": entry.unit,
        "topics": entry.topics,
        "promised_on": entry.promised_on,
        "due_on": entry.due_on,
        "due_basis": entry.due_basis,
        "due_note": entry.due_note,
        "days_left": entry.days_left,
        "first_due_on": entry.first_due_on,
        "first_due_basis": entry.first_due_basis,
        "days_left_first": entry.days_left_first,
        "done_on": entry.done_on,
        "limit": entry.limit,
        "provisional_due_on": entry.provisional_due_on,
        "extensions": entry.extensions,
        "asked_until": entry.asked_until,
        "suspended_until": entry.suspended_until,
        "staged_on": entry.staged_on,
        "reverify_on": entry.reverify_on,
        "returns": entry.returns,
        "waits_on": entry.waits_on,
        "blocked_by": entry.blocked_by,
        "hangs_on": entry.hangs_on,
        "children": [measure_json(child) for child in entry.children],
    }


def due(entry: Entry) -> Text:
    """Say until when a measure is due, and what that date rests on where it is not a plain promise."""
    if entry.standing:
        return Text("standing", DIM)
    if entry.due_on is not None:
        return _dated(entry.due_on, entry.due_basis)
    if entry.provisional_due_on is not None:
        return Text(entry.provisional_due_on.isoformat()).append(" provisional", DIM)
    return Text(entry.limit or "not set" if entry.open else "", DIM)


def first_due(entry: Entry) -> Text | None:
    """Say until when a measure was due first, where that was another day."""
    if entry.first_due_on is None or entry.first_due_on == entry.due_on:
        return None
    return _dated(entry.first_due_on, entry.first_due_basis)


def days(entry: Entry) -> Text:
    """Say how many days are left, or how many a measure is late, or was when it was done."""
    return _distance(entry, entry.due_on, entry.days_left)


def days_first(entry: Entry) -> Text:
    """Say the same of the first due date, where that was another one."""
    if entry.first_due_on == entry.due_on:
        return Text()
    return _distance(entry, entry.first_due_on, entry.days_left_first)


def standing(entry: Entry) -> Text:
    """Say where a measure stands, and what it waits for."""
    text = _place(entry)
    if entry.asked_until and entry.open:
        text.append(", ").append("asks for time", "bold").append(f" until {entry.asked_until}")
    if entry.staged_on and entry.open:
        text.append(f", done in part {entry.staged_on}")
    if entry.reverify_on and not entry.open:
        text.append(f", to be looked at again {entry.reverify_on}")
    return text


def _place(entry: Entry) -> Text:
    if entry.suspended_until:
        return Text("suspended", "bold").append(f" until {entry.suspended_until}")
    if entry.blocked_by:
        return Text("blocked by ", "bold").append(" ".join(entry.blocked_by))
    if entry.approval is Approval.PERMIT:
        return Text("permit from ", "bold").append(entry.waits_on or "")
    if entry.approval is Approval.CLOSEOUT:
        return Text("review", "bold")
    text = Text(entry.state.replace("_", " "))
    return text.append(f", waits for {entry.waits_on}") if entry.waits_on else text


def _dated(due_on: date, basis: DueBasis | None) -> Text:
    return Text(due_on.isoformat()).append(_ADDED.get(basis, "") if basis else "", DIM)


def _distance(entry: Entry, due_on: date | None, left: int | None) -> Text:
    if entry.done_on and due_on:
        late = (entry.done_on - due_on).days
        return Text(f"{late} late" if late > 0 else "in time", DIM)
    if left is None:
        return Text()
    if left < 0:
        return Text(f"{-left} late", COLOURS[entry.light])
    return Text(f"{left} left" if left else "today")
