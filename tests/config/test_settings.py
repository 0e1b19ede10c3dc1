from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from config.problems import Malformed
from config.settings import Settings, load_settings

SECRET = "a-secret"
FILE = f"""
policy = "ours.toml"
by = "zhang"
alarm = "mailtos://duban:{SECRET}@mail.example"
[channels]
mail = "mailtos://duban:{SECRET}@mail.example"
box = "maildir:///var/mail"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DUBAN_HOME", str(tmp_path))
    return tmp_path


def write(home: Path, text: str, mode: int = 0o600) -> Path:
    file = home / "duban.toml"
    file.write_text(text)
    file.chmod(mode)
    return file


def refusal() -> str:
    with pytest.raises(Malformed) as refused:
        load_settings()
    everything = "".join(traceback.format_exception(refused.value)) + repr(refused.value)
    assert SECRET not in everything
    return str(refused.value)


def test_without_a_file_everything_lies_in_the_home_folder(home: Path) -> None:
    settings = load_settings()
    assert settings.home == home
    assert settings.database == f"sqlite:///{home / 'duban.db'}"
    assert settings.evidence == home / "evidence"
    assert settings.channel_url("local") == f"maildir://{home / 'mail'}"
    assert (settings.policy_in_force, settings.by, settings.port) == ("default", None, 4200)


def test_without_a_home_it_is_a_folder_of_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DUBAN_HOME")
    assert load_settings().home == Path("~/.duban").expanduser()


def test_a_file_is_read(home: Path) -> None:
    write(home, FILE)
    settings = load_settings()
    assert (settings.policy, settings.by) == ("ours.toml", "zhang")
    assert settings.channel_url("mail") == f"mailtos://duban:{SECRET}@mail.example"
    assert settings.alarm is not None
    assert settings.alarm.get_secret_value() == f"mailtos://duban:{SECRET}@mail.example"


def test_the_environment_goes_before_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, FILE)
    monkeypatch.setenv("DUBAN_POLICY", "default")
    monkeypatch.setenv("DUBAN_CHANNELS", '{"mail": "json://hook.example"}')
    monkeypatch.setenv("DUBAN_DATABASE_URL", "postgresql://db.example/duban")
    settings = load_settings()
    assert (settings.policy, settings.by) == ("default", "zhang")
    assert settings.channel_url("mail") == "json://hook.example"
    assert settings.channel_url("box") == "maildir:///var/mail"
    assert settings.database == "postgresql://db.example/duban"


def test_a_channel_that_nobody_named_has_no_address() -> None:
    assert load_settings().channel_url("mail") is None


def test_a_channel_may_be_named_local_too(home: Path) -> None:
    write(home, '[channels]\nlocal = "maildir:///var/mail"')
    assert load_settings().channel_url("local") == "maildir:///var/mail"


def test_only_mailboxes_recognise_what_they_already_have(home: Path) -> None:
    write(home, FILE)
    assert load_settings().resumable == {"local", "box"}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(home: Path, mode: int) -> None:
    file = write(home, FILE, mode)
    assert refusal() == f"{file}: can be read by others, and may hold secrets; run 'chmod 600' on it"


def test_no_secret_is_shown(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, FILE)
    monkeypatch.setenv("DUBAN_DATABASE_URL", f"postgresql://duban:{SECRET}@db.example/duban")
    settings = load_settings()
    assert SECRET not in f"{settings} {settings!r} {settings.channels} {settings.alarm}"
    assert SECRET in settings.database


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (f'colour = "{SECRET}"', ["setting colour: is refused: Extra inputs are not permitted"]),
        ("[channels]\nmail = 5", ["setting channels.mail: is refused: Input should be a valid string"]),
        (f'channels = ["{SECRET}"]', ["setting channels: is refused: Input should be a valid dictionary"]),
        ("port = 70000", ["setting port: is refused: Input should be less than or equal to 65535"]),
        (
            f'alarm = 5\npolicy = 5\n[channels]\nmail = {{ url = "{SECRET}" }}',
            [
                "setting policy: is refused: Input should be a valid string",
                "setting channels.mail: is refused: Input should be a valid string",
                "setting alarm: is refused: Input should be a valid string",
            ],
        ),
    ],
)
def test_every_wrong_setting_is_told_at_once_by_its_name(home: Path, text: str, problems: list[str]) -> None:
    write(home, text)
    assert refusal().splitlines() == problems


def test_a_file_that_is_no_toml_is_told_with_the_line(home: Path) -> None:
    file = write(home, f'by = "zhang"\nalarm = {SECRET}')
    assert refusal() == f"{file}: is not TOML; correct it at line 2, column 9"


def test_a_file_that_ends_too_early_is_told(home: Path) -> None:
    file = write(home, "by =")
    assert refusal() == f"{file}: is not TOML; correct it at end of document"


def test_a_file_that_is_no_text_is_told(home: Path) -> None:
    file = write(home, "")
    file.write_bytes(b"\xff\xfe")
    assert refusal() == f"{file}: cannot be read (UnicodeDecodeError); correct it"


def test_channels_in_the_environment_that_are_no_json_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_CHANNELS", f"mailtos://duban:{SECRET}@mail.example")
    assert refusal() == 'DUBAN_CHANNELS: is not JSON; write it like {"mail": "mailtos://…"}'


def test_settings_may_be_made_by_hand(tmp_path: Path) -> None:
    assert Settings(home=tmp_path).database == f"sqlite:///{tmp_path / 'duban.db'}"


@pytest.mark.parametrize("url", ["duban.office.example", "ftp://duban.office.example", "https://office.example/?a=1"])
def test_an_address_of_the_desk_that_no_link_can_begin_with_is_refused(url: str, home: Path) -> None:
    write(home, f'desk_url = "{url}"')
    assert refusal().startswith("setting desk_url: is refused")


def test_a_key_for_links_that_can_be_guessed_is_refused(home: Path) -> None:
    write(home, f'secret = "{SECRET}"')
    assert refusal().startswith("setting secret: is refused")
