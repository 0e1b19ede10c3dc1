"""The policy: who is told at which step, and which steps reach nobody."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text
from typer import Exit

from config.policy import Policy, load_policy
from config.settings import load_settings
from duban.cli.desk import at_work
from duban.cli.output import print_json
from duban.cli.screen import console, table
from models.database import reading
from models.ladder import Ladder
from models.queries.reach import Gap, gaps


def show(*, as_json: bool) -> None:
    """Print the policy as it is in force."""
    policy = load_policy(load_settings().policy_in_force)
    if as_json:
        print_json(_document(policy))
        return
    lights, hours = policy.escalation.lights, policy.hours
    screen = console()
    screen.print(Text(f"Policy {policy.name}, version {policy.version}", "bold"))
    screen.print(
        f"Lights: blue from {lights.blue_before} days before the due date on, red {lights.yellow_for} days after it."
    )
    screen.print(f"Messages leave on working days from {hours.opens:%H:%M} to {hours.closes:%H:%M}.")
    limits = policy.escalation.acknowledging
    screen.print(
        f"Messages are to be acknowledged within {limits.within} days, and can be for {limits.serves}; that ends "
        f"repeats for {limits.holds} days, putting off for {limits.snooze_at_most} days at most."
    )
    screen.print(
        f"After {policy.failover.passing_failures} passing failures the next address is used; "
        f"what is in doubt: {policy.failover.in_doubt}."
    )
    for kind, ladder in policy.escalation.ladders.items():
        screen.print("", Text(kind, "bold underline"), _ladder(ladder), sep="\n")
    for topic, ladders in policy.escalation.topics.items():
        for kind, ladder in ladders.items():
            screen.print("", Text(f"{kind}, of {topic}", "bold underline"), _ladder(ladder), sep="\n")


def check(*, as_of: str | None, as_json: bool) -> None:
    """Print the steps that reach nobody or somebody else, and end with 1 for the former. Raises `Malformed`."""
    load_policy(load_settings().policy_in_force)  # what is malformed is told without a register, too
    with at_work(as_of) as desk, reading(desk.place.engine) as session:
        policy = desk.place.policy
        found = gaps(session, policy.escalation, desk.on)
    lost = [gap for gap in found if gap.stand_in is None]
    passed_on = [gap for gap in found if gap.stand_in is not None]
    if as_json:
        head = {"as_of": desk.as_of, "policy": policy.name, "version": policy.version}
        print_json(head | {"reach_nobody": lost, "passed_on": passed_on})
    else:
        screen = console()
        screen.print(f"Policy {policy.name}, version {policy.version}, is well formed.")
        for heading, some in ((_LOST, lost), (_PASSED_ON, passed_on)):
            if some:
                screen.print("", heading, _gaps(some), sep="\n")
        if not found:
            screen.print(f"On {desk.on} every step reaches the post it names.")
    if lost:
        raise Exit(1)


_LOST = "These steps reach nobody; give one of the posts a holder, or name one further up in a later step:"
_PASSED_ON = "These steps are told to somebody else, for nobody holds the post:"


def _gaps(some: Iterable[Gap]) -> Table:
    made = table("unit", "ladder", "step", "for", "vacant post", "told instead")
    for gap in some:
        made.add_row(gap.unit, gap.ladder, gap.step, gap.duty, gap.post, gap.stand_in or "nobody")
    return made


def _ladder(ladder: Ladder) -> Table:
    made = table("step", "after", "slip", "to", "again every")
    for step in ladder.steps:
        made.add_row(step.name, str(step.offset), step.slip, ", ".join(step.duties), str(step.repeat or ""))
    return made


def _document(policy: Policy) -> dict[str, Any]:
    escalation = policy.escalation
    return {
        "policy": policy.name,
        "version": policy.version,
        "lights": escalation.lights,
        "hours": policy.hours,
        "delivery": policy.failover,
        "acknowledgement": {name: str(span) for name, span in asdict(escalation.acknowledging).items()},
        "ladders": {kind: _steps(ladder) for kind, ladder in escalation.ladders.items()},
        "topics": {
            topic: {kind: _steps(ladder) for kind, ladder in ladders.items()}
            for topic, ladders in escalation.topics.items()
        },
    }


def _steps(ladder: Ladder) -> list[dict[str, Any]]:
    return [
        {
            "step": step.name,
            "after": str(step.offset),
            "slip": step.slip,
            "to": step.duties,
            "repeat": str(step.repeat) if step.repeat else None,
        }
        for step in ladder.steps
    ]
