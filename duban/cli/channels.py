"""Channels as the settings name them: bad URLs are found before anything is done."""

from config.problems import Malformed, Problem
from config.settings import Settings
from flows.channels import ChannelError, open_channel


def check_channels(settings: Settings) -> None:
    """Raise `Malformed` where a channel's URL cannot be used; nothing is connected."""
    problems = []
    for name, url in settings.channels.items():
        try:
            open_channel(url.get_secret_value(), private=settings.private).close()
        except ChannelError as error:
            problems.append(Problem(f"DUBAN_CHANNELS, {name}", str(error)))
    if problems:
        raise Malformed(problems)
