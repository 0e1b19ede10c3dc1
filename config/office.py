"""Office files: who there is (`office.toml`), and what they have promised (`register.toml`).

An office is a folder with these two files. What they say is read into drafts, typed and frozen; the shipped
example in `offices/qiyang` shows every key in use.
"""

from pathlib import Path

from pydantic import Field

from config.consistency import check_office, check_register, check_units
from config.document import read_toml
from config.drafts import draft
from config.problems import Malformed, Problem
from config.row import Row
from models.draft import Draft
from models.drafts import Duties, Finding, Inspection, Office, Person, Post, Profile, Unit

_SHIPPED = Path(__file__).with_name("offices")


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
