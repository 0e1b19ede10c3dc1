from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from flows.channels import open_channel
from models.vocabulary import Outcome
from tests.flows.channels.samples import SAMPLE, envelope
from tests.servers.http import Answer, Behaviour, HttpServer
from tests.servers.scripted import ScriptedServer

if TYPE_CHECKING:
    import ssl


def url(server: HttpServer | ScriptedServer, rest: str = "/hook?rto=2", schema: str = "json") -> str:
    return f"{schema}://{server.address}{rest}"


def test_an_accepted_post_brings_the_receivers_own_answer(http: HttpServer) -> None:
    with open_channel(url(http)) as channel:
        receipt = channel.send(SAMPLE)
    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.detail == '200 OK {"errcode": 0, "errmsg": "ok"}'


def test_a_post_carries_the_whole_envelope_and_its_key(http: HttpServer) -> None:
    with open_channel(f"json://desk:s3cret@{http.address}/a/%E7%9D%A3?+X-Token=t0ken&-room=7 8") as channel:
        channel.send(SAMPLE)
    (post,) = http.posts
    assert post.body == {
        "key": SAMPLE.key,
        "target": SAMPLE.target,
        "recipient": SAMPLE.recipient,
        "subject": SAMPLE.subject,
        "body": SAMPLE.body,
        "composed_at": "2023-12-25T00:30:00+00:00",
    }
    assert post.path == "/a/%E7%9D%A3?room=7+8"
    assert post.headers["idempotency-key"] == SAMPLE.key
    assert post.headers["x-token"] == "t0ken"
    assert post.headers["content-type"] == "application/json; charset=utf-8"
    assert post.headers["authorization"] == f"Basic {base64.b64encode(b'desk:s3cret').decode()}"


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Answer(204, ""), Outcome.ACCEPTED),
        (Answer(200, "thanks"), Outcome.ACCEPTED),
        (Answer(200, '{"errcode": 45009, "errmsg": "api freq out of limit"}'), Outcome.RETRY),
        (Answer(200, '{"errcode": 93000, "errmsg": "invalid webhook url"}'), Outcome.REFUSED),
        (Answer(302, ""), Outcome.REFUSED),
        (Answer(401, ""), Outcome.RETRY),
        (Answer(410, "gone for good"), Outcome.REFUSED),
        (Answer(429, ""), Outcome.RETRY),
        (Answer(500, ""), Outcome.RETRY),
        (Answer(504, ""), Outcome.IN_DOUBT),
        (Behaviour.HANG, Outcome.IN_DOUBT),
        (Behaviour.DROP, Outcome.IN_DOUBT),
        (Behaviour.CUT_ANSWER, Outcome.IN_DOUBT),
    ],
)
def test_the_receipt_is_what_the_receiver_said(
    http: HttpServer, behaviour: Answer | Behaviour, outcome: Outcome
) -> None:
    http.behave(behaviour, SAMPLE.target)
    with open_channel(url(http)) as channel:
        assert channel.send(SAMPLE).outcome is outcome
        assert http.copies(SAMPLE.key) == 1
        other = channel.send(envelope(key="other", target="deputy"))
    assert other.outcome is Outcome.ACCEPTED
    assert http.copies("other") == 1


def test_a_refusal_repeats_the_receivers_words(http: HttpServer) -> None:
    http.behave(Answer(410, "no such\n room"))
    with open_channel(url(http)) as channel:
        assert channel.send(SAMPLE).detail == "410 Gone no such room"


def test_a_receipt_can_be_stored_and_shown_whatever_the_receiver_said(http: HttpServer) -> None:
    http.behave(Answer(410, "no\0such \x1b[31mroom\u2028" + "很" * 1000))
    with open_channel(url(http)) as channel:
        detail = channel.send(SAMPLE).detail
    assert detail.startswith("410 Gone no such [31mroom 很很很")
    assert detail.isprintable()
    assert len(detail) == 200


