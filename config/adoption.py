"""Adopting files: a policy or a decree that an office brings is kept in duban's home folder, whole or not at all."""

import os
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from config.document import read_toml
from config.problems import Malformed, Problem


def year_of(file: Path) -> int:
    """Return the one year that the decrees of a file are for. Raises Malformed unless there is one."""
    problems: list[Problem] = []
    source = read_toml(file, problems)
    decrees = source.table.raw.get("decree") if source else None
    listed = decrees if isinstance(decrees, list) else []
    years = {decree.get("year") for decree in listed if isinstance(decree, dict)}
    if not problems and (len(years) != 1 or not all(type(year) is int for year in years)):
        problems.append(Problem(f"{file.name}: decree", "has to name one year; write its decrees as [[decree]]"))
    if problems:
        raise Malformed(problems)
    (year,) = years
    return int(year or 0)


def with_year(decrees: Sequence[Path], year: int, file: Path) -> list[Path]:
    """Return the files of decrees once this one is kept, in the order of their years; it replaces one of its year."""
    others = [other for other in decrees if other.stem != str(year)]
    return sorted([*others, file], key=lambda path: str(year) if path is file else path.stem)


def keep(file: Path, target: Path) -> None:
    """Copy a file to where it is kept, whole or not at all; what was there before is gone then, and not earlier."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{uuid4().hex}")
    try:
        with part.open("wb") as copy:
            copy.write(file.read_bytes())
            copy.flush()
            os.fsync(copy.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
