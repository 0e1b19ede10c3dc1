"""Commands that act on measures: a verb for each action of the lifecycle, due dates, evidence."""
# ruff: noqa: PLC0415 - each command imports what it needs, so that no other one waits for it

from collections.abc import Callable
from datetime import date
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from duban.cli.options import AsOf, By, Number, day
from models.lifecycle import TABLE, Need
from models.vocabulary import Action, Resolution, State

_OPTIONS: dict[Need, tuple[str, Any]] = {
    Need.REASON: ("reason", Annotated[str | None, Option("--reason", metavar="TEXT", help="Why.")]),
    Need.OUTSIDE_BODY: (
        "outside_body",
        Annotated[str | None, Option("--outside-body", metavar="NAME", help="Whose permit is applied for.")],
    ),
    Need.DOCUMENT: (
        "document",
        Annotated[
            str | None,
            Option("--document", metavar="TEXT", help="The application's number, or a note where it has none."),
        ],
    ),
    Need.DUE_ON: (
        "due_on",
        Annotated[date | None, Option("--due", metavar="DATE", parser=day, help="The new due date.")],
    ),
}
"""What can be handed to an action on the command line, by the need it meets; evidence is added beforehand."""

_NEEDS = {
    Need.OUTSIDE_BODY: "the outside body",
    Need.DOCUMENT: "a document number or note",
    Need.EVIDENCE: "evidence",
    Need.PERMIT: "the permit as evidence",
    Need.REASON: "a reason",
    Need.DUE_ON: "a new due date",
}
_RESOLUTION = Annotated[Resolution, Option("--resolution", help="In what sense it is closed.")]


def verb(action: Action) -> Callable[..., None]:
    """Return the command that takes an action, with the options that some row of the table can use."""
    rows = [row for row in TABLE if row.action is action]

    def take(number: str, by: str | None, as_of: str | None, **given: Any) -> None:  # noqa: ANN401 - see _OPTIONS
        from duban.cli.acting import act

        act(number, action, by=by, as_of=as_of, **given)

    needs = {need for row in rows for need in row.needs}
    options = [_option(name, hint, None) for need, (name, hint) in _OPTIONS.items() if need in needs]
    if any(row.target.state is State.DONE for row in rows):
        options.append(_option("resolution", _RESOLUTION, Resolution.COMPLETED))
    number = Parameter("number", Parameter.POSITIONAL_OR_KEYWORD, annotation=Number)
    common = [_option("by", By, None), _option("as_of", AsOf, None)]
    take.__signature__ = Signature([number, *options, *common])  # type: ignore[attr-defined] # Typer reads it
    take.__doc__ = _summary(action)
    return take


def due(
    number: Number,
    due_on: Annotated[date, Argument(metavar="DATE", parser=day, help="Until when it is due.")],
    reason: Annotated[str, Option("--reason", metavar="TEXT", help="Why then.")],
    by: By = None,
    as_of: AsOf = None,
) -> None:
    """Set until when a measure is due. By a supervisor."""
    from duban.cli.acting import set_due

    set_due(number, due_on, reason, by=by, as_of=as_of)


def add(
    number: Number,
    files: Annotated[list[Path], Argument(metavar="FILE…", help="The files to keep.")],
    *,
    permit: Annotated[bool, Option("--permit", help="They are the permit that an outside body granted.")] = False,
    by: By = None,
    as_of: AsOf = None,
) -> None:
    """Keep files as evidence for a measure."""
    from duban.cli.acting import add_files

    add_files(number, files, permit=permit, by=by, as_of=as_of)


def _option(name: str, hint: Any, default: object) -> Parameter:  # noqa: ANN401 - an annotation
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=hint)


def _summary(action: Action) -> str:
    """Describe an action as the table has it: from where to where, by whom, with what in hand."""
    rows = [row for row in TABLE if row.action is action]
    sources = " or ".join(dict.fromkeys(str(row.source) for row in rows))
    (target,) = {row.target for row in rows}
    roles = " or ".join(sorted({role for row in rows for role in row.roles}))
    barred = "".join(f", not the {role}" for role in sorted({role for row in rows for role in row.barred}))
    needs = " and ".join(text for need, text in _NEEDS.items() if any(need in row.needs for row in rows))
    return f"From {sources} to {target}. By: {roles}{barred}.{f' Needs {needs}.' if needs else ''}"
