"""Commands on the clock of measures: due dates, suspensions, extensions, and what waits for what."""
# ruff: noqa: PLC0415 - each command imports what it needs, so that no other one waits for it

from datetime import date
from typing import Annotated, Literal

from typer import BadParameter, Option

from duban.cli.commands.many import Ask, on_many
from duban.cli.commands.options import Reason, Until, words
from models.vocabulary import Gate
from models.workdays import Span

_LONGEST = 3650  # days of a limit; more is a slip of the pen


def _within(text: str) -> Span:
    span = Span.parse(text)
    if not 0 < span.count <= _LONGEST:
        raise BadParameter(f"'{text}' has to be 1 to {_LONGEST} days")
    return span


_On = Annotated[str, Option("--on", metavar="NUMBER", help="The measure that is waited for.")]
_Document = Annotated[str, Option("--document", metavar="TEXT", help="The number of the decision.")]


def _due(
    ask: Ask,
    due_on: date | None,
    *,
    within: Annotated[
        Span | None,
        Option(
            "--within", metavar="DAYS", parser=_within, help="Instead of DATE: '30 calendar' or '15 working' days."
        ),
    ] = None,
    after: Annotated[
        str | None, Option("--after", metavar="NUMBER", help="The measure from whose event they count.")
    ] = None,
    event: Annotated[
        Literal["granted", "done"], Option("--event", help="That event: its permit, or its end.")
    ] = "done",
    reason: Reason,
) -> None:
    """Set until when measures are due: on a date, or so many days after what happens to another. By a supervisor."""
    from duban.cli import deeds
    from duban.cli.acting import to_all

    if due_on is not None and within is None and after is None:
        to_all(ask, deeds.due(due_on, reason))
    elif due_on is None and within is not None and after is not None:
        to_all(ask, deeds.limited(within, after, Gate(event), reason))
    else:
        raise BadParameter("end with a date like 2024-01-31, or else give --within and --after", param_hint="DATE")


def _suspend(ask: Ask, *, reason: Reason, until: Until) -> None:
    """Stop the clock of measures until a review. By a supervisor, whom alone the review is asked of."""
    from duban.cli.acting import to_all
    from duban.cli.deeds import suspended

    to_all(ask, suspended(reason, until))


def _resume(ask: Ask, *, reason: Reason) -> None:
    """Let the clock of suspended measures go on, with the days that were left. By a supervisor."""
    from duban.cli.acting import to_all
    from duban.cli.deeds import resumed

    to_all(ask, resumed(reason))


def _extend(
    ask: Ask,
    *,
    until: Until,
    reason: Reason,
    progress: Annotated[str, Option("--progress", metavar="TEXT", parser=words, help="How far it is.")],
) -> None:
    """Ask for more time. By the unit until the due date, by a supervisor after it too; somebody else decides."""
    from duban.cli.acting import to_all
    from duban.cli.deeds import asked

    to_all(ask, asked(until, reason, progress))


def _grant(ask: Ask, *, reason: Reason, document: _Document = "") -> None:
    """Grant the extension that was asked for; the due date moves. By a supervisor or the head, not who asked."""
    from duban.cli.acting import to_all
    from duban.cli.deeds import decided

    to_all(ask, decided(reason, document, grant=True))


def _refuse(ask: Ask, *, reason: Reason, document: _Document = "") -> None:
    """Refuse the extension that was asked for; the due date stays. By a supervisor or the head, not who asked."""
    from duban.cli.acting import to_all
    from duban.cli.deeds import decided

    to_all(ask, decided(reason, document, grant=False))


def _depend(
    ask: Ask,
    *,
    on: _On,
    permit: Annotated[bool, Option("--permit", help="Its permit is enough; else it has to be done.")] = False,
    reason: Reason,
) -> None:
    """Let measures wait for another one, on whose post the urging then falls. By a supervisor."""
    from duban.cli.acting import to_all
    from duban.cli.deeds import waiting

    to_all(ask, waiting(on, Gate.GRANTED if permit else Gate.DONE, reason))


def _undepend(ask: Ask, *, on: _On, reason: Reason) -> None:
    """Let measures no longer wait for another one. By a supervisor."""
    from duban.cli.acting import to_all
    from duban.cli.deeds import free

    to_all(ask, free(on, reason))


due = on_many(_due, dated=True)
suspend = on_many(_suspend)
resume = on_many(_resume)
extend = on_many(_extend)
grant = on_many(_grant)
refuse = on_many(_refuse)
depend = on_many(_depend)
undepend = on_many(_undepend)
