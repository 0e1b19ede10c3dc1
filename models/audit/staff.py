"""Who answered for which post on which day, by the holdings and leaves, and what the ledger says of that."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, col, select

from models.audit.difference import Difference
from models.ledger import Fact
from models.office import Address, Holding, Leave, Person, Post, UnitDuty
from models.vocabulary import Duty, FactKind

DAY = timedelta(days=1)
_CHANGES = (FactKind.HAND_OVER, FactKind.APPOINT, FactKind.VACATE, FactKind.LEAVE)
_LONG = 60  # days of which each is looked at; nobody's message waits longer


class Change(NamedTuple):
    """A post changed hands by a person's deed, or (without a post) somebody went on leave."""

    kind: FactKind
    post: int | None
    at: datetime
    since: date
    to: str | None


class Staff:
    """The posts behind the duties, and who answers for them."""

    def __init__(self, session: Session) -> None:
        self.names = {post.id or 0: post.name for post in session.exec(select(Post)).all()}
        self.persons = {person.id or 0: person.name for person in session.exec(select(Person)).all()}
        in_use = select(Address.person_id).where(col(Address.disabled_at).is_(None))
        self.reachable = set(session.exec(in_use).all())
        self.duties: dict[int, dict[Duty, int]] = defaultdict(dict)
        for row in session.exec(select(UnitDuty)).all():
            self.duties[row.unit_id][row.duty] = row.post_id
        self._holdings: dict[int, list[Holding]] = defaultdict(list)
        for holding in session.exec(select(Holding)).all():
            self._holdings[holding.post_id].append(holding)
        self._leaves = session.exec(select(Leave).order_by(col(Leave.id))).all()
        self._changes = list(_changes(session))
        self._answers: dict[tuple[int, date], int | None] = {}

    def answers(self, post: int, on: date) -> int | None:
        """Return who answers for a post on a day: the holder, or whoever stands in for one on leave."""
        if (post, on) not in self._answers:
            self._answers[post, on] = self._find(post, on)
        return self._answers[post, on]

    def vacant(self, post: int, on: date) -> bool:
        """Tell whether nobody can be said to have held a post on a day; it may have changed hands in its course."""
        return self.answers(post, on) is None and self.answers(post, on - DAY) is None

    def held(self, post: int, on: date) -> bool:
        """Tell whether somebody certainly held a post on a day."""
        return self.answers(post, on) is not None and self.answers(post, on - DAY) is not None

    def answered(self, post: int, person: int, first: date, last: date) -> bool:
        """Tell whether a person answered for a post on some day from one through another, or the day before."""
        days = range(-1, min(max((last - first).days, 0), _LONG) + 1)
        return any(self.answers(post, first + DAY * number) == person for number in days)

    def changed(self, post: int, since: datetime) -> bool:
        """Tell whether a post changed hands, or somebody went on leave, by a deed after an instant."""
        return any(one.post in (post, None) and one.at >= since for one in self._changes)

    def differences(self, on: date) -> Iterator[Difference]:
        """Find posts that are in other hands than the ledger last gave them into."""
        last: dict[int, Change] = {}
        for one in self._changes:
            if one.post is not None and one.since <= on:
                last[one.post] = one
        for post, change in last.items():
            holder = self._holder(post, on)
            name = self.persons.get(holder.person_id) if holder else None
            if change.kind is FactKind.HAND_OVER and name != change.to:
                yield Difference(
                    self.names.get(post, f"post {post}"),
                    f"the ledger gave it to {change.to} on {change.since}, and it is held by {name or 'nobody'}",
                    "duban office show",
                )
            if change.kind is FactKind.VACATE and holder is not None:
                yield Difference(
                    self.names.get(post, f"post {post}"),
                    f"the ledger left it vacant on {change.since}, and it is held by {name}",
                    "duban office show",
                )

    def _find(self, post: int, on: date) -> int | None:
        holder = self._holder(post, on)
        if holder is None:
            return None
        away = {leave.person_id: leave.substitute_id for leave in self._leaves if leave.since <= on < leave.until}
        chain = [holder.person_id]
        while chain[-1] in away:
            chain.append(away[chain[-1]])
            if chain[-1] in chain[:-1]:  # they lead in a circle
                return chain[0]
        return chain[-1]

    def _holder(self, post: int, on: date) -> Holding | None:
        holding = [one for one in self._holdings[post] if one.since <= on and (one.until is None or one.until > on)]
        return max(holding, key=lambda one: (not one.acting, one.since), default=None)


def _changes(session: Session) -> Iterator[Change]:
    facts = session.exec(select(Fact).where(col(Fact.kind).in_(_CHANGES)).order_by(col(Fact.id))).all()
    for fact in facts:
        told = json.loads(fact.payload)
        yield Change(fact.kind, fact.post_id, fact.at, date.fromisoformat(told["since"]), told.get("successor"))
