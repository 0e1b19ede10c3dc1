"""Commands that set duban up and keep it going."""
# ruff: noqa: PLC0415 - each command imports what it needs, so that no other one waits for it

from typing import Annotated

from typer import Option


def init(
    office: Annotated[
        str, Option("--office", metavar="NAME|PATH", help="A shipped office, or a folder with an office's own files.")
    ] = "qiyang",
) -> None:
    """Make DUBAN_HOME and the database, and register an office with its measures."""
    from duban.cli.setup import init as set_up

    set_up(office)


def upgrade() -> None:
    """Bring the database to this program's schema."""
    from duban.cli.setup import upgrade as bring_up

    bring_up()
