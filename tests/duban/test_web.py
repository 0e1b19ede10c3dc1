from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.links import Addressed, secret, sign
from config.settings import load_settings
from duban.web.server import NoDesk, listen
from tests.desk import at
from tests.servers.desk import serving
from tests.servers.prefect import descendants, free_port, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.duban.program import Program

TODAY, THROUGH = date(2023, 12, 26), date(2024, 2, 23)


class Clock:
    """The desk's clock, set by the test."""

    def __init__(self) -> None:
        self.now = at(TODAY)

    def __call__(self) -> datetime:
        return self.now


class Reader:
    """Somebody with the link of a message, and a phone."""

    def __init__(self, program: Program, client: httpx.Client, clock: Clock) -> None:
        self.program, self.client, self.clock = program, client, clock
        outbox = program.json("outbox")
        self.messages = [program.json("outbox", "--show", str(one["id"])) for one in outbox]
        self.message = max(self.messages, key=lambda one: str(one["body"]).count("〔"))

    def token(self, message: dict[str, Any] | None = None, through: date = THROUGH) -> str:
        own = message or self.message
        return sign(secret(load_settings()), self.addressed(own), through)

    def addressed(self, message: dict[str, Any]) -> Addressed:
        with_person = self.program.rows("SELECT person_id FROM message WHERE id = ?", str(message["id"]))
        return Addressed(message["id"], message["key"], with_person[0][0])

    def get(self, token: str | None = None) -> httpx.Response:
        return self.client.get(f"/a/{token or self.token()}")

    def post(self, verb: str, token: str | None = None, **form: Any) -> httpx.Response:
        return self.client.post(f"/a/{token or self.token()}/{verb}", data=form)

    def numbers(self, response: httpx.Response | None = None) -> list[str]:
        """Return the measures that can be chosen on a page."""
        return re.findall(r'name="measure" value="([^"]+)"', (response or self.get()).text)

    def changed(self) -> tuple[list[str], list[str]]:
        return self.program.content()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reader(duban: Program, clock: Clock) -> Iterator[Reader]:
    assert duban("sweep", "--as-of", "2023-12-25").code == 0
    with serving(clock) as client:
        yield Reader(duban, client, clock)


def test_the_page_shows_who_what_and_until_when_and_changes_nothing(reader: Reader) -> None:
    before = reader.changed()
    for _ in range(3):  # mail scanners open links, again and again
        page = reader.get()
        assert page.status_code == 200
    assert reader.message["person"] in page.text
    assert reader.numbers(page) == re.findall(r"〕.*（([^（）]+)）$", reader.message["body"], re.MULTILINE)
    assert "可签收至 2024年2月23日" in page.text
    assert "未签收" in page.text
    assert reader.client.head(f"/a/{reader.token()}").status_code == 405
    assert reader.changed() == before


def test_acknowledging_what_is_chosen_leaves_the_rest_to_be_acknowledged(reader: Reader) -> None:
    first, *rest = reader.numbers()
    assert rest
    done = reader.post("acknowledge", measure=[first])
    assert (done.status_code, done.headers["location"]) == (303, f"/a/{reader.token()}")
    page = reader.get()
    assert reader.numbers(page) == rest
    assert f"已签收 2023年12月26日 09:00 {reader.message['person']}" in page.text
    assert reader.post("acknowledge", measure=rest).status_code == 303
    page = reader.get()
    assert reader.numbers(page) == []
    assert "本消息已全部签收" in page.text
    facts = [fact for fact in reader.program.json("ledger", "show") if fact["kind"] == "acknowledge"]
    assert {fact["measure"] for fact in facts} == {first, *rest}
    assert {fact["payload"]["how"] for fact in facts} == {"link"}


def test_a_link_that_was_used_can_do_nothing_more(reader: Reader) -> None:
    numbers = reader.numbers()
    reader.post("acknowledge", measure=numbers)
    before = reader.changed()
    again = reader.post("acknowledge", measure=numbers)
    assert (again.status_code, "此前已经办理" in again.text) == (409, True)
    assert reader.changed() == before


def test_snoozing_for_some_days_is_done_once(reader: Reader) -> None:
    numbers = reader.numbers()
    assert re.findall(r'<option value="(\d+)"', reader.get().text) == ["1", "2", "3", "5", "7", "10", "14"]
    assert reader.post("snooze", measure=numbers, days="7").status_code == 303
    page = reader.get()
    assert "暂缓提醒至 2024年1月2日" in page.text
    assert "<option" not in page.text
    assert reader.post("snooze", measure=numbers, days="3").status_code == 409
    assert reader.post("acknowledge", measure=numbers).status_code == 303


