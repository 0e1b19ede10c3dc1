"""Sweeps that an office keeps at hand: each a scope under a name, for supervisors to start."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from config.document import read_toml
from config.drafts import draft
from config.problems import Malformed, Problem
from models.draft import Draft, Slug, Text
from models.queries.scope import Scope
from models.vocabulary import Light, State

GENERAL = "general"
"""The sweep that every office has: over whatever is asked for."""

FILE = "sweeps.toml"
_SHIPPED = Path(__file__).with_name("offices")


class Preset(Draft):
    """A sweep at hand: its name, what it is called, and the scope, of which one condition at least is given."""

    slug: Slug
    title: Text
    unit: Text | None = None
    state: State | None = None
    finding: Text | None = None
    light: Light | None = None
    topic: Slug | None = None

    @property
    def scope(self) -> Scope:
        """What it looks at."""
        return Scope(self.unit, self.state, self.finding, self.light, self.topic)


class _Document(Draft):
    sweeps: tuple[Preset, ...] = Field(default=(), alias="sweep")


def load_sweeps(home: Path, office: str) -> tuple[Preset, ...]:
    """Return the sweeps that an office keeps at hand.

    They stand in `sweeps.toml` in duban's home, or else with the shipped office of that slug; without either
    there are none. Raises Malformed with everything that is wrong.
    """
    path = next((file for file in (home / FILE, _SHIPPED / office / FILE) if file.exists()), None)
    if path is None:
        return ()
    problems: list[Problem] = []
    source = read_toml(path, problems)
    document = draft(_Document, source.table.raw, path.name, problems) if source else None
    if document:
        problems += _contradictions(document.sweeps, path.name)
    if problems or document is None:
        raise Malformed(problems)
    return document.sweeps


def _contradictions(sweeps: tuple[Preset, ...], file: str) -> Iterator[Problem]:
    for slug, times in Counter(sweep.slug for sweep in sweeps).items():
        place = f"{file}: sweep[{slug}]"
        if slug == GENERAL:
            yield Problem(place, "is the sweep that every office has; give this one another slug")
        if times > 1:
            yield Problem(place, "stands here more than once; give each sweep a slug of its own")
    for sweep in sweeps:
        if sweep.scope == Scope():
            yield Problem(
                f"{file}: sweep[{sweep.slug}]",
                "names nothing to look at; add a unit, state, finding, light or topic",
            )
