"""Drafting: a parsed document becomes a typed draft, and the faults that pydantic finds become located problems."""

import re
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.problems import Problem
from models.draft import Draft

_REMEDIES = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not known here; correct its spelling or remove it",
    "date_type": "has to be a date; write it like 2023-01-31, without quotes",
    "time_type": "has to be a time; write it like 08:30:00, without quotes",
    "int_type": "has to be a whole number",
    "string_pattern_mismatch": "has to be a slug: small letters, digits and single hyphens",
    "string_too_short": "is empty; write something or leave it out",
    "too_short": "is empty; add at least one",
    "enum": "is no word known here; write one of: {expected}",
    "literal_error": "is no word known here; write one of: {expected}",
    "string_type": "has to be a text; write it in quotes",
    "bool_type": "has to be true or false, without quotes",
    "tuple_type": "has to be a list; write tables as [[…]] and values as [a, b]",
    "model_type": "has to be a table",
}


_MEMBER = re.compile(r"<[A-Za-z]+\.[A-Z_]+: ('[a-z_]+')>")  # how pydantic spells a word of a Literal of ours

D = TypeVar("D", bound=Draft)


def draft(model: type[D], raw: dict[str, Any], file: str, problems: list[Problem]) -> D | None:
    """Return a parsed document as a draft; None where it is malformed, every fault then noted with its key."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        problems += [Problem(f"{file}: {_path(fault, raw)}", _sentence(fault)) for fault in error.errors()]
    return None


def label(raw: Any, position: int) -> str:  # noqa: ANN401 - a parsed list, whatever is in it
    """Name an entry of a list by its number, slug or step, or else by its position, from #1."""
    entry = raw[position] if isinstance(raw, list) and position < len(raw) else None
    names = [entry.get(key) for key in ("number", "slug", "step")] if isinstance(entry, dict) else []
    return next((str(name) for name in names if name), f"#{position + 1}")


def _path(fault: ErrorDetails, raw: Any) -> str:  # noqa: ANN401 - a parsed file, whatever is in it
    """Return the key path of what pydantic found, with numbers and slugs instead of positions."""
    path = ""
    for step in fault["loc"]:
        if isinstance(step, int):
            path += f"[{label(raw, step)}]"
            raw = raw[step] if isinstance(raw, list) and step < len(raw) else None
        elif step != "[key]":  # pydantic's word for a key that is wrong itself
            path += f".{step}"
            raw = raw.get(step) if isinstance(raw, dict) else None
    return path.removeprefix(".")


def _sentence(fault: ErrorDetails) -> str:
    remedy = _REMEDIES.get(fault["type"])
    if remedy is None:
        return f"is refused: {fault['msg'].removeprefix('Value error, ')}"
    return _MEMBER.sub(r"\1", remedy.format(**fault.get("ctx", {})))
