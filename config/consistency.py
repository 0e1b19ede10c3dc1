"""What types cannot see in an office's files: references, numbers, and keys that contradict each other.

The checks read the parsed TOML and not the drafts, so that everything wrong is found at once, however wrong
the rest. What has the wrong type is left to the types.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from graphlib import CycleError, TopologicalSorter
from itertools import combinations, pairwise

from config.problems import Problem
from config.promise import OF_WAITING, check_promise
from config.row import Row
from models.vocabulary import Gate

_OF_AN_ADDRESS = ("channel", "target")


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
        yield from check_promise(above, row)
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


def _check_dependencies(promises: list[tuple[Row, Row]]) -> Iterator[Problem]:
    """Note what depends on nothing known, or in the end on itself; a divided measure waits for its items."""
    known = {row.name: row for _, row in promises if row.name}
    asked = {name: {other for key in OF_WAITING for other in row.texts(key)} for name, row in known.items()}
    for row in known.values():
        for key in OF_WAITING:
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
