"""Read what a webhook's answer means: its status, and the error that many put into the body of a 200."""

import json
from typing import Any

from models.vocabulary import Outcome

# 401 and 407 are about our login, which would befall every message alike; the others ask for patience.
_NOT_NOW = frozenset({401, 407, 408, 425, 429})
_GATEWAY_TIMEOUT = 504
_SUCCESSES = range(200, 300)
_ERRORS = range(400, 600)
_SERVER_ERRORS = range(500, 600)
# "Too many calls" and "busy" outside HTTP's range, as WeCom and the many that copied it say them.
_BUSY = frozenset({-1, 45009})
_NO_ERROR: tuple[object, ...] = (None, False, 0, "0", "", [], {})
_NO = (False, "false")


def by_status(status: int) -> Outcome:
    """Judge an HTTP status.

    A 5xx is the receiver's own word that it failed, so it is tried again, under the same Idempotency-Key. Only of
    504 that is not true: a gateway passed the message on and does not know what became of it.
    """
    if status in _SUCCESSES:
        return Outcome.ACCEPTED
    if status == _GATEWAY_TIMEOUT:
        return Outcome.IN_DOUBT
    if status in _NOT_NOW or status in _SERVER_ERRORS:
        return Outcome.RETRY
    return Outcome.REFUSED


def by_body(body: bytes) -> Outcome:
    """Judge the body of a 2xx: accepted, unless it is a JSON object that tells of an error.

    An error that means "busy" or that copies an HTTP status is judged like it; any other is a refusal.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return Outcome.ACCEPTED
    if not isinstance(answer, dict) or not _tells_of_an_error(answer):
        return Outcome.ACCEPTED
    code = next((found for name in ("errcode", "code", "error") if (found := number(answer.get(name)))), 0)
    if code in _BUSY:
        return Outcome.RETRY
    return by_status(code) if code in _ERRORS else Outcome.REFUSED


def _tells_of_an_error(answer: dict[str, Any]) -> bool:
    errcode, code = number(answer.get("errcode")), number(answer.get("code"))
    return (
        errcode not in (None, 0)
        or (code not in (None, 0) and code not in _SUCCESSES)
        or answer.get("error") not in _NO_ERROR
        or answer.get("success") in _NO
        or answer.get("ok") in _NO
        or answer.get("status") in ("error", "fail", "failed")
    )


def number(value: object) -> int | None:
    """Return a code written as a number or as digits; words are no codes."""
    try:
        return int(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
    except ValueError:
        return None
