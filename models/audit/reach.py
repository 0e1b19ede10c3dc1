"""Where persons are reached: addresses beside the ledger, and what was given up for want of one."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from models.audit.difference import Difference
from models.audit.reasons import MARGIN
from models.audit.record import Record, table
from models.ledger import Fact
from models.office import Address, Person
from models.outbox import Message
from models.vocabulary import FactKind, Withheld

_ADDRESS, _FACT, _MESSAGE, _PERSON = table(Address), table(Fact), table(Message), table(Person)


class Change(NamedTuple):
    """A fact of an address, or of something given up for want of one."""

    fact: int
    at: datetime
    told: dict[str, Any]


def wrong_addresses(session: Session) -> Iterator[Difference]:
    """Find addresses that are in use against the ledger, or not, and what was given up although one was in use."""
    changes = _by_person(session, FactKind.ADDRESS)
    addresses: dict[int, list[Record]] = defaultdict(list)
    columns = (_ADDRESS.c.person_id, _ADDRESS.c.rank, _ADDRESS.c.channel, _ADDRESS.c.target, _ADDRESS.c.disabled_at)
    rows = select(*columns, _PERSON.c.name, _PERSON.c.slug).join(_PERSON, _PERSON.c.id == _ADDRESS.c.person_id)
    for row in session.connection().execute(rows.order_by(_ADDRESS.c.id)):
        addresses[row.person_id].append(row)
        yield from _wrong(row, changes.get(row.person_id, []))
    for person, given_up in _by_person(session, FactKind.WITHHOLD).items():
        for one in given_up:
            if any(change.fact > one.fact or change.at >= one.at - MARGIN for change in changes.get(person, ())):
                continue  # it was otherwise then
            above = _rank(session, one.told.get("key"))
            used = [row for row in addresses.get(person, ()) if row.disabled_at is None and row.rank > above]
            if used:
                what = f"it was given up as unreachable, and {used[0].channel} {used[0].target} was in use"
                yield _difference(used[0], what)


def _by_person(session: Session, kind: FactKind) -> dict[int, list[Change]]:
    """Return the facts of addresses, or of what was given up as unreachable, by person."""
    found: dict[int, list[Change]] = defaultdict(list)
    facts = select(_FACT.c.id, _FACT.c.at, _FACT.c.person_id, _FACT.c.payload)
    of_persons = facts.where(_FACT.c.kind == kind, _FACT.c.measure_id.is_(None), _FACT.c.person_id.is_not(None))
    for fact, at, person, payload in session.connection().execute(of_persons.order_by(_FACT.c.id)):
        told = json.loads(payload)
        if kind is FactKind.ADDRESS or told.get("reason") == Withheld.UNREACHABLE:
            found[person].append(Change(fact, at, told))
    return found


def _wrong(row: Record, changes: list[Change]) -> Iterator[Difference]:
    own = [
        one.told["change"]
        for one in changes
        if (one.told["channel"], one.told["target"]) == (row.channel, row.target)
    ]
    disabled = own[-1:] == ["disabled"]
    if (row.disabled_at is not None) != disabled:
        stands = "disabled" if row.disabled_at else "in use"
        word = own[-1] if own else "nothing"
        yield _difference(row, f"{row.channel} {row.target} is {stands}, and the ledger's last word of it is {word}")


def _rank(session: Session, key: str | None) -> int:
    """Return the rank behind which an address was looked for: what follows a message goes on behind its own."""
    own = (
        select(_ADDRESS.c.rank)
        .join(_MESSAGE, _MESSAGE.c.person_id == _ADDRESS.c.person_id)
        .where(
            _MESSAGE.c.key == key,
            _MESSAGE.c.instead_of.is_not(None),
            _MESSAGE.c.channel == _ADDRESS.c.channel,
            _MESSAGE.c.target == _ADDRESS.c.target,
        )
    )
    return session.connection().scalar(own) or 0


def _difference(row: Record, what: str) -> Difference:
    return Difference(row.name, what, f"duban address list {row.slug}")
