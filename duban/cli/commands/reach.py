"""Where persons are reached: their addresses shown and changed, and messages in doubt resolved."""
# ruff: noqa: PLC0415 - each command imports what it needs, so that no other one waits for it

from typing import Annotated

from typer import Argument, Option

from duban.cli.commands.options import By, Json, Reason
from models.vocabulary import Verdict

Whose = Annotated[str, Argument(metavar="PERSON", help="Whose address: a person's slug or name.")]
OnChannel = Annotated[str, Argument(metavar="CHANNEL", help="The channel, as DUBAN_CHANNELS names it.")]
Target = Annotated[str, Argument(metavar="TARGET", help="Whom there: a mail address, a number, a mailbox.")]


def list_addresses(
    person: Annotated[
        str | None, Argument(metavar="PERSON", help="Whose: a person's slug or name; everybody's if left out.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Show where persons are reached, in which order, and which addresses are disabled and why."""
    from duban.cli.addresses import show

    show(person, as_json=as_json)


def add(person: Whose, channel: OnChannel, target: Target, *, reason: Reason, by: By = None) -> None:
    """Give a person a further address, behind the others. By that person or a supervisor."""
    from duban.cli.addresses import add as give

    give(person, channel, target, reason, by=by)


def enable(person: Whose, channel: OnChannel, target: Target, *, reason: Reason, by: By = None) -> None:
    """Use a disabled address again. By that person or a supervisor."""
    from duban.cli.addresses import enable as use

    use(person, channel, target, reason, by=by)


def disable(person: Whose, channel: OnChannel, target: Target, *, reason: Reason, by: By = None) -> None:
    """Use an address no more; what is on its way goes to the next one. By that person or a supervisor."""
    from duban.cli.addresses import disable as leave

    leave(person, channel, target, reason, by=by)


def resolve(
    number: Annotated[int, Argument(metavar="ID", max=2**63 - 1, help="The message's number.")],
    verdict: Annotated[
        Verdict,
        Argument(
            metavar="VERDICT",
            help="arrived: it counts as accepted. lost: it goes to the next address, or leaves again where there is"
            " none. resend: nobody knows; a copy leaves, marked as one.",
        ),
    ],
    *,
    reason: Annotated[str, Option("--reason", metavar="TEXT", help="How that is known.")],
    by: By = None,
) -> None:
    """Say what became of a message in doubt. By a supervisor."""
    from duban.cli.outbox import resolve as settle

    settle(number, verdict, reason, by=by)
