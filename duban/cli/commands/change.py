"""Commands that change the office and the rules: posts, the policy, the calendar."""
# ruff: noqa: PLC0415 - each command imports what it needs, so that no other one waits for it

from datetime import date
from typing import Annotated

from typer import Argument, BadParameter, Option

from duban.cli.commands.options import AsOf, By, File, Json, Reason, Until, day, words

_From = Annotated[
    date | None,
    Option("--from", metavar="DATE", parser=day, help="From which day on; today if left out."),
]
_Since = Annotated[date, Option("--from", metavar="DATE", parser=day, help="From which day on.")]


def hand_over(
    post: Annotated[str, Argument(metavar="POST", help="The post's slug or name.")],
    *,
    to: Annotated[str, Option("--to", metavar="PERSON", help="Who takes it over: a slug or name.")],
    since: _From = None,
    by: By = None,
    as_of: AsOf = None,
) -> None:
    """Hand a post over with all that is pending, and tell both. By its holder or a supervisor."""
    from duban.cli.posts import hand_over as hand

    hand(post, to, since, by=by, as_of=as_of)


def appoint(
    post: Annotated[str, Argument(metavar="POST", help="The vacant post's slug or name.")],
    *,
    acting: Annotated[str, Option("--acting", metavar="PERSON", help="Who acts for it: a slug or name.")],
    since: _From = None,
    until: Annotated[
        date | None, Option("--until", metavar="DATE", parser=day, help="Up to, not including, which day.")
    ] = None,
    by: By = None,
    as_of: AsOf = None,
) -> None:
    """Let somebody act for a vacant post until it has a holder again. By a supervisor."""
    from duban.cli.posts import appoint as name

    name(post, acting, since, until, by=by, as_of=as_of)


def vacate(
    post: Annotated[str, Argument(metavar="POST", help="The post's slug or name.")],
    *,
    since: _From = None,
    reason: Reason,
    by: By = None,
    as_of: AsOf = None,
) -> None:
    """Leave a post to nobody; what is owed to it goes one step up. By its holder or a supervisor."""
    from duban.cli.posts import vacate as leave_empty

    leave_empty(post, since, reason, by=by, as_of=as_of)


def leave(
    person: Annotated[str, Argument(metavar="PERSON", help="Who is away: a slug or name.")],
    *,
    substitute: Annotated[str, Option("--substitute", metavar="PERSON", help="Who answers meanwhile.")],
    since: _Since,
    until: Until,
    reason: Annotated[str, Option("--reason", metavar="TEXT", help="Why.")] = "",
    by: By = None,
    as_of: AsOf = None,
) -> None:
    """Let a substitute answer for a person's posts until, not including, a day. By that person or a supervisor."""
    from duban.cli.posts import leave as away

    away(person, substitute, since, until, reason, by=by, as_of=as_of)


def policy_project(file: File, *, as_of: AsOf = None, as_json: Json = False) -> None:
    """Show which dates another policy would move, and by how much; nothing is changed."""
    from duban.cli.adoption import project_policy

    project_policy(file, as_of=as_of, as_json=as_json)


def policy_adopt(file: File, *, reason: Reason, by: By = None, as_of: AsOf = None) -> None:
    """Bring another policy into force; a copy of it is kept. By a supervisor."""
    from duban.cli.adoption import adopt_policy

    adopt_policy(file, reason, by=by, as_of=as_of)


def add_year(
    file: File,
    *,
    apply: Annotated[
        bool, Option("--apply", help="Take it in; without it, only what it would move is shown.")
    ] = False,
    reason: Annotated[
        str | None, Option("--reason", metavar="TEXT", parser=words, help="Why; needed with --apply.")
    ] = None,
    by: By = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Add the decree of a year: show which dates it moves and which become firm, then apply it. By a supervisor."""
    from duban.cli import adoption

    if not apply:
        adoption.project_year(file, as_of=as_of, as_json=as_json)
    elif reason is None or as_json:
        raise BadParameter("needs a --reason, and prints no JSON", param_hint="--apply")
    else:
        adoption.add_year(file, reason, by=by, as_of=as_of)
