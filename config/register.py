"""The drafts of a register: an inspection, what it found, and the measures promised for it."""

from datetime import date
from typing import Annotated

from pydantic import Field, Strict, StrictBool, model_validator

from config.drafts import Draft
from models.vocabulary import Approval, DueBasis, State

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, Field(min_length=1)]
Day = Annotated[date, Strict()]

_INHERITED = ("unit", "with", "topics")


class Item(Draft):
    """What is tracked: an undivided measure, or a part of a divided one.

    `state` is None in a divided measure only. `unit` and `partners` (协办单位) are slugs of units, `depends_on`
    numbers of measures or items; `waits_on` says in words what has to come from outside.
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
    waits_on: Text | None = None
    depends_on: tuple[Text, ...] = ()
    standing: StrictBool = False
    rrule: Text | None = None
    start_by: Day | None = None
    due_on: Day | None = None
    due_basis: DueBasis = DueBasis.UNSET
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
    """Where the findings come from; `body` is who inspected, `source` where it can be read."""

    slug: Slug
    name: Text
    body: Text
    feedback_on: Day
    notice_on: Day | None = None
    source: Text
