from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.channels.answer import by_body, by_status
from models.vocabulary import Outcome


@pytest.mark.parametrize("status", [401, 407, 408, 425, 429, 500, 502, 503])
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert by_status(status) is Outcome.RETRY


@pytest.mark.parametrize("status", [301, 302, 307, 400, 403, 404, 405, 410, 413, 422])
def test_what_will_not_pass_is_refused(status: int) -> None:
    assert by_status(status) is Outcome.REFUSED


def test_a_gateway_that_got_no_answer_knows_no_more_than_we_do() -> None:
    assert by_status(504) is Outcome.IN_DOUBT


@given(st.integers(100, 599))
def test_only_a_2xx_is_accepted(status: int) -> None:
    assert (by_status(status) is Outcome.ACCEPTED) == (200 <= status < 300)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "ok",
        "[]",
        "null",
        "{}",
        '{"errcode": 0, "errmsg": "ok"}',
        '{"errcode": "0"}',
        '{"code": 0}',
        '{"code": 200, "message": "success"}',
        '{"code": "OK"}',
        '{"error": null}',
        '{"error": false}',
        '{"error": ""}',
        '{"success": true}',
        '{"ok": true, "result": {"error": 1}}',
        '{"status": "success"}',
        '{"errcode": 93000',
        "[" * 60_000,
        "\ufffd\0",
    ],
)
def test_a_body_that_tells_of_no_error_is_no_error(body: str) -> None:
    assert by_body(body.encode()) is Outcome.ACCEPTED


@pytest.mark.parametrize(
    "body",
    [
        '{"errcode": 93000, "errmsg": "invalid webhook url"}',
        '{"errcode": "310000"}',
        '{"code": 19021, "msg": "sign match fail"}',
        '{"code": 404}',
        '{"code": "1001"}',
        '{"error": true}',
        '{"error": "no such room"}',
        '{"error": {"message": "no such room"}}',
        '{"success": false}',
        '{"errcode": 0, "success": false}',
        '{"ok": false, "description": "chat not found"}',
        '{"status": "error"}',
    ],
)
def test_a_body_that_tells_of_an_error_is_a_refusal(body: str) -> None:
    assert by_body(body.encode()) is Outcome.REFUSED


@pytest.mark.parametrize(
    "body",
    [
        '{"errcode": 45009, "errmsg": "api freq out of limit"}',
        '{"errcode": -1, "errmsg": "system busy"}',
        '{"code": 429}',
        '{"code": "503"}',
        '{"error": 500}',
        '{"ok": false, "code": 429}',
    ],
)
def test_a_body_that_tells_of_an_error_that_may_pass_is_tried_again(body: str) -> None:
    assert by_body(body.encode()) is Outcome.RETRY


LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("-0123abc", max_size=4)
JSON = LEAF | st.lists(LEAF, max_size=2) | st.dictionaries(st.just("code"), LEAF)


@given(st.binary() | st.dictionaries(st.sampled_from(["errcode", "code", "error", "success", "ok", "status"]), JSON))
def test_any_body_gets_a_verdict(body: object) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert by_body(raw) in Outcome
