"""Statutes: the limits that an inspection itself sets, by the rule in force on the day of its feedback.

A document lists its rules as `[[statute]]` in the order in which they came into force: `since` which day of feedback
each holds, its `title`, `source` and, where it was read in the text itself, its `article`; and of the limits `plan`,
`report` and `concentrated` those that it sets, written as `2 months`, `15 working` or `30 calendar`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from dateutil.relativedelta import relativedelta

from config.document import Table, read_toml
from config.problems import Malformed, Problem
from models.errors import DubanError
from models.vocabulary import DayKind, LimitName
from models.workdays import Calendar, Projected, Span

_SHIPPED = Path(__file__).with_name("statutes")
_WITHIN = re.compile(r"([1-9][0-9]{0,2}) (months?|working|calendar)")


@dataclass(frozen=True, slots=True)
class Months:
    """A number of calendar months."""

    count: int

    def __str__(self) -> str:
        return f"{self.count} months"


@dataclass(frozen=True, slots=True)
class Statute:
    """A rule, the first day of feedback that it holds for, and how long after the feedback what is owed."""

    since: date
    title: str
    article: str | None
    source: str
    limits: Mapping[LimitName, Months | Span]


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing owed, and the last day on which it is in time."""

    name: LimitName
    due_on: date
    provisional: bool


def statute_on(statutes: Sequence[Statute], feedback_on: date) -> Statute:
    """Return the rule in force on the day of the feedback; a later one does not touch an inspection fed back before.

    Raises DubanError when the document begins later than that day.
    """
    in_force = [statute for statute in statutes if statute.since <= feedback_on]
    if in_force:
        return in_force[-1]
    begins = f"no rule is known for feedback on {feedback_on}; the first one holds since {statutes[0].since}"
    raise DubanError(f"{begins}: correct the date, or add the rule that held then to the statutes.")


def limits(statute: Statute, feedback_on: date, calendar: Calendar) -> list[Limit]:
    """Return what is owed after a feedback, in the order of LimitName.

    The day of the feedback does not count. Months end on the day of the same number, or on the last day of a month
    that has none: two months after 31 December is the last of February. A limit that ends on a day off ends there
    all the same, for no rule says otherwise.
    """
    dues = {name: _due(within, feedback_on, calendar) for name, within in statute.limits.items()}
    return [Limit(name, due.value, due.provisional) for name, due in dues.items()]


def load_statutes(name_or_path: str | Path) -> tuple[Statute, ...]:
    """Return the shipped rules by their name, or those of a file. Raises Malformed with everything that is wrong."""
    problems: list[Problem] = []
    shipped = {path.stem: path for path in _SHIPPED.glob("*.toml")}
    source = read_toml(shipped.get(str(name_or_path), Path(name_or_path)), problems)
    statutes = _read(source.table) if source else ()
    if problems:
        raise Malformed(problems)
    return statutes


def _read(document: Table) -> tuple[Statute, ...]:
    tables = document.take_tables("statute", named_by="since")
    document.refuse_unknown()
    if not tables:
        document.note("statute", "is missing; add each rule as a [[statute]]")
    statutes = tuple(_read_statute(table) for table in tables)
    for (before, _), (statute, table) in pairwise(zip(statutes, tables, strict=True)):
        if date.min < statute.since <= before.since:  # what is missing has been noted
            table.note("since", f"has to be later than {before.since} of the rule above; put the earlier rule first")
    return statutes


def _read_statute(table: Table) -> Statute:
    read = {name: _read_within(table, name) for name in LimitName}
    statute = Statute(
        since=table.take("since", date) or date.min,
        title=table.take("title", str) or "",
        article=table.take_optional("article", str),
        source=table.take("source", str) or "",
        limits={name: within for name, within in read.items() if within is not None},
    )
    table.refuse_unknown()
    if not any(name in table.raw for name in LimitName):
        table.note("report", f"is missing, and every other limit too; write one at least of: {', '.join(LimitName)}")
    return statute


def _read_within(table: Table, name: LimitName) -> Months | Span | None:
    text = table.take_optional(name, str)
    if text is None:
        return None
    match = _WITHIN.fullmatch(text)
    if match is None:
        table.note(name, f"'{text}' is no limit; write it as '2 months', '15 working' or '30 calendar'")
        return None
    count, unit = int(match[1]), match[2]
    return Months(count) if unit.startswith("month") else Span(count, DayKind(unit))


def _due(within: Months | Span, feedback_on: date, calendar: Calendar) -> Projected[date]:
    if isinstance(within, Months):
        return Projected(feedback_on + relativedelta(months=within.count), provisional=False)
    return calendar.shift(feedback_on, within)
