"""Printing for programs: one JSON document on standard output."""

import json
import sys
from dataclasses import asdict, is_dataclass
from datetime import date, time
from typing import Any


def print_json(value: object) -> None:
    """Print a value as JSON: dataclasses as objects, dates and instants in ISO 8601."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    sys.stdout.write("\n")
    sys.stdout.flush()  # a reader that has gone is noticed here, not at exit


def _plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
