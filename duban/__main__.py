"""The program `duban`."""

import atexit
import gc
import os
import sys
import traceback
from collections.abc import Sequence
from io import TextIOWrapper

from typer.main import get_command

from duban.cli.app import assemble

DEBUG = "DUBAN_DEBUG"
"""Set, it shows the traceback of an error that nobody foresaw."""

_GARBAGE = 200_000
"""Objects that pile up before anybody looks for garbage: imports make many that stay, and Python's own threshold
would have them looked through a hundred times, at a twentieth of a command's time."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command of the program's own arguments, or of the given ones, and exit.

    With 0 when all is well, 1 where something is refused or found wrong, 2 where the command is not understood, and
    130 when interrupted. What goes wrong is one sentence on standard error, or a line for each problem.
    """
    gc.set_threshold(_GARBAGE)
    atexit.register(gc.freeze)  # what goes with the process need not be looked through once more: a fifth of the time
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal without Chinese shows escapes, and JSON stays JSON
            stream.reconfigure(errors="backslashreplace")
    try:
        get_command(assemble())(arguments, prog_name="duban")
    except Exception as error:  # noqa: BLE001 - whatever it is, a person reads a sentence
        sys.stderr.write(f"{_sentence(error)}\n")
        if os.environ.get(DEBUG):
            traceback.print_exception(error)
        sys.exit(1)


def _sentence(error: Exception) -> str:
    """Return what a person can do about an error; what nobody foresaw may hold a secret, and is not repeated."""
    from config.problems import Malformed  # noqa: PLC0415 - only when something went wrong
    from flows.channels.errors import ChannelError  # noqa: PLC0415
    from models.errors import DubanError  # noqa: PLC0415

    if isinstance(error, DubanError | Malformed | ChannelError):
        return str(error)
    return f"A mistake of duban's own ({type(error).__name__}); please report it with what {DEBUG}=1 shows."


if __name__ == "__main__":
    main()
