"""Commands that move measures: a verb for each action of the lifecycle; evidence, progress, looking again."""
# ruff: noqa: PLC0415 - each command imports what it needs, so that no other one waits for it

from collections.abc import Callable
from datetime import date
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from duban.cli.commands.many import Ask, on_many, option
from duban.cli.commands.options import AsOf, By, Number, day, words
from models.lifecycle import TABLE, Need
from models.vocabulary import Action, Resolution


def _day(name: str, about: str) -> Any:  # noqa: ANN401 - an annotation
    return Annotated[date | None, Option(name, metavar="DATE", parser=day, help=about)]


_BY_NEED: dict[Need, tuple[str, Any]] = {
    Need.REASON: ("reason", Annotated[str | None, Option("--reason", metavar="TEXT", parser=words, help="Why.")]),
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
    Need.DUE_ON: ("due_on", _day("--due", "The new due date.")),
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
_BESIDE: dict[Action, tuple[Parameter, ...]] = {
    Action.APPLY: (option("expected_on", _day("--expected", "When the outside body is expected to decide."), None),),
    Action.APPROVE: (
        option(
            "resolution",
            Annotated[Resolution, Option("--resolution", help="In what sense it is closed.")],
            Resolution.COMPLETED,
        ),
        option(
            "sha256",
            Annotated[
                str | None,
                Option("--hash", metavar="PREFIX", help="Only what was handed in as this, as 'duban show' has it."),
            ],
            None,
        ),
        option("reverify_on", _day("--reverify", "When it is to be looked at again (回头看)."), None),
    ),
}
"""What an action can take although the table does not ask for it."""


def verb(action: Action) -> Callable[..., None]:
    """Return the command that takes an action, with the options that some row of the table can use."""
    rows = [row for row in TABLE if row.action is action]

    def take(ask: Ask, **given: Any) -> None:  # noqa: ANN401 - see _BY_NEED
        from duban.cli.acting import to_all
        from duban.cli.deeds import moved

        to_all(ask, moved(action, **given))

    needs = {need for row in rows for need in row.needs}
    options = [option(name, hint, None) for need, (name, hint) in _BY_NEED.items() if need in needs]
    ask = Parameter("ask", Parameter.POSITIONAL_OR_KEYWORD)
    take.__signature__ = Signature([ask, *options, *_BESIDE.get(action, ())])  # type: ignore[attr-defined] # see on_many
    take.__doc__ = _summary(action)
    return on_many(take)


def _progress(
    ask: Ask,
    *,
    text: Annotated[str, Option("--text", metavar="TEXT", parser=words, help="What has been reached.")],
    staged: Annotated[bool, Option("--staged", help="A part of the promise is fulfilled (阶段性完成).")] = False,
) -> None:
    """Report progress on the way. By the unit or its supervisor; it changes no state."""
    from duban.cli.acting import to_all
    from duban.cli.deeds import reported

    to_all(ask, reported(text, staged=staged))


def _reverify(
    ask: Ask,
    *,
    found: Annotated[str, Option("--found", metavar="TEXT", parser=words, help="What was found.")],
    again_on: Annotated[
        date | None,
        Option("--again", metavar="DATE", parser=day, help="When it is to be looked at once more."),
    ] = None,
) -> None:
    """Put on record that what is done still holds (回头看); if it does not, reopen it. By a supervisor."""
    from duban.cli.acting import to_all
    from duban.cli.deeds import reverified

    to_all(ask, reverified(found, again_on))


progress = on_many(_progress)
reverify = on_many(_reverify)


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


def _summary(action: Action) -> str:
    """Describe an action as the table has it: from where to where, by whom, with what in hand."""
    rows = [row for row in TABLE if row.action is action]
    sources = " or ".join(dict.fromkeys(str(row.source) for row in rows))
    (target,) = {row.target for row in rows}
    roles = " or ".join(sorted({role for row in rows for role in row.roles}))
    barred = "".join(f", not the {role}" for role in sorted({role for row in rows for role in row.barred}))
    needs = " and ".join(text for need, text in _NEEDS.items() if any(need in row.needs for row in rows))
    return f"From {sources} to {target}. By: {roles}{barred}.{f' Needs {needs}.' if needs else ''}"
