"""Writing facts down."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, cast, literal
from sqlmodel import Session

from models.ledger import Fact
from models.vocabulary import FactKind


def record(
    session: Session,
    kind: FactKind,
    at: datetime,
    *,
    measure_id: int | None = None,
    person_id: int | None = None,
    post_id: int | None = None,
    run_id: int | None = None,
    **payload: Any,  # noqa: ANN401 - what JSON can say
) -> None:
    """Write one fact, in the transaction of what it tells of."""
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True, default=str)
    session.add(
        Fact(
            at=at,
            kind=kind,
            measure_id=measure_id,
            person_id=person_id,
            post_id=post_id,
            run_id=run_id,
            payload=text,
        )
    )


def json_object(**parts: ColumnElement[Any]) -> ColumnElement[str]:
    """Write a payload in SQL, out of plain words, dates and numbers; none of them needs escaping.

    In few pieces: a sweep writes millions of payloads, and to put one together is most of what a fact costs.
    """
    text: ColumnElement[str] = literal("")
    before = "{"
    for name, part in parts.items():
        quote = "" if isinstance(part.type, Integer) else '"'
        text = text + literal(f'{before}"{name}": {quote}') + cast(part, String)
        before = f"{quote}, "
    return text + literal(before.removesuffix(", ") + "}")