def test_a_status_stands_even_if_its_body_breaks_off() -> None:
    answer = b"HTTP/1.1 410 Gone\r\nContent-Length: 100\r\n\r\nno such"
    with ScriptedServer((b"}", answer)) as server, open_channel(url(server)) as channel:
        receipt = channel.send(SAMPLE)
    assert receipt.outcome is Outcome.REFUSED
    assert receipt.detail.startswith("410 Gone")


def test_an_answer_that_is_no_http_leaves_the_post_in_doubt() -> None:
    with ScriptedServer((b"}", b"hello there\r\n\r\n")) as server, open_channel(url(server)) as channel:
        assert channel.send(SAMPLE).outcome is Outcome.IN_DOUBT


def test_one_connection_serves_many_posts(http: HttpServer) -> None:
    http.behave(Answer(410), "gone")
    with open_channel(url(http)) as channel:
        for number in range(20):
            channel.send(envelope(key=f"k{number}", target="gone" if number == 7 else "head"))
    assert len(http.posts) == 20
    assert http.connections == 1


def test_a_kept_connection_that_was_closed_is_opened_again_unnoticed(http: HttpServer) -> None:
    http.behave(Answer(close=True))
    with open_channel(url(http)) as channel:
        for key in ("first", "second", "third"):
            assert channel.send(envelope(key=key)).outcome is Outcome.ACCEPTED
            assert http.wait_until_idle()
    assert [post.key for post in http.posts] == ["first", "second", "third"]
    assert http.connections == 3


def test_an_endless_answer_is_not_read_to_its_end(http: HttpServer) -> None:
    http.behave(Answer(200, "x" * 1_000_000))
    with open_channel(url(http)) as channel:
        receipts = [channel.send(envelope(key=key)) for key in ("first", "second")]
    assert [receipt.outcome for receipt in receipts] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
    assert len(receipts[0].detail) == 200


def test_a_receiver_nobody_can_connect_to_is_tried_again_later(nowhere: str) -> None:
    with open_channel(f"json://{nowhere}/hook") as channel:
        receipt = channel.send(SAMPLE)
    assert receipt.outcome is Outcome.RETRY
    assert receipt.detail == "nothing was sent: [Errno 111] Connection refused"


def test_what_a_receiver_echoes_of_our_secrets_is_hidden(http: HttpServer) -> None:
    login = base64.b64encode(b"desk:s3cret!").decode()
    http.behave(
        Answer(403, f"token t0ken-1 user desk pass s3cret! basic {login} path hook-4711 room r00m-1 not known")
    )
    with open_channel(f"json://desk:s3cret!@{http.address}/hook-4711/x?+X-Token=t0ken-1&-room=r00m-1") as channel:
        receipt = channel.send(SAMPLE)
    assert receipt.detail == "403 Forbidden token *** user *** pass *** basic *** path *** room *** not known"


def test_https_is_spoken_only_with_a_receiver_whose_certificate_holds(tls: ssl.SSLContext) -> None:
    with HttpServer(tls=tls) as server:
        with open_channel(url(server, schema="jsons")) as channel:
            stranger = channel.send(SAMPLE)
        with open_channel(url(server, "/hook?verify=no", schema="jsons")) as channel:
            receipts = [channel.send(envelope(key=key)) for key in ("first", "second")]
    assert stranger.outcome is Outcome.RETRY
    assert "CERTIFICATE_VERIFY_FAILED" in stranger.detail
    assert [receipt.outcome for receipt in receipts] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
    assert [post.key for post in server.posts] == ["first", "second"]
    assert server.connections == 1


def test_reaching_a_receiver_posts_nothing(http: HttpServer, nowhere: str) -> None:
    with open_channel(url(http)) as channel:
        assert channel.reach() is None
    assert http.posts == []
    with open_channel(f"json://{nowhere}/hook") as channel:
        assert channel.reach() == "[Errno 111] Connection refused"
