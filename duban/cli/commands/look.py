"""Commands that look and change nothing."""
# ruff: noqa: PLC0415 - each command imports what it needs, so that no other one waits for it

from typing import Annotated

from typer import Argument, Context, Option

from duban.cli.commands.options import AsOf, Json, Number, OfficeFolder, UnitName
from models.vocabulary import Bearer, MessageState

MAX = 2**31 - 1  # as far as the databases count
Last = Annotated[int, Option("--last", metavar="N", min=1, max=MAX, help="How many, the newest.")]


def status(
    *,
    everything: Annotated[bool, Option("--all", help="Also what is done, standing duties, far occurrences.")] = False,
    blockers: Annotated[
        bool, Option("--blockers", help="Instead, which measures hold up others, how many, and for how long.")
    ] = False,
    as_of: AsOf = None,
    unit: UnitName = None,
    as_json: Json = False,
) -> None:
    """Show the register by unit and light: what is late, waits or is blocked, and on whom it hangs."""
    if blockers:
        from duban.cli.blockers import show as show_blockers

        show_blockers(as_of=as_of, unit=unit, as_json=as_json)
        return
    from duban.cli.status import status as show

    show(everything=everything, as_of=as_of, unit=unit, as_json=as_json)


def show(number: Number, *, as_of: AsOf = None, as_json: Json = False) -> None:
    """Show a measure: its parts, its watch, the next steps with their dates, its history."""
    from duban.cli.measure import show as show_measure

    show_measure(number, as_of=as_of, as_json=as_json)


def ledger_show(
    number: Annotated[
        str | None, Argument(metavar="NUMBER", help="A measure's number; all facts if left out.")
    ] = None,
    *,
    last: Last = 50,
    as_json: Json = False,
) -> None:
    """Show the facts of the ledger, of a measure with its parts, or all."""
    from duban.cli.ledger import show as show_ledger

    show_ledger(number, last=last, as_json=as_json)


def outbox(
    context: Context,
    *,
    state: Annotated[list[MessageState] | None, Option("--state", help="Only messages that stand so.")] = None,
    show: Annotated[
        int | None, Option("--show", metavar="ID", max=MAX, help="One message whole, with every attempt.")
    ] = None,
    last: Last = 50,
    as_json: Json = False,
) -> None:
    """Show the messages: how each stands, when it may leave, and what the receiver answered."""
    if context.invoked_subcommand:
        return
    from duban.cli.outbox import show_all, show_one

    if show is None:
        show_all(tuple(state or ()), last=last, as_json=as_json)
    else:
        show_one(show, as_json=as_json)


def audit(*, as_of: AsOf = None, as_json: Json = False) -> None:
    """Find out anew what was owed, and list every difference from what was sent, held or withheld with a reason."""
    from duban.cli.audit import audit as run

    run(as_of=as_of, as_json=as_json)


def outbox_load(
    *,
    by: Annotated[Bearer, Option("--by", help="Whose load.")] = Bearer.PERSON,
    weeks: Annotated[int, Option("--weeks", min=1, max=104, help="So many weeks, this one included.")] = 8,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show who was sent how many messages, week by week, the heaviest load first."""
    from duban.cli.load import show as show_load

    show_load(by, weeks, as_of=as_of, as_json=as_json)


def office_show(path: OfficeFolder = None, *, as_of: AsOf = None, as_json: Json = False) -> None:
    """Show units, posts and persons, and who answers for what on the day."""
    from duban.cli.office import show as show_office

    show_office(path, as_of=as_of, as_json=as_json)


def office_check(path: OfficeFolder = None, *, as_of: AsOf = None, as_json: Json = False) -> None:
    """Find what is wrong with office files, posts that nobody holds, and persons who cannot be reached."""
    from duban.cli.office import check

    check(path, as_of=as_of, as_json=as_json)


def policy_show(*, as_json: Json = False) -> None:
    """Show the policy: lights, office hours, and the ladder of every watch."""
    from duban.cli.policy import show as show_policy

    show_policy(as_json=as_json)


def policy_check(*, as_of: AsOf = None, as_json: Json = False) -> None:
    """Find what is wrong with the policy, and the steps that would reach nobody."""
    from duban.cli.policy import check

    check(as_of=as_of, as_json=as_json)


def calendar_show(*, as_json: Json = False) -> None:
    """Show the working days: the decrees year by year, and what the office added."""
    from duban.cli.calendar import show as show_calendar

    show_calendar(as_json=as_json)


def calendar_check(*, as_of: AsOf = None, as_json: Json = False) -> None:
    """Find what is wrong with the calendar, and the due dates that lie beyond what is decreed."""
    from duban.cli.calendar import check

    check(as_of=as_of, as_json=as_json)


def channel_list(*, as_json: Json = False) -> None:
    """Show the channels: where each leads, whose word its receipts are, how often it may be called."""
    from duban.cli.channels import show

    show(as_json=as_json)


def doctor(
    *,
    alarm: Annotated[
        bool,
        Option(
            "--alarm",
            help="Tell the operator what fails, once a day; for a timer apart. Ends with 1 where that fails.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Examine the whole installation, and name a remedy for whatever is wrong."""
    from duban.cli.doctor import examine

    examine(alarm=alarm, as_json=as_json)
