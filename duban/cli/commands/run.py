"""Commands that run something: sweeps, the nightly run, delivery, the schedule."""
# ruff: noqa: PLC0415 - each command imports what it needs, so that no other one waits for it

from typing import Annotated

from typer import Argument, Option

from duban.cli.commands.options import AsOf, By, DryRun, InState, Json, OfFinding, OfTopic, UnitName, WithLight


def sweep(  # noqa: PLR0913 - each is a condition or a way to run
    *,
    unit: UnitName = None,
    state: InState = None,
    finding: OfFinding = None,
    light: WithLight = None,
    topic: OfTopic = None,
    as_of: AsOf = None,
    dry_run: DryRun = False,
    via_prefect: Annotated[
        bool,
        Option("--via-prefect", help="Let the sweep deployment of a running Prefect server do it, and follow it."),
    ] = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Look now at all that is due, or at a part of it, and tell whoever is to be told."""
    from duban.cli import running
    from models.queries.scope import Scope

    run = running.sweep_via_prefect if via_prefect else running.sweep
    run(Scope(unit, state, finding, light, topic), as_of=as_of, dry_run=dry_run, by=by, as_json=as_json)


def nightly(*, as_of: AsOf = None, dry_run: DryRun = False, by: By = None, as_json: Json = False) -> None:
    """Do what every night does, as a Prefect run: look at everything, tell whoever is to be told, sum up."""
    from duban.cli.running import nightly as run

    run(as_of=as_of, dry_run=dry_run, by=by, as_json=as_json)


def deliver(*, as_of: AsOf = None, as_json: Json = False) -> None:
    """Word anew what has not left yet, and send what may leave."""
    from duban.cli.running import deliver as run

    run(as_of=as_of, as_json=as_json)


def channel_test(
    name: Annotated[str, Argument(metavar="NAME", help="The channel, as 'duban channel list' shows it.")],
    *,
    to: Annotated[
        str | None,
        Option("--to", metavar="TARGET", help="Whom: an address, a user id, a number, as the channel has it."),
    ] = None,
    stand_in: Annotated[
        bool,
        Option("--stand-in", help="Send to a stand-in of the vendor on this machine, and show what it saw."),
    ] = False,
) -> None:
    """Send one test message through a channel, and print the receipt."""
    from duban.cli.channels import try_out

    try_out(name, to, stand_in=stand_in)


def serve() -> None:
    """Run Prefect's server, the schedule (the nightly run, deliveries in office hours) and the web desk."""
    from duban.cli.running import serve as run

    run()


def desk(
    *,
    host: Annotated[str | None, Option("--host", metavar="ADDRESS", help="Instead of DUBAN_HOST.")] = None,
    port: Annotated[
        int | None, Option("--port", metavar="PORT", min=1, max=65535, help="Instead of DUBAN_DESK_PORT.")
    ] = None,
) -> None:
    """Run the web desk alone: the pages behind the links in messages, and /health."""
    from duban.cli.running import desk as run

    run(host, port)
