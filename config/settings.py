"""Settings: from DUBAN_… environment variables, or else from `duban.toml` in duban's home folder."""

import os
import re
import stat
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from config.problems import Malformed, Problem

HOME = "DUBAN_HOME"
_DEFAULT_HOME = "~/.duban"
_FILE = "duban.toml"


class Settings(BaseSettings):
    """How this installation runs.

    home: where the database, the evidence, the local mailboxes and Prefect's own files lie.
    database_url: SQLite in `home` by default, or postgresql://….
    policy: a shipped policy's name, or the path of an office's own; without it, the one adopted last, or the default.
    local_calendar: a file of the office's own days off and working days.
    channels: URL by name, secret, each an Apprise URL; a person's channel is one of these names.
    alarm: URL that hears of failed runs, secret.
    heartbeat: URL that is called after a good night, secret.
    private_nets: whether channels may lead to this machine, or to private nets.
    by: the person who acts, where a command does not say.
    port: where `duban serve` has Prefect's server listen, on `host`.
    desk_port: where the web desk listens, on `host`.
    desk_url: the address under which the desk is reached from outside; without it messages carry a code, and no link.
    secret: signs the links; without it, a random key in `home`.
    """

    model_config = SettingsConfigDict(env_prefix="DUBAN_", extra="forbid")

    home: Path
    database_url: str = Field(default="", repr=False)  # it may hold a password
    policy: str = ""
    local_calendar: Path | None = None
    channels: dict[str, SecretStr] = {}
    alarm: SecretStr | None = None
    heartbeat: SecretStr | None = None
    private_nets: Literal["allow", "forbid"] = "allow"
    by: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=4200, ge=1, le=65535)
    desk_port: int = Field(default=8420, ge=1, le=65535)
    desk_url: str = Field(default="", pattern=r"^(https?://[^\s?#]+)?$")
    secret: SecretStr | None = Field(default=None, min_length=16)

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.home / 'duban.db'}"

    @property
    def policy_in_force(self) -> str:
        """The policy to load: the one named, or the one adopted in `home`, or the shipped one."""
        return self.policy or (str(self.adopted_policy) if self.adopted_policy.exists() else "default")

    @property
    def adopted_policy(self) -> Path:
        """Where `duban policy adopt` keeps the policy."""
        return self.home / "policy.toml"

    @property
    def decrees(self) -> list[Path]:
        """The decrees that `duban calendar add-year` took in, in the order of their years."""
        return sorted((self.home / "decrees").glob("*.toml"))

    @property
    def evidence(self) -> Path:
        """The folder of evidence, addressed by content."""
        return self.home / "evidence"

    def channel_url(self, name: str) -> str | None:
        """Return the secret URL of a channel; `local`, the embedded mailboxes, is always there."""
        if name in self.channels:
            return self.channels[name].get_secret_value()
        return f"maildir://{self.home / 'mail'}" if name == "local" else None

    @property
    def private(self) -> bool:
        """Whether channels may lead to private addresses."""
        return self.private_nets == "allow"

    @property
    def resumable(self) -> frozenset[str]:
        """The channels that recognise a message they already have: trying again there cannot double it."""
        names = {"local", *self.channels}
        return frozenset(name for name in names if (self.channel_url(name) or "").startswith("maildir://"))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment go before the file."""
        del dotenv_settings, file_secret_settings
        file = TomlConfigSettingsSource(settings_cls, _home() / _FILE)
        return init_settings, env_settings, file


def load_settings() -> Settings:
    """Read the settings. Raises Malformed; what it says never holds a value, for some are secrets."""
    file = _home() / _FILE
    refuse_readable(file)
    try:
        return Settings(home=_home())
    except ValidationError as error:
        raise Malformed(
            Problem("setting " + ".".join(map(str, fault["loc"])), f"is refused: {fault['msg']}")
            for fault in error.errors(include_input=False)
        ) from None
    except TOMLDecodeError as error:
        where = re.search(r"at (line \d+, column \d+|end of document)", str(error))
        raise Malformed([Problem(str(file), f"is not TOML; correct it {where[0] if where else 'there'}")]) from None
    except SettingsError:  # the channels are all that is not plain text
        raise Malformed([Problem("DUBAN_CHANNELS", 'is not JSON; write it like {"mail": "mailtos://…"}')]) from None
    except (OSError, ValueError) as error:
        raise Malformed([Problem(str(file), f"cannot be read ({type(error).__name__}); correct it")]) from None


def _home() -> Path:
    return Path(os.environ.get(HOME) or _DEFAULT_HOME).expanduser().absolute()


def refuse_readable(file: Path) -> None:
    """Raise Malformed for a file that others on the machine can read: it may hold secrets."""
    if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise Malformed([Problem(str(file), "can be read by others, and may hold secrets; run 'chmod 600' on it")])
