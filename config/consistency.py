"""What types cannot see in an office's files: references, numbers, and keys that contradict each other.

The checks read the parsed TOML and not the drafts, so that everything wrong is found at once, however wrong
the rest. What has the wrong type is left to the types.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from graphlib import CycleError, TopologicalSorter
from itertools import combinations, pairwise
from typing import Any

from dateutil.rrule import rrulestr

from config.drafts import label
from config.problems import Problem
from models.vocabulary import Approval, DueBasis, Gate, State

_OF_A_PERMIT = ("outside_body", "applied_on")
_OF_THE_AWAITING = ("approval", *_OF_A_PERMIT)
_OF_THE_OPEN = ("standing", "rrule", "settles", "waits_on", "start_by", "due_on", "due_basis", "due_note", "limit")
_OF_AN_ADDRESS = ("channel", "target")
_OF_WAITING = ("depends_on", "awaits_permit_of")
_OF_THE_UNDIVIDED = ("state", *_OF_THE_AWAITING, *_OF_THE_OPEN, *_OF_WAITING)

# The part of RFC 5545 that yields days and always ends: dateutil never returns from INTERVAL=0.
_RULE = re.compile(
    r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)"
    r"(;(INTERVAL=[1-9][0-9]?|UNTIL=[0-9]{8}|WKST=[A-Z]{2}"
    r"|(COUNT|BYDAY|BYMONTH|BYMONTHDAY|BYYEARDAY|BYWEEKNO|BYSETPOS)=[-+,0-9A-Z]+))*"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A table of a parsed file with its key path, which is empty for the file itself."""

    file: str
    path: str
    raw: dict[str, Any]

    @property
    def name(self) -> str:
        """The number or slug that the row goes by, empty if it has none."""
        return "".join((*self.texts("number"), *self.texts("slug"))[:1])

    def row(self, key: str) -> "Row":
        """Return the table `[key]`, empty if there is none."""
        table = self.raw.get(key)
        return Row(self.file, self._at(key), table if isinstance(table, dict) else {})

    def rows(self, key: str) -> list["Row"]:
        """Return the tables `[[key]]`."""
        tables = self.raw.get(key)
        return [
            Row(self.file, f"{self._at(key)}[{label(tables, index)}]", table)
            for index, table in enumerate(tables if isinstance(tables, list) else ())
            if isinstance(table, dict)
        ]

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts under a key, be it one or a list."""
        value = self.raw.get(key)
        return tuple(text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str))

    def day(self, key: str) -> date | None:
        """Return the date under a key; a date-time is none."""
        value = self.raw.get(key)
        return value if type(value) is date else None

    def problem(self, key: str, sentence: str) -> Problem:
        """Say what is wrong with a key of this row."""
        return Problem(f"{self.file}: {self._at(key)}", sentence)

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def check_office(office: Row) -> Iterator[Problem]:
    """Note what is wrong among units, posts and persons."""
    units, posts, persons = office.rows("unit"), office.rows("post"), office.rows("person")
    holdings = [holding for person in persons for holding in person.rows("holds")]
    for named in (units, posts, persons):
        yield from _repeated(named, "slug")
    yield from _repeated(units, "name", "aliases")
    yield from _unknown(units, ("responsible", "deputy"), "post", posts)
    yield from _unknown([office.row("duties")], ("head", "supervisor", "inspection"), "post", posts)
    yield from _unknown(holdings, ("post",), "post", posts)
    yield from _unknown(posts, ("unit",), "unit", units)
    for person in persons:
        yield from _check_addresses(person)
    yield from _check_holdings(holdings)


def check_register(register: Row) -> Iterator[Problem]:
    """Note what is wrong among findings, measures and items."""
    promises = list(_promises(register))
    yield from _repeated([*register.rows("finding"), *(row for _, row in promises)], "number")
    for above, row in promises:
        yield from _check_number(above, row)
        yield from _check_divided(row) if row.raw.get("item") else _check_undivided(row)
    yield from _check_dependencies(promises)


def check_units(register: Row, office: Row) -> Iterator[Problem]:
    """Note where the register names a unit that the office does not have, or that nobody answers for."""
    units = office.rows("unit")
    orphans = {unit.name for unit in units if not (unit.texts("responsible") and unit.texts("deputy"))}
    promises = [row for _, row in _promises(register)]
    yield from _unknown([*promises, register.row("inspection")], ("unit", "with"), "unit", units)
    for row in promises:
        for unit in orphans.intersection(row.texts("unit")):
            yield row.problem("unit", f"'{unit}' lacks posts; give it `responsible` and `deputy` in office.toml")


def rule_fault(rule: str) -> str | None:
    """Say why a recurrence rule (RFC 5545, without `RRULE:`) yields no days; None if it does."""
    if not _RULE.fullmatch(rule):
        return "is no rule for days; write one like FREQ=MONTHLY;BYMONTHDAY=25"
    try:
        first = next(iter(rrulestr(rule, dtstart=datetime.combine(date(2000, 1, 1), time()))), None)
    except (ValueError, OverflowError) as error:
        return f"is not valid ({error}); correct it after RFC 5545"
    return None if first else "never comes due; correct it, or leave it out"


def _promises(register: Row) -> Iterator[tuple[Row, Row]]:
    """Return every measure with its finding, and every item with its measure, in the order of the file."""
    for finding in register.rows("finding"):
        for measure in finding.rows("measure"):
            yield finding, measure
            for item in measure.rows("item"):
                yield measure, item


def _repeated(rows: Iterable[Row], *keys: str) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    for row in rows:
        for key in keys:
            for name in row.texts(key):
                if name in taken:
                    yield row.problem(key, f"'{name}' is taken by {taken[name]}; choose another one")
                taken.setdefault(name, row.path)


def _unknown(rows: Iterable[Row], keys: Iterable[str], kind: str, known: Iterable[Row]) -> Iterator[Problem]:
    names = {row.name for row in known}
    for row in rows:
        for key in keys:
            for name in row.texts(key):
                if name not in names:
                    yield row.problem(key, f"'{name}' is no {kind} of office.toml; correct it or add it there")


def _check_addresses(person: Row) -> Iterator[Problem]:
    if "addresses" not in person.raw:
        for key in _OF_AN_ADDRESS:
            if key not in person.raw:
                yield person.problem(key, "is missing; add it")
        return
    for key in _OF_AN_ADDRESS:
        if key in person.raw:
            yield person.problem(key, "has no place beside `addresses`; make it one of them")
    addresses = person.raw["addresses"]
    if addresses == []:
        yield person.problem("addresses", 'is empty; write at least one, like ["mail", "li@example.org"]')
    elif isinstance(addresses, list) and any(one in addresses[:place] for place, one in enumerate(addresses)):
        yield person.problem("addresses", "names one twice; each stands at one place of the order")


def _check_holdings(holdings: Iterable[Row]) -> Iterator[Problem]:
    full: dict[str, list[tuple[date, date, Row]]] = {}
    for row in holdings:
        since, until = row.day("from"), row.day("until") or date.max
        if since is None:
            continue
        if until <= since:
            yield row.problem("until", "is not after `from`; it is the first day on which the post is not held")
        if row.raw.get("acting") is not True:
            for post in row.texts("post"):
                full.setdefault(post, []).append((since, until, row))
    for post, held in full.items():
        for (since, until, row), (other_since, other_until, other) in combinations(held, 2):
            if since < other_until and other_since < until:
                yield other.problem(
                    "post", f"'{post}' is also held by {row.path}; end one before the other, or make it acting"
                )


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


def _check_dependencies(promises: list[tuple[Row, Row]]) -> Iterator[Problem]:
    """Note what depends on nothing known, or in the end on itself; a divided measure waits for its items."""
    known = {row.name: row for _, row in promises if row.name}
    asked = {name: {other for key in _OF_WAITING for other in row.texts(key)} for name, row in known.items()}
    for row in known.values():
        for key in _OF_WAITING:
            for other in sorted(set(row.texts(key)) - known.keys()):
                yield row.problem(key, f"'{other}' is no number of a measure; correct it or remove it")
        yield from _check_limit(row, known)
    waits = {name: others & known.keys() for name, others in asked.items()}
    for above, row in promises:
        if above.name in known and row.name.startswith(above.name) and row.name != above.name:
            waits[above.name].add(row.name)
    while cycle := _find_cycle(waits):
        one, other = next(pair for pair in pairwise(cycle) if pair[1] in asked[pair[0]])
        yield known[one].problem("depends_on", f"never ends: {' → '.join(cycle)}; remove one of these")
        waits[one].discard(other)


def _check_limit(row: Row, known: Mapping[str, Row]) -> Iterator[Problem]:
    limit = row.row("limit")
    if limit.raw and "due_on" in row.raw:
        yield row.problem("due_on", "contradicts `limit`, which sets the date when its event happens; keep one")
    if limit.raw.get("event") == Gate.FEEDBACK:
        if "after" in limit.raw:
            yield limit.problem("after", "has no place here; the feedback is the inspection's own")
    elif limit.raw and not limit.texts("after"):
        yield limit.problem("after", "is missing; name the measure whose permit or end it counts from")
    for other in limit.texts("after"):
        if other not in known or other == row.name:
            yield limit.problem("after", f"'{other}' is no other measure's number; correct it")


def _find_cycle(waits: dict[str, set[str]]) -> list[str] | None:
    """Return a chain of numbers, each waiting for the next, that ends where it began."""
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        chain: list[str] = error.args[1]
        return chain[::-1]
    return None
