"""Progress bars, on standard error, where that is a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

Tell = Callable[[int, int | None], None]
"""Takes how much is done, and of how much, where that is known."""


@contextmanager
def progress(what: str) -> Iterator[Tell | None]:
    """Show how far something is; None where there is nobody to see it."""
    if not sys.stderr.isatty():
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
