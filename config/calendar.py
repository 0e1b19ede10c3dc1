"""Calendar documents: the decrees of each year, and what an office adds to them.

A calendar lists its decrees in the order in which they were issued. Each is for one `year` and names its
`title`, `number`, `issued` date and `source`, and under `holidays` what it arranges: a `name`, the days off
`from` … `to`, and the weekend days that are worked for it, `working`. A decree that `amends` an earlier one,
named by its number, settles the days it names anew.

An office's additions are `[[off]]` and `[[working]]`, each with a `day` and a `reason`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from config.document import Table, read_toml
from config.problems import Malformed, Problem
from models.workdays import Calendar

_SHIPPED = Path(__file__).with_name("calendars")
_DECEMBER = 12
_SATURDAY = 5
_LONGEST = 31  # days off in a row; more is a slip of the pen


@dataclass(frozen=True, slots=True)
class Holiday:
    """What a decree arranges for one holiday: the days off, and the weekend days worked for them."""

    name: str
    off: tuple[date, ...]
    working: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Decree:
    """One notice of the holidays of a year, or of a change to them: then `amends` is the earlier number."""

    year: int
    title: str
    number: str
    issued: date
    source: str
    amends: str | None
    holidays: tuple[Holiday, ...]


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A day that an office has set for itself, and why."""

    day: date
    reason: str


@dataclass(frozen=True, slots=True)
class CalendarDocument:
    """A calendar as it is written down; `version` is the hash of the files it was read from."""

    name: str
    version: str
    decrees: tuple[Decree, ...]
    off: tuple[LocalDay, ...]
    working: tuple[LocalDay, ...]

    def calendar(self) -> Calendar:
        """Return the calendar that the rules count by."""
        settled = {day: off for decree in self.decrees for day, off in _days(decree.holidays)}
        return Calendar(
            name=self.name,
            version=self.version,
            decreed=frozenset(decree.year for decree in self.decrees),
            days_off=frozenset(day for day, off in settled.items() if off),
            make_up_days=frozenset(day for day, off in settled.items() if not off and _is_weekend(day)),
            days_off_local=frozenset(local.day for local in self.off),
            working_local=frozenset(local.day for local in self.working),
        )


def load_calendar(name_or_path: str | Path, local: Path | None = None, added: Sequence[Path] = ()) -> Calendar:
    """Return a shipped calendar by its name, or one from a file, with decrees added since and an office's own days.

    Raises Malformed with everything that is wrong.
    """
    return load_document(name_or_path, local, added).calendar()


def load_document(
    name_or_path: str | Path, local: Path | None = None, added: Sequence[Path] = ()
) -> CalendarDocument:
    """Return a calendar as written, with its decrees; arguments and errors are those of `load_calendar`."""
    problems: list[Problem] = []
    path = _find(name_or_path, problems)
    main = read_toml(path, problems) if path else None
    later = [source for source in (read_toml(file, problems) for file in added) if source]
    additions = read_toml(local, problems) if local else None
    rulings: dict[date, _Ruling] = {}
    decrees = _read_decrees([main.table, *(source.table for source in later)], rulings) if main else ()
    off, working = _read_additions(additions.table, decrees, rulings) if main and additions else ((), ())
    if problems:
        raise Malformed(problems)
    content = b"".join(source.content for source in (main, *later, additions) if source)
    version = sha256(content).hexdigest()[:12]
    return CalendarDocument(Path(name_or_path).stem, version, decrees, off, working)


def _find(name_or_path: str | Path, problems: list[Problem]) -> Path | None:
    shipped = {path.stem: path for path in _SHIPPED.glob("*.toml")}
    path = shipped.get(str(name_or_path), Path(name_or_path))
    if path.is_file():
        return path
    remedy = f"give the path of one, or the name of a shipped one: {', '.join(sorted(shipped))}"
    problems.append(Problem(str(name_or_path), f"there is no such calendar; {remedy}"))
    return None


@dataclass(frozen=True, slots=True)
class _Ruling:
    """What has been settled about a day, and the number of the decree that did."""

    off: bool
    number: str


def _read_decrees(documents: Sequence[Table], rulings: dict[date, _Ruling]) -> tuple[Decree, ...]:
    decrees: list[Decree] = []
    for document in documents:
        found = document.take_tables("decree", named_by="number")
        for table in found:
            decree = _read_decree(table, rulings)
            _check_order(table, decree, decrees)
            decrees.append(decree)
        document.refuse_unknown()
        if not found:
            document.note("decree", "is missing; add the decree of each year as a [[decree]]")
    years = {decree.year for decree in decrees if decree.year}
    left_out = {year + 1 for year in years if year < max(years)} - years
    if left_out:
        documents[-1].note("decree", f"leaves out {min(left_out)}; add the decree of that year, or correct a year")
    return tuple(decrees)


