"""Running: sweeps, the nightly run, delivery and the schedule, and what they report."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace

from rich.table import Table
from rich.text import Text
from typer import Exit, echo

from config.settings import Settings, load_settings
from config.wording import Unworded
from config.workplace import open_workplace
from duban.cli.channels import check_channels
from duban.cli.desk import Desk, at_work
from duban.cli.output import print_json
from duban.cli.progress import progress
from duban.cli.screen import console, counted, held_by, table
from flows import compose as composing
from flows import deliver as delivery
from flows import launch, rounds
from flows.compose import Composed
from flows.deliver import Delivered
from flows.report import Report, Unaccounted
from flows.sweep import Line, Request
from models.clock import now
from models.commands.runs import refuse_out_of_order
from models.database import reading
from models.queries.office import find_person
from models.queries.scope import Scope
from models.vocabulary import RunKind

NOBODY_NAMED = "command line"
"""Who asks for a run where nobody is named."""


def sweep(scope: Scope, *, as_of: str | None, dry_run: bool, by: str | None, as_json: bool) -> None:
    """Sweep, compose and deliver here and now, and print the report."""
    _run_here(RunKind.SWEEP, scope, as_of, by, dry_run=dry_run, as_json=as_json)


def sweep_via_prefect(scope: Scope, *, as_of: str | None, dry_run: bool, by: str | None, as_json: bool) -> None:
    """Have a running server sweep, follow it, and print the report that it left; the register may be far away."""
    told = launch.trigger(load_settings(), scope, as_of=as_of, dry_run=dry_run, by=by, tell=_say)
    _show(told, as_json=as_json)
    _end(told.unworded)


def nightly(*, as_of: str | None, dry_run: bool, by: str | None, as_json: bool) -> None:
    """Do the nightly run as a flow of Prefect's, and print the report; a dry run leaves no trace there either."""
    if dry_run:
        _run_here(RunKind.NIGHTLY, Scope(), as_of, by, dry_run=True, as_json=as_json)
        return
    with at_work(as_of) as desk:
        check_channels(desk.place.settings)
        asked_by = _asker(desk, by)
    try:
        with progress("waiting for Prefect"):
            told = launch.run_nightly(load_settings(), desk.as_of if as_of is not None else None, asked_by)
    except Unaccounted as error:
        _show(replace(error.report, as_of=error.report.as_of.astimezone(desk.place.zone)), as_json=as_json)
        raise
    _show(replace(told, as_of=told.as_of.astimezone(desk.place.zone)), as_json=as_json)
    _end(told.unworded)


def deliver(*, as_of: str | None, as_json: bool) -> None:
    """Word anew what has not left, send what may leave, and print what came of it."""
    with at_work(as_of) as desk:
        check_channels(desk.place.settings)
        with reading(desk.place.engine) as session:
            refuse_out_of_order(session, desk.as_of, now())
        composed = composing.compose(desk.place, desk.as_of, now())
        with progress("sending") as tell:
            delivered = delivery.deliver(desk.place, desk.as_of, now, tell and (lambda done: tell(done, None)))
    if as_json:
        print_json({"as_of": desk.as_of, **asdict(composed), **asdict(delivered)})
    else:
        _show_delivery(composed, delivered)
    _end(composed.unworded)


def serve() -> None:
    """Run Prefect's server and the schedule until stopped."""
    settings = load_settings()
    check_channels(settings)
    with desk_served(settings):
        launch.serve(settings, lambda url: echo(f"Prefect listens on {url.removesuffix('/api')}; Ctrl-C ends it."))


def desk(host: str | None, port: int | None) -> None:
    """Run the web desk alone until stopped."""
    from duban.web import server  # noqa: PLC0415 - FastAPI takes a while to import

    given = {"host": host, "desk_port": port}
    settings = load_settings().model_copy(update={name: value for name, value in given.items() if value is not None})
    open_workplace(settings).engine.dispose()
    with server.listen(settings) as listening:
        echo(f"The desk listens on {settings.host}:{settings.desk_port}; Ctrl-C ends it.")
        server.serve_alone(listening)


