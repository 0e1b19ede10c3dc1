"""Office files: who there is (`office.toml`), and what they have promised (`register.toml`).

An office is a folder with these two files. What they say is read into drafts, typed and frozen; the shipped
example in `offices/qiyang` shows every key in use.
"""

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StrictBool

from config.consistency import Row, check_office, check_register, check_units
from config.document import read_toml
from config.drafts import Draft, draft
from config.problems import Malformed, Problem
from config.register import Day, Finding, Inspection, Slug, Text
from models.vocabulary import Duty

_SHIPPED = Path(__file__).with_name("offices")


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
    """Who holds posts, reachable under `target` on the channel that the settings name `channel`."""

    slug: Slug
    name: Text
    channel: Slug
    target: Text
    holds: tuple[Holding, ...] = ()


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


class _OfficeFile(Draft):
    office: Profile
    duties: Duties
    units: tuple[Unit, ...] = Field(alias="unit")
    posts: tuple[Post, ...] = Field(alias="post")
    persons: tuple[Person, ...] = Field(alias="person")


class _RegisterFile(Draft):
    inspection: Inspection
    findings: tuple[Finding, ...] = Field(alias="finding")


def load_office(name_or_path: str | Path) -> Office:
    """Return a shipped office by its name, or one from a folder.

    Raises Malformed with everything that is wrong in either file.
    """
    folder = _find(name_or_path)
    problems: list[Problem] = []
    office_file, register_file = (_read(folder / name, problems) for name in ("office.toml", "register.toml"))
    office = office_file and draft(_OfficeFile, office_file.raw, office_file.file, problems)
    register = register_file and draft(_RegisterFile, register_file.raw, register_file.file, problems)
    if office_file:
        problems += check_office(office_file)
    if register_file:
        problems += check_register(register_file)
    if office_file and register_file:
        problems += check_units(register_file, office_file)
    if problems or not (office and register):
        raise Malformed(problems)
    return Office(
        **office.office.model_dump(),
        duties=office.duties,
        units=office.units,
        posts=office.posts,
        persons=office.persons,
        inspection=register.inspection,
        findings=register.findings,
    )


def _find(name_or_path: str | Path) -> Path:
    """Return the folder of an office; a bare name means a shipped one, wherever there is one."""
    shipped = sorted(folder.name for folder in _SHIPPED.iterdir() if folder.is_dir())
    if name_or_path in shipped:
        return _SHIPPED / name_or_path
    folder = Path(name_or_path)
    if not folder.is_dir():
        sentence = f"is no folder of an office; name one, or a shipped one: {', '.join(shipped)}"
        raise Malformed([Problem(str(name_or_path), sentence)])
    return folder


def _read(path: Path, problems: list[Problem]) -> Row | None:
    source = read_toml(path, problems)
    return Row(path.name, "", source.table.raw) if source else None
