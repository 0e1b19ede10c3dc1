"""Writing facts down."""

import json
from datetime import datetime
from typing import Any

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
