"""The transition table: which action moves a measure from where to where, by whom, with what in hand.

The table is the specification: command line verbs, the README's drawing and the tests are read from it.
What it does not name is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from models.errors import DubanError
from models.vocabulary import Action, Approval, Role, State


class Need(StrEnum):
    """What an action must bring along."""

    OUTSIDE_BODY = "outside_body"
    DOCUMENT = "document"  # a document number, or a note where there is none
    EVIDENCE = "evidence"  # at least one piece on the measure
    PERMIT = "permit"  # the permit itself, as a piece of evidence
    REASON = "reason"
    DUE_ON = "due_on"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a measure stands: its state and, while it awaits approval, whose."""

    state: State
    approval: Approval | None = None

    def __str__(self) -> str:
        """Read as the drawing shows it: `awaiting_approval (permit)`."""
        return f"{self.state} ({self.approval})" if self.approval else str(self.state)


PLANNED = Place(State.PLANNED)
IN_PROGRESS = Place(State.IN_PROGRESS)
AWAITING_PERMIT = Place(State.AWAITING_APPROVAL, Approval.PERMIT)
AWAITING_CLOSEOUT = Place(State.AWAITING_APPROVAL, Approval.CLOSEOUT)
DONE = Place(State.DONE)
PLACES = (PLANNED, IN_PROGRESS, AWAITING_PERMIT, AWAITING_CLOSEOUT, DONE)


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table."""

    source: Place
    action: Action
    target: Place
    roles: frozenset[Role]
    needs: frozenset[Need] = frozenset()
    barred: frozenset[Role] = frozenset()


_UNIT = frozenset({Role.RESPONSIBLE})
_SUPERVISOR = frozenset({Role.SUPERVISOR})
_SUBMITTER = frozenset({Role.SUBMITTER})
_REASON = frozenset({Need.REASON})
_APPLICATION = frozenset({Need.OUTSIDE_BODY, Need.DOCUMENT})

TABLE = (
    Transition(PLANNED, Action.START, IN_PROGRESS, _UNIT),
    Transition(PLANNED, Action.APPLY, AWAITING_PERMIT, _UNIT, _APPLICATION),
    Transition(IN_PROGRESS, Action.APPLY, AWAITING_PERMIT, _UNIT, _APPLICATION),
    Transition(AWAITING_PERMIT, Action.GRANT, IN_PROGRESS, _UNIT | _SUPERVISOR, frozenset({Need.PERMIT})),
    Transition(AWAITING_PERMIT, Action.REFUSE, IN_PROGRESS, _UNIT | _SUPERVISOR, _REASON),
    Transition(IN_PROGRESS, Action.SUBMIT, AWAITING_CLOSEOUT, _UNIT, frozenset({Need.EVIDENCE})),
    Transition(AWAITING_CLOSEOUT, Action.APPROVE, DONE, _SUPERVISOR, barred=_SUBMITTER),
    Transition(AWAITING_CLOSEOUT, Action.RETURN, IN_PROGRESS, _SUPERVISOR, _REASON),
    Transition(AWAITING_PERMIT, Action.WITHDRAW, IN_PROGRESS, _SUBMITTER, _REASON),
    Transition(AWAITING_CLOSEOUT, Action.WITHDRAW, IN_PROGRESS, _SUBMITTER, _REASON),
    Transition(DONE, Action.REOPEN, IN_PROGRESS, _SUPERVISOR, frozenset({Need.REASON, Need.DUE_ON})),
)
_BY_MOVE = {(row.source, row.action): row for row in TABLE}


class Refused(DubanError):
    """An action that the table does not allow; the message says why and what is possible instead."""


def advance(place: Place, action: Action, roles: Iterable[Role]) -> Transition:
    """Return the transition that `action` makes from `place` for somebody acting in `roles`.

    Raises `Refused` where the table has no such row, or has it for others only.
    """
    held = frozenset(roles)
    row = _BY_MOVE.get((place, action))
    if row is None:
        possible = ", ".join(known.action for known in TABLE if known.source == place)
        raise Refused(f"'{action}' is not possible while it is {place}; possible: {possible}.")
    if row.barred & held:
        raise Refused(f"'{action}' must be done by somebody other than the {_names(row.barred)}.")
    if not row.roles & held:
        raise Refused(f"'{action}' takes the role {_names(row.roles)}; the person acting has {_names(held)}.")
    return row


def roll_up(children: Iterable[Place]) -> Place:
    """Return where a divided measure stands: where its least advanced child does.

    Of children equally far, the first one's approval is shown. Raises ValueError without children.
    """
    order = tuple(State)
    return min(children, key=lambda place: order.index(place.state))


def mermaid() -> str:
    """Draw the table as a Mermaid state diagram, one line per source, target and set of actions."""
    names = {place: str(place.state) for place in PLACES} | {
        AWAITING_PERMIT: "awaiting_permit",
        AWAITING_CLOSEOUT: "awaiting_closeout",
    }
    lines = ["stateDiagram-v2", f"    [*] --> {names[PLANNED]}"]
    lines += [f'    state "{place}" as {names[place]}' for place in PLACES if place.approval]
    edges: dict[tuple[Place, Place], list[str]] = {}
    for row in TABLE:
        edges.setdefault((row.source, row.target), []).append(row.action)
    lines += [
        f"    {names[source]} --> {names[target]}: {', '.join(actions)}"
        for (source, target), actions in edges.items()
    ]
    return "\n".join([*lines, f"    {names[DONE]} --> [*]"])


def _names(roles: frozenset[Role]) -> str:
    return " or ".join(sorted(roles)) or "none"
