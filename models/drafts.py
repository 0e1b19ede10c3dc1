"""Drafts: an office and its register as its files say it, typed and frozen, before they become rows."""

from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, Strict, StrictBool, model_validator

from models.draft import Draft, Slug, Text
from models.vocabulary import Approval, DayKind, DueBasis, Duty, Gate, LimitName, NonWorking, State
from models.workdays import Span


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:  # not found, or not even the name of a file
        raise ValueError(f"'{name}' is no time zone; write one like Asia/Shanghai") from error
    return name


def _one_word(name: str) -> str:
    if len(name.split()) != 1:
        raise ValueError("an alias is one word; remove the spaces")
    return name


Word = Annotated[str, AfterValidator(_one_word)]
Zone = Annotated[str, AfterValidator(_known_zone)]
_YEARS = range(1900, 3000)  # beyond them calendars come to their end


def _within_years(day: date) -> date:
    if day.year not in _YEARS:
        raise ValueError(f"lies outside the years {_YEARS.start} to {_YEARS.stop - 1}")
    return day


Day = Annotated[date, Strict(), AfterValidator(_within_years)]

_INHERITED = ("unit", "with", "topics")


_LONGEST = 3650  # days; nobody means a longer limit


def _known_span(text: str) -> str:
    if not 0 < Span.parse(text).count <= _LONGEST:
        raise ValueError(f"has to be from 1 to {_LONGEST} days")
    return text


SpanText = Annotated[str, AfterValidator(_known_span)]


class RelativeLimit(Draft):
    """So many days (`30 calendar`, `15 working`) after a measure's permit or end, or after the feedback."""

    within: SpanText
    event: Gate
    after: Text | None = None


class Item(Draft):
    """What is tracked: an undivided measure, or a part of a divided one.

    `state` is None in a divided measure only. `unit` and `partners` (协办单位) are slugs of units, `depends_on`
    numbers of measures or items that have to be done before, `awaits_permit_of` such whose permit is enough;
    `waits_on` says in words what has to come from outside. `counted_in` tells in which days a suspension moves the
    due date, `settles` where an occurrence goes that falls on a day off.
    """

    number: Text
    title: Text
    unit: Slug
    partners: tuple[Slug, ...] = Field(default=(), alias="with")
    topics: tuple[Slug, ...] = ()
    state: State | None = None
    approval: Approval | None = None
    outside_body: Text | None = None
    applied_on: Day | None = None
    expected_on: Day | None = None
    waits_on: Text | None = None
    depends_on: tuple[Text, ...] = ()
    awaits_permit_of: tuple[Text, ...] = ()
    limit: RelativeLimit | None = None
    counted_in: DayKind = DayKind.CALENDAR
    settles: NonWorking = NonWorking.LEAVE
    standing: StrictBool = False
    rrule: Text | None = None
    start_by: Day | None = None
    due_on: Day | None = None
    due_basis: Literal[DueBasis.PROMISED, DueBasis.DECIDED, DueBasis.ASSUMED, DueBasis.UNSET] = DueBasis.UNSET
    due_note: Text | None = None
    note: Text | None = None


class Measure(Item):
    """A promise. With `items` it is divided, and they decide where it stands."""

    items: tuple[Item, ...] = Field(default=(), alias="item")

    @model_validator(mode="before")
    @classmethod
    def _pass_down(cls, raw: object) -> object:
        """Give every item the unit, partners and topics of its measure where it names none."""
        if not isinstance(raw, dict) or not isinstance(raw.get("item"), list):
            return raw
        common = {key: raw[key] for key in _INHERITED if key in raw}
        return raw | {"item": [common | item if isinstance(item, dict) else item for item in raw["item"]]}


class Finding(Draft):
    """One thing that the inspection found wrong, and what was promised for it."""

    number: Text
    category: Text
    title: Text
    measures: tuple[Measure, ...] = Field(alias="measure")


class Inspection(Draft):
    """Where the findings come from; `body` is who inspected, `source` where it can be read.

    `registered_on` is the day the register was taken into duban: from it on standing duties come up.
    `unit` answers for what the statute itself wants by its limits; `met` says on which day that was done.
    """

    slug: Slug
    name: Text
    body: Text
    feedback_on: Day
    notice_on: Day | None = None
    registered_on: Day
    unit: Slug
    met: dict[LimitName, Day] = Field(default_factory=dict)
    source: Text


class Unit(Draft):
    """A unit, and the posts that answer for its measures: both, if it has any."""

    slug: Slug
    name: Text
    aliases: tuple[Word, ...] = ()
    responsible: Slug | None = None
    deputy: Slug | None = None


class Post(Draft):
    """A post in a unit."""

    slug: Slug
    name: Text
    unit: Slug


class Holding(Draft):
    """A post held from a day on; `until` is the first day on which it is not held any more."""

    post: Slug
    since: Day = Field(alias="from")
    until: Day | None = None
    acting: StrictBool = False


class Person(Draft):
    """Who holds posts, reached under `target` on the channel that the settings name `channel`.

    Who has several addresses lists them as pairs of these, the first one first.
    """

    slug: Slug
    name: Text
    channel: Slug | None = None
    target: Text | None = None
    addresses: tuple[tuple[Slug, Text], ...] = ()
    holds: tuple[Holding, ...] = ()

    @property
    def reached_at(self) -> tuple[tuple[str, str], ...]:
        """Every address as its channel and target, the first one first."""
        alone = ((self.channel, self.target),) if self.channel and self.target else ()
        return self.addresses or alone


class Duties(Draft):
    """The posts that do a duty for every unit of the office."""

    head: Slug
    supervisor: Slug
    inspection: Slug


class Profile(Draft):
    """What the office is called, and how it counts and speaks."""

    slug: Slug
    name: Text
    timezone: Zone = "Asia/Shanghai"
    calendar: Text = "cn"
    locale: Literal["zh_CN", "en"] = "zh_CN"


class Office(Profile):
    """An office and its register, all references known to be good."""

    duties: Duties
    units: tuple[Unit, ...]
    posts: tuple[Post, ...]
    persons: tuple[Person, ...]
    inspection: Inspection
    findings: tuple[Finding, ...]

    def posts_of(self, unit: Unit) -> dict[Duty, str]:
        """Return the slug of the post that does each duty for the measures of a unit."""
        posts = {
            Duty.RESPONSIBLE: unit.responsible,
            Duty.DEPUTY: unit.deputy,
            Duty.HEAD: self.duties.head,
            Duty.SUPERVISOR: self.duties.supervisor,
            Duty.INSPECTION: self.duties.inspection,
        }
        return {duty: post for duty, post in posts.items() if post}
