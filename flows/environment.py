"""Prefect's environment, which it reads once, when it is imported."""

import os

from config.settings import HOME, Settings


def prepare(settings: Settings, *, quiet: bool = False) -> None:
    """Set what Prefect is to find in the environment; what the operator has set there stays.

    Has to come before the first import of Prefect. Its files go below duban's home, nothing is reported to its
    makers, and its own server, which takes 10 to 18 seconds to start, is waited for. `quiet` keeps Prefect's log
    off the console; a server still gets it. The home is written out whole, so that runs in processes of their own
    find it wherever they start.
    """
    os.environ[HOME] = str(settings.home)
    wanted = {
        "PREFECT_HOME": str(settings.home / "prefect"),
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_SERVER_UI_API_URL": "/api",  # else the pages look for it on port 4200 of the reader's own machine
    }
    if quiet:
        wanted["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "CRITICAL"
    for name, value in wanted.items():
        os.environ.setdefault(name, value)
