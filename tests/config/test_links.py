from __future__ import annotations

import contextlib
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from config.links import Addressed, NoToken, call, code, is_genuine, named, secret, sign
from config.problems import Malformed
from config.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

KEY = b"a key of thirty-two bytes, or so"
TO = Addressed(41, "0f8fad5bd9cb469fa16570867728950e", 7)
THROUGH = date(2024, 2, 23)
TOKEN = sign(KEY, TO, THROUGH)

addressed = st.builds(Addressed, st.integers(1, 10**9), st.uuids().map(lambda one: one.hex), st.integers(1, 10**6))
days = st.dates(date(2000, 1, 1), date(2999, 1, 1))


@given(addressed, days)
def test_a_token_is_genuine_and_names_its_message_and_its_last_day(to: Addressed, through: date) -> None:
    token = sign(KEY, to, through)
    assert named(token) == (to.message_id, through)
    assert is_genuine(KEY, token, to)
    assert token == sign(KEY, to, through)


@given(st.integers(0, len(TOKEN) - 1), st.integers(1, 255))
def test_a_token_with_any_byte_flipped_is_refused(place: int, flip: int) -> None:
    changed = TOKEN[:place] + chr(ord(TOKEN[place]) ^ flip) + TOKEN[place + 1 :]
    with contextlib.suppress(NoToken):
        assert not is_genuine(KEY, changed, TO)


@pytest.mark.parametrize("letter", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=")
def test_no_other_last_letter_will_do_though_it_may_stand_for_the_same_bytes(letter: str) -> None:
    assert is_genuine(KEY, TOKEN[:-1] + letter, TO) is (letter == TOKEN[-1])
    assert not is_genuine(KEY, TOKEN + letter, TO)


@given(st.text(max_size=60))
def test_what_is_no_token_is_refused_in_one_way(text: str) -> None:
    try:
        named(text)
    except NoToken:
        return
    assert not is_genuine(KEY, text, TO)


@pytest.mark.parametrize(
    "other", [replace(TO, message_id=42), replace(TO, key="0" * 32), replace(TO, person_id=8)], ids=str
)
def test_a_token_is_good_for_its_message_and_its_person_alone(other: Addressed) -> None:
    assert not is_genuine(KEY, TOKEN, other)
    assert not is_genuine(KEY, sign(KEY, other, THROUGH), TO)


def test_the_last_day_cannot_be_put_off() -> None:
    number, _, signature = TOKEN.split(".")
    assert not is_genuine(KEY, f"{number}.{(THROUGH + timedelta(days=1)).toordinal()}.{signature}", TO)


def test_another_key_signs_other_tokens_and_codes() -> None:
    assert not is_genuine(b"another key of thirty-two bytes.", TOKEN, TO)
    assert code(KEY, TO.key) != code(b"another key of thirty-two bytes.", TO.key)


@given(st.uuids())
def test_a_code_is_six_letters_and_digits_that_nobody_confuses(key: object) -> None:
    found = code(KEY, str(key))
    assert found == code(KEY, str(key))
    assert len(found) == 6
    assert not set(found) & set("01OILSZBDGQUV5")
    assert found == found.upper()


def test_the_key_is_made_on_first_need_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    key = secret(settings)
    assert key == secret(settings)
    assert len(key) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_several_that_need_the_key_first_get_the_same_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: secret(Settings(home=tmp_path)), range(40)))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    secret(Settings(home=tmp_path))
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(Malformed, match="chmod 600"):
        secret(Settings(home=tmp_path))


def test_a_key_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    secret(Settings(home=tmp_path))
    (tmp_path / "secret").write_bytes(b"")
    with pytest.raises(Malformed, match="is cut short"):
        secret(Settings(home=tmp_path))


def test_the_settings_may_hold_the_key(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, secret=SecretStr("sixteen letters!"))
    assert secret(settings) == b"sixteen letters!"
    assert list(tmp_path.iterdir()) == []
    assert "sixteen" not in repr(settings)


def test_there_is_a_link_where_the_desk_has_an_address_and_a_code_always(tmp_path: Path) -> None:
    without = call(Settings(home=tmp_path), TO, THROUGH)
    for url in ("https://duban.office.example", "https://duban.office.example/"):
        reply = call(Settings(home=tmp_path, desk_url=url), TO, THROUGH)
        assert reply.link == f"https://duban.office.example/a/{sign(secret(Settings(home=tmp_path)), TO, THROUGH)}"
        assert len(reply.link) < 72
        assert reply.code == without.code
    assert without.link is None