@contextmanager
def desk_served(settings: Settings) -> Iterator[None]:
    """Serve the web desk beside what the block does."""
    from duban.web import server  # noqa: PLC0415
    from duban.web.app import create_app  # noqa: PLC0415

    with server.listen(settings) as listening, server.served(listening, create_app()):
        echo(f"The desk listens on {settings.host}:{settings.desk_port}.")
        yield


def _run_here(
    kind: RunKind, scope: Scope, as_of: str | None, by: str | None, *, dry_run: bool, as_json: bool
) -> None:
    with at_work(as_of) as desk, progress("sweeping") as tell:
        check_channels(desk.place.settings)
        request = Request(kind, _asker(desk, by), scope, desk.as_of, now())
        told = rounds.sweep_now(desk.place, request, dry_run=dry_run, progress=tell)
    _show(told, as_json=as_json)
    _end(told.unworded)


def _say(state: str) -> None:
    echo(f"The run is {state.lower()}.", err=True)


def _asker(desk: Desk, by: str | None) -> str:
    """Name who asks. Raises `UnknownPerson` for somebody who is not of the office."""
    name = by or desk.place.settings.by
    if name is None:
        return NOBODY_NAMED
    with reading(desk.place.engine) as session:
        return find_person(session, name).name


def _show(told: Report, *, as_json: bool) -> None:
    if as_json:
        print_json(told.to_json())
        return
    screen = console()
    name = f"{told.kind}, a dry run" if told.dry_run else f"{told.kind}, run {told.run}"
    screen.print(
        Text.assemble((name, "bold"), f"  as of {told.as_of:%Y-%m-%d %H:%M}, {told.scope}, {told.seconds:.1f} s")
    )
    screen.print(f"{told.examined} watches examined, {told.due} with something due, in {told.situations} situations.")
    if told.dry_run:
        said, withheld = len(told.would_say), len(told.would_withhold)
        screen.print("", Text(f"Would say {said}", "bold underline"), _lines(told.would_say), sep="\n")
        screen.print("", Text(f"Would withhold {withheld}", "bold underline"), _lines(told.would_withhold), sep="\n")
        return
    screen.print(f"{told.reminders} new reminders, {told.withheld} steps withheld, {told.messages} new messages.")
    screen.print(_receipts(told.accepted, told.held, told.retry, told.refused, told.in_doubt))
    if told.differences is not None:
        screen.print(f"Audited, {counted(told.differences, 'difference')}.")


def _show_delivery(composed: Composed, delivered: Delivered) -> None:
    screen = console()
    screen.print(f"{composed.messages} new messages, {composed.withdrawn} withdrawn.")
    screen.print(
        _receipts(delivered.accepted, delivered.held, delivered.retry, delivered.refused, delivered.in_doubt)
    )
    for name in delivered.resting:
        screen.print(f"The channel {name} kept failing and rests; 'duban doctor' tries it, 'duban deliver' goes on.")


def _end(unworded: Iterable[Unworded]) -> None:
    """End with 1 where lines were set aside, and say which: everything else was done."""
    lines = [str(one) for one in unworded]
    for line in lines:
        echo(line, err=True)
    if lines:
        raise Exit(1)


def _receipts(accepted: int, held: int, retry: int, refused: int, in_doubt: int) -> Text:
    """Say what came of the messages, in colour what somebody has to look at."""
    text = Text(f"{accepted} accepted, {held} held")
    for number, what, colour in (
        (retry, "to retry", "yellow"),
        (refused, "refused", "red"),
        (in_doubt, "in doubt", "red"),
    ):
        text.append(", ").append(f"{number} {what}", colour if number else "")
    return text.append(".")


def _lines(lines: Iterable[Line]) -> Table:
    """Return what would be said or withheld; what is alike but for how often it came is one line."""
    made = table("measure", "to", "step", "why")
    for line, times in Counter(lines).items():
        again = f", {times} times" if times > 1 else ""
        made.add_row(line.measure, held_by(line.post, line.person), line.step, f"{line.reason}{again}")
    return made