@pytest.mark.parametrize("days", ["", "0", "-1", "16", "9" * 400, "seven", "²", "1.5"])
def test_nothing_is_put_off_for_days_that_are_not_allowed(reader: Reader, days: str) -> None:
    before = reader.changed()
    refused = reader.post("snooze", measure=reader.numbers(), days=days)
    assert (refused.status_code, "暂缓天数超出允许范围" in refused.text) == (422, True)
    assert reader.changed() == before


@pytest.mark.parametrize("form", [{}, {"measure": "nonsense"}, {"measure": ["1.1-1", "<b>"]}])
def test_what_the_message_does_not_say_cannot_be_acknowledged(reader: Reader, form: dict[str, Any]) -> None:
    before = reader.changed()
    refused = reader.post("acknowledge", **form)
    assert (refused.status_code, "请至少选择一项" in refused.text) == (422, True)
    assert reader.changed() == before


def test_the_link_of_one_message_does_nothing_for_another(reader: Reader) -> None:
    other = next(one for one in reader.messages if one["person"] != reader.message["person"])
    own, others = reader.numbers(), reader.numbers(reader.get(reader.token(other)))
    foreign = [number for number in others if number not in own]
    before = reader.changed()
    if foreign:
        assert reader.post("acknowledge", measure=foreign).status_code == 422
    number, day, signature = reader.token().split(".")
    mixed = f"{other['id']}.{day}.{signature}"
    assert number != str(other["id"])
    assert (reader.get(mixed).status_code, reader.post("acknowledge", mixed, measure=others).status_code) == (
        404,
        404,
    )
    assert reader.changed() == before


def test_a_link_that_has_expired_says_so_in_one_sentence(reader: Reader, clock: Clock) -> None:
    numbers = reader.numbers()
    clock.now = at(THROUGH)
    assert reader.get().status_code == 200
    clock.now = at(THROUGH + timedelta(days=1))
    before = reader.changed()
    for refused in (reader.get(), reader.post("acknowledge", measure=numbers), reader.post("snooze", days="1")):
        assert (refused.status_code, "链接已过期" in refused.text) == (410, True)
    assert reader.changed() == before


def test_a_link_with_any_byte_flipped_is_unknown(reader: Reader) -> None:
    token, before = reader.token(), reader.changed()

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.integers(0, len(token) - 1), st.integers(0, 6))
    def flipped(place: int, bit: int) -> None:
        changed = f"{token[:place]}%{ord(token[place]) ^ (1 << bit):02X}{token[place + 1 :]}"
        for refused in (reader.get(changed), reader.post("acknowledge", changed, measure=["1.1-1"])):
            assert refused.status_code == 404

    flipped()
    assert reader.changed() == before


def test_a_link_signed_with_a_former_key_is_answered_in_a_friendly_sentence(reader: Reader, home: Path) -> None:
    numbers, token = reader.numbers(), reader.token()
    (home / "secret").write_text("another key of at least thirty-two bytes")
    before = reader.changed()
    for refused in (reader.get(token), reader.post("acknowledge", token, measure=numbers)):
        assert (refused.status_code, "请从最近一条督办消息中打开，或联系督查部门签收" in refused.text) == (404, True)
    assert reader.changed() == before


@pytest.mark.parametrize("token", ["x", "1.2.3", "-1.1.x", f"{'9' * 5000}.1.x", "1.99999999999.x", "%00", "签收"])
def test_a_link_that_duban_never_made_is_unknown(reader: Reader, token: str) -> None:
    refused = reader.get(token)
    assert (refused.status_code, "此链接无效或已停用" in refused.text) == (404, True)


def test_a_message_that_has_not_left_cannot_be_acknowledged(reader: Reader) -> None:
    reader.program.write("UPDATE message SET tries = 0 WHERE id = ?", str(reader.message["id"]))
    assert reader.get().status_code == 404


def test_every_answer_keeps_the_link_private(reader: Reader) -> None:
    answers = [reader.get(), reader.get("x"), reader.post("acknowledge"), reader.client.get("/static/desk.css")]
    for answer in [*answers, reader.client.get("/health"), reader.client.get("/nowhere")]:
        told = answer.headers
        assert (told["cache-control"], told["referrer-policy"], told["x-frame-options"]) == (
            "no-store", "no-referrer", "DENY",
        )  # fmt: skip
        assert "default-src 'none'" in told["content-security-policy"]
        assert "frame-ancestors 'none'" in told["content-security-policy"]
        assert "server" not in told
        assert "set-cookie" not in told
    assert "<script" not in answers[0].text


