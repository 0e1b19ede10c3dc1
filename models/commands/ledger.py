"""Writing facts down."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, cast, insert, literal
from sqlmodel import Session, SQLModel

from models.commands.actor import Actor
from models.ledger import Fact
from models.measure import Measure
from models.vocabulary import FactKind

_INSERT = insert(SQLModel.metadata.tables[str(Fact.__tablename__)])


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
    columns = {"measure_id": measure_id, "person_id": person_id, "post_id": post_id, "run_id": run_id}
    record_all(session, [{"kind": kind, "at": at, **columns, "payload": payload}])


def record_act(
    session: Session,
    kind: FactKind,
    measure: Measure,
    actor: Actor,
    **payload: Any,  # noqa: ANN401 - what JSON can say
) -> None:
    """Write down what somebody did to a measure, and on which day of the office."""
    record(session, kind, actor.at, measure_id=measure.id, person_id=actor.person.id, on=actor.on, **payload)


def record_all(session: Session, facts: Sequence[Mapping[str, Any]]) -> None:
    """Write facts in the order given, each a row of the ledger with its payload still in parts."""
    if facts:
        rows = [{**fact, "payload": _text(fact["payload"])} for fact in facts]
        session.connection().execute(_INSERT, rows)


def _text(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, default=str)


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
