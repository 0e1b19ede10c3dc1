"""A promise: which keys a measure's row lacks, and which contradict each other."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time

from dateutil.rrule import rrulestr

from config.problems import Problem
from config.row import Row
from models.vocabulary import Approval, DueBasis, State

OF_WAITING = ("depends_on", "awaits_permit_of")
"""The keys under which a measure names those that it waits for."""

_OF_A_PERMIT = ("outside_body", "applied_on")
_OF_THE_AWAITING = ("approval", *_OF_A_PERMIT)
_OF_THE_OPEN = ("standing", "rrule", "settles", "waits_on", "start_by", "due_on", "due_basis", "due_note", "limit")
_OF_THE_UNDIVIDED = ("state", *_OF_THE_AWAITING, *_OF_THE_OPEN, *OF_WAITING)

# The part of RFC 5545 that yields days and always ends: dateutil never returns from INTERVAL=0.
_RULE = re.compile(
    r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)"
    r"(;(INTERVAL=[1-9][0-9]?|UNTIL=[0-9]{8}|WKST=[A-Z]{2}"
    r"|(COUNT|BYDAY|BYMONTH|BYMONTHDAY|BYYEARDAY|BYWEEKNO|BYSETPOS)=[-+,0-9A-Z]+))*"
)


def check_promise(above: Row, row: Row) -> Iterator[Problem]:
    """Note what is wrong with a measure under its finding, or with an item under its measure, taken by itself."""
    yield from _check_number(above, row)
    yield from _check_divided(row) if row.raw.get("item") else _check_undivided(row)


def rule_fault(rule: str) -> str | None:
    """Say why a recurrence rule (RFC 5545, without `RRULE:`) yields no days; None if it does."""
    if not _RULE.fullmatch(rule):
        return "is no rule for days; write one like FREQ=MONTHLY;BYMONTHDAY=25"
    try:
        first = next(iter(rrulestr(rule, dtstart=datetime.combine(date(2000, 1, 1), time()))), None)
    except (ValueError, OverflowError) as error:
        return f"is not valid ({error}); correct it after RFC 5545"
    return None if first else "never comes due; correct it, or leave it out"


def _check_number(above: Row, row: Row) -> Iterator[Problem]:
    if row.name and (not row.name.startswith(above.name) or row.name == above.name):
        yield row.problem("number", f"has to begin with '{above.name}', the number it stands under")


def _check_divided(row: Row) -> Iterator[Problem]:
    for key in _OF_THE_UNDIVIDED:
        if key in row.raw:
            yield row.problem(key, "has no place in a divided measure; give it to one of its items")


def _check_undivided(row: Row) -> Iterator[Problem]:
    state = row.raw.get("state")
    if state is None:
        yield row.problem("state", f"is missing; write one of: {', '.join(State)}")
    if state == State.DONE:
        for key in _OF_THE_OPEN:
            if key in row.raw:
                yield row.problem(key, "has no place in what is done; remove it, or correct the state")
    yield from _check_approval(row, state)
    yield from _check_due_date(row)
    yield from _check_rhythm(row)
    if "start_by" in row.raw and state in (State.IN_PROGRESS, State.AWAITING_APPROVAL):
        yield row.problem("start_by", "has no place in what has started; remove it, or correct the state")


def _check_approval(row: Row, state: object) -> Iterator[Problem]:
    approval = row.raw.get("approval")
    if state in (State.PLANNED, State.IN_PROGRESS, State.DONE):
        for key in _OF_THE_AWAITING:
            if key in row.raw:
                yield row.problem(key, f"takes state '{State.AWAITING_APPROVAL}'; remove it, or correct the state")
    elif state == State.AWAITING_APPROVAL and approval is None:
        yield row.problem("approval", f"is missing; write '{Approval.PERMIT}' and the outside body")
    elif approval == Approval.CLOSEOUT:
        yield row.problem("approval", f"begins when evidence is submitted; write state '{State.IN_PROGRESS}'")
    elif approval == Approval.PERMIT:
        for key in _OF_A_PERMIT:
            if key not in row.raw:
                yield row.problem(key, "is missing; a permit is asked of somebody on some day")


def _check_due_date(row: Row) -> Iterator[Problem]:
    dated = "due_on" in row.raw
    basis = row.raw.get("due_basis", DueBasis.UNSET)
    if dated and basis == DueBasis.UNSET:
        yield row.problem("due_basis", "is missing; say where the date comes from: promised, decided, assumed")
    if not dated and basis != DueBasis.UNSET:
        yield row.problem("due_on", "is missing; add the date, or remove its basis")
    if basis == DueBasis.ASSUMED and "due_note" not in row.raw:
        yield row.problem("due_note", "is missing; say why this date was assumed")
    start_by, due_on = row.day("start_by"), row.day("due_on")
    if start_by and due_on and start_by > due_on:
        yield row.problem("start_by", "is after `due_on`; correct one of them")


def _check_rhythm(row: Row) -> Iterator[Problem]:
    standing = row.raw.get("standing") is True
    if "rrule" in row.raw and not standing:
        yield row.problem("rrule", "takes `standing = true`; add it, or remove the rule")
    if "settles" in row.raw and "rrule" not in row.raw:
        yield row.problem("settles", "takes an `rrule`; add it, or remove the key")
    if standing and "due_on" in row.raw:
        yield row.problem("due_on", "has no place in a standing measure; its dates come from `rrule`")
    for rule in row.texts("rrule"):
        if fault := rule_fault(rule):
            yield row.problem("rrule", fault)