def _check_order(table: Table, decree: Decree, earlier: list[Decree]) -> None:
    """Note what breaks the order of a year: one decree, and after it the changes to it."""
    of_the_year = [other for other in earlier if other.year == decree.year]
    if any(other.number == decree.number for other in earlier):
        table.note("number", f"{decree.number} stands twice; correct one")
    if decree.amends is None and of_the_year:
        table.note("year", f"{decree.year} has a decree above; correct the year, or add `amends`")
    if decree.amends is not None and decree.amends not in [other.number for other in of_the_year]:
        table.note("amends", f"no decree of {decree.year} above has this number; correct it or the order")


def _read_decree(table: Table, rulings: dict[date, _Ruling]) -> Decree:
    tables = table.take_tables("holidays", named_by="name")
    decree = Decree(
        year=table.take("year", int) or 0,
        title=table.take("title", str) or "",
        number=table.take("number", str) or "",
        issued=table.take("issued", date) or date.min,
        source=table.take("source", str) or "",
        amends=table.take_optional("amends", str),
        holidays=tuple(_read_holiday(each) for each in tables),
    )
    table.refuse_unknown()
    if not tables:
        table.note("holidays", "is missing or empty; list what the decree arranges")
    for each, holiday in zip(tables, decree.holidays, strict=True):
        for objection in _settle(holiday.off, rulings, decree, off=True)[:1]:  # the first speaks for the range
            each.note("from", objection)
        for objection in _settle(holiday.working, rulings, decree, off=False):
            each.note("working", objection)
    return decree


def _read_holiday(table: Table) -> Holiday:
    name = table.take("name", str) or ""
    first = table.take("from", date)
    last = table.take_optional("to", date) or first
    working = table.take_dates("working")
    table.refuse_unknown()
    off: list[date] = []
    if first is not None and last is not None:
        length = (last - first).days + 1
        if 1 <= length <= _LONGEST:
            off = [first + timedelta(days=each) for each in range(length)]
        else:
            table.note("to", f"has to lie 0 to {_LONGEST - 1} days after {first}; correct one of the two")
    return Holiday(name, tuple(off), tuple(working))


def _settle(days: Iterable[date], rulings: dict[date, _Ruling], decree: Decree, *, off: bool) -> list[str]:
    """Record what a decree says of days, and return what speaks against it."""
    objections = []
    for day in days:
        objections.append(_objection(day, rulings.get(day), decree, off=off))
        rulings[day] = _Ruling(off, decree.number)
    return [objection for objection in objections if objection is not None]


def _objection(day: date, before: _Ruling | None, decree: Decree, *, off: bool) -> str | None:
    """Say what speaks against a day that a decree names, given what was settled about it before."""
    if day.year != decree.year and (day.year, day.month) != (decree.year - 1, _DECEMBER):
        return f"{day} does not belong to {decree.year}; correct it or move it to the decree of its year"
    if before is None:
        idle = not off and not _is_weekend(day)
        return f"{day} is a weekday and worked anyway; remove it or correct the date" if idle else None
    if before.number == decree.number:
        what = "is named twice" if before.off is off else "is both off and working"
        return f"{day} {what} in this decree; keep one"
    if before.number != decree.amends:
        return f"{day} was settled by {before.number}; remove it, or say that this decree amends that one"
    return None


def _read_additions(
    document: Table, decrees: tuple[Decree, ...], rulings: Mapping[date, _Ruling]
) -> tuple[tuple[LocalDay, ...], tuple[LocalDay, ...]]:
    years = {decree.year for decree in decrees}
    seen: set[date] = set()
    read: dict[str, list[LocalDay]] = {"off": [], "working": []}
    for key, days in read.items():
        for table in document.take_tables(key, named_by="day"):
            day = table.take("day", date)
            reason = table.take("reason", str) or ""
            table.refuse_unknown()
            if day is None:
                continue
            if day.year not in years:
                table.note("day", f"{day.year} is not decreed; correct the date, or add it after the decree")
            elif day in seen:
                table.note("day", f"{day} stands twice in this file; keep one")
            elif (key == "working") is _works(day, rulings.get(day)):
                table.note("day", f"{day} is {key} without this; remove it or correct the date")
            seen.add(day)
            days.append(LocalDay(day, reason))
    document.refuse_unknown()
    return tuple(read["off"]), tuple(read["working"])


def _works(day: date, ruling: _Ruling | None) -> bool:
    return not _is_weekend(day) if ruling is None else not ruling.off


def _days(holidays: Iterable[Holiday]) -> Iterator[tuple[date, bool]]:
    """Yield every day that the holidays name, and whether it is off."""
    for holiday in holidays:
        yield from ((day, True) for day in holiday.off)
        yield from ((day, False) for day in holiday.working)


def _is_weekend(day: date) -> bool:
    return day.weekday() >= _SATURDAY
