"""The commands of duban, assembled; whatever a command needs is imported when it runs."""

from collections.abc import Callable, Mapping

from typer import Typer

from duban.cli.commands import act, change, keep, look, prove, reach, reply, run, term
from models.vocabulary import Action

Command = Callable[..., None]

_COMMANDS: dict[str, dict[str, Command]] = {
    "The register": {
        "status": look.status,
        "show": look.show,
        **{action.value: act.verb(action) for action in Action},
        "reverify": act.reverify,
        "due": term.due,
        "suspend": term.suspend,
        "resume": term.resume,
        "extend": term.extend,
        "progress": act.progress,
        "depend": term.depend,
        "undepend": term.undepend,
    },
    "Runs and messages": {
        "sweep": run.sweep,
        "nightly": run.nightly,
        "deliver": run.deliver,
        "audit": look.audit,
        "acknowledge": reply.acknowledge,
        "snooze": reply.snooze,
        "serve": run.serve,
        "desk": run.desk,
    },
    "The installation": {"init": keep.init, "doctor": look.doctor},
}
_GROUPS: dict[str, dict[str, tuple[str, dict[str, Command]]]] = {
    "The register": {
        "extension": ("What became of asking for time.", {"grant": term.grant, "refuse": term.refuse}),
        "evidence": ("What shows that a measure is done.", {"add": act.add}),
        "ledger": (
            "What is on record.",
            {"show": look.ledger_show, "seals": prove.seals, "verify": prove.verify},
        ),
        "report": ("What goes on paper.", {"chronology": prove.chronology}),
    },
    "Runs and messages": {
        "outbox": (
            "The messages, and what is to be said of those in doubt.",
            {"load": look.outbox_load, "resolve": reach.resolve},
        ),
    },
    "The installation": {
        "office": ("Units, posts and persons.", {"show": look.office_show, "check": look.office_check}),
        "post": (
            "Posts that change hands, and who answers meanwhile.",
            {
                "hand-over": change.hand_over,
                "vacate": change.vacate,
                "appoint": change.appoint,
                "leave": change.leave,
            },
        ),
        "address": (
            "Where persons are reached, in which order.",
            {
                "list": reach.list_addresses,
                "add": reach.add,
                "enable": reach.enable,
                "disable": reach.disable,
            },
        ),
        "policy": (
            "Who is told at which step.",
            {
                "show": look.policy_show,
                "check": look.policy_check,
                "project": change.policy_project,
                "adopt": change.policy_adopt,
            },
        ),
        "calendar": (
            "Working days.",
            {"show": look.calendar_show, "check": look.calendar_check, "add-year": change.add_year},
        ),
        "channel": ("Ways to people.", {"list": look.channel_list, "test": run.channel_test}),
        "db": ("The database.", {"upgrade": keep.upgrade}),
    },
}


_BY_THEMSELVES: dict[str, Command] = {"outbox": look.outbox}
"""What a group does where none of its commands is named."""


def assemble() -> Typer:
    """Return the application with every command."""
    app = _group("Follow promised measures to the end, and prove who was told what, when.")
    for panel, commands in _COMMANDS.items():
        for name, command in commands.items():
            app.command(name, rich_help_panel=panel)(command)
    for panel, groups in _GROUPS.items():
        for name, (about, commands) in groups.items():
            group = _group(about, commands)
            if name in _BY_THEMSELVES:
                group.info.no_args_is_help = False
                group.callback(invoke_without_command=True)(_BY_THEMSELVES[name])
            app.add_typer(group, name=name, rich_help_panel=panel)
    return app


def _group(about: str, commands: Mapping[str, Command] | None = None) -> Typer:
    group = Typer(help=about, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
    for name, command in (commands or {}).items():
        group.command(name)(command)
    return group
