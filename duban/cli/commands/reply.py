"""Commands that reply to a message in its reader's place."""
# ruff: noqa: PLC0415 - each command imports what it needs, so that no other one waits for it

from typing import Annotated

from typer import Argument

from duban.cli.commands.options import AsOf, By, Until

Code = Annotated[str, Argument(metavar="CODE", help="The code at the end of the message, as it is read out.")]


def acknowledge(code: Code, *, by: By = None, as_of: AsOf = None) -> None:
    """Acknowledge a message (签收), for its addressee or who answers for the post: its steps are not repeated."""
    from duban.cli.replying import acknowledge as reply

    reply(code, by=by, as_of=as_of)


def snooze(code: Code, *, until: Until, by: By = None, as_of: AsOf = None) -> None:
    """Put the repeats of a message's steps off until a day, once; the next step comes regardless."""
    from duban.cli.replying import snooze as reply

    reply(code, until, by=by, as_of=as_of)
