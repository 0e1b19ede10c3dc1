"""Commands that act on many measures at once: on those named, or on a part of the register."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from inspect import Parameter, Signature, signature
from typing import Annotated, Any

from typer import Argument, BadParameter, Option

from duban.cli.commands.options import AsOf, By, InState, OfFinding, OfTopic, UnitName, WithLight, day

_NUMBERS = Annotated[
    list[str] | None,
    Argument(metavar="NUMBER", help="The measures' numbers; or choose a part of the register with the options."),
]
_DATED = Annotated[
    list[str] | None,
    Argument(
        metavar="NUMBER|DATE",
        help="The measures' numbers, unless the options choose some, and last the new due date.",
    ),
]
_PART = {"unit": UnitName, "state": InState, "finding": OfFinding, "light": WithLight, "topic": OfTopic}
_YES = Annotated[bool, Option("--yes", help="Do it to a whole part of the register; without it, only show what.")]


@dataclass(frozen=True, slots=True)
class Ask:
    """What a command is asked for: the numbers of measures, or the conditions of a part; who acts, and as of when."""

    numbers: tuple[str, ...]
    part: dict[str, Any]
    yes: bool
    by: str | None
    as_of: str | None


def on_many(command: Callable[..., None], *, dated: bool = False) -> Callable[..., None]:
    """Let a command that takes an `Ask` and options of its own be asked for numbers, or for a part of the register.

    A `dated` one also takes a date behind the numbers, as `due_on`; None where there is none.
    """

    def asked(**values: Any) -> None:  # noqa: ANN401 - see the signature below
        numbers = list(values.pop("numbers") or ())
        if dated:
            values["due_on"] = _take_date(numbers)
        part = {name: value for name in _PART if (value := values.pop(name)) is not None}
        common = {name: values.pop(name) for name in ("yes", "by", "as_of")}
        if bool(numbers) is bool(part):
            raise BadParameter("name measures, or else choose a part of the register", param_hint="NUMBER")
        command(Ask(tuple(dict.fromkeys(numbers)), part, **common), **values)

    own = list(signature(command).parameters.values())[1:]
    asked.__signature__ = Signature(  # type: ignore[attr-defined] # Typer reads it
        [
            option("numbers", _DATED if dated else _NUMBERS, None),
            *(parameter for parameter in own if parameter.name != "due_on" or not dated),
            *(option(name, hint, None) for name, hint in _PART.items()),
            option("yes", _YES, default=False),
            option("by", By, None),
            option("as_of", AsOf, None),
        ]
    )
    asked.__doc__ = command.__doc__
    return asked


def option(name: str, hint: Any, default: object) -> Parameter:  # noqa: ANN401 - an annotation
    """Return an option of a command, as Typer reads it."""
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=hint)


def _take_date(numbers: list[str]) -> date | None:
    """Take the date from behind the numbers, which are none."""
    try:
        due_on = day(numbers[-1] if numbers else "")
    except ValueError:
        return None
    del numbers[-1]
    return due_on