def test_there_are_no_pages_but_these(reader: Reader) -> None:
    for path in ("/", "/docs", "/openapi.json", "/redoc", "/a", "/a/", "/static/../app.py"):
        assert reader.client.get(path).status_code == 404


def test_a_body_longer_than_any_form_is_not_read(reader: Reader) -> None:
    assert reader.client.post("/a/x/acknowledge", content=b"a" * 70_000).status_code == 413
    assert reader.client.post("/a/x/acknowledge", content=iter([b"a", b"b"])).status_code == 413


def test_an_english_office_has_an_english_page(reader: Reader) -> None:
    reader.program.write("UPDATE office SET locale = 'en'")
    page = reader.get().text
    assert "not acknowledged" in page
    assert "can be acknowledged until 2024-02-23" in page
    assert '<html lang="en">' in page


def test_where_the_office_cannot_be_reached_no_reason_is_given_away(reader: Reader) -> None:
    (reader.program.home / "duban.db").rename(reader.program.home / "gone.db")
    for path in ("/health", "/a/x"):
        answer = reader.client.get(path)
        assert answer.status_code == 503
        assert str(reader.program.home) not in answer.text


# health


def test_health_is_good_until_a_night_was_missed(reader: Reader, clock: Clock) -> None:
    assert reader.client.get("/health").json() == {"ok": False, "last_good_night_hours_ago": None}
    reader.program.write("UPDATE run SET kind = 'nightly', ended_at = '2023-12-26 00:00:00.000000'")
    clock.now = at(date(2023, 12, 27), at(TODAY).time().replace(hour=20))
    good = reader.client.get("/health")
    assert (good.status_code, good.json()) == (200, {"ok": True, "last_good_night_hours_ago": 36.0})
    clock.now += timedelta(seconds=1)
    stale = reader.client.get("/health")
    assert (stale.status_code, stale.json()["ok"]) == (503, False)


def test_a_night_that_died_over_its_messages_is_no_good_night(reader: Reader) -> None:
    reader.program.write("UPDATE run SET kind = 'nightly', ended_at = '2023-12-26 00:00:00.000000'")
    assert reader.client.get("/health").status_code == 200
    reader.program.write("DROP TRIGGER seal_is_append_only_DELETE")
    reader.program.write("DELETE FROM seal")
    assert reader.client.get("/health").status_code == 503


def test_a_night_that_broke_off_is_no_good_night(reader: Reader) -> None:
    reader.program.write("UPDATE run SET kind = 'nightly', ended_at = NULL")
    assert reader.client.get("/health").status_code == 503


# the command


def test_the_desk_runs_alone_and_ends_at_a_signal(home: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "duban", "desk", "--port", str(port)],
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == f"The desk listens on 127.0.0.1:{port}; Ctrl-C ends it.\n"
    assert httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 503
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 0


def test_a_port_that_is_taken_is_one_sentence(home: Path, duban: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    del home
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = (
            f"The desk cannot listen on 127.0.0.1:{port} (Address already in use); choose another DUBAN_HOST or "
            "DUBAN_DESK_PORT."
        )
        assert duban.refuses("desk", "--port", str(port)) == sentence
        monkeypatch.setenv("DUBAN_DESK_PORT", str(port))
        with pytest.raises(NoDesk, match="cannot listen"):
            listen(load_settings())
        assert duban.refuses("serve") == sentence


def test_the_desk_runs_beside_the_schedule_and_leaves_no_process(home: Path) -> None:
    ports = free_port(), free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "duban", "serve"],
        env=os.environ | {"PYTHONUNBUFFERED": "1", "DUBAN_PORT": str(ports[0]), "DUBAN_DESK_PORT": str(ports[1])},
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == f"The desk listens on 127.0.0.1:{ports[1]}.\n"
    assert process.stdout.readline().startswith("Prefect listens on ")
    assert httpx.get(f"http://127.0.0.1:{ports[1]}/health", trust_env=False).status_code == 503
    below = descendants(process.pid)
    assert below
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert process.returncode == 0
    wait_for(lambda: not [pid for pid in below if _lives(pid)])
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{ports[1]}/health", trust_env=False)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
