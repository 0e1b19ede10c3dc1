"""The outbox: how every message stands, and what the receiver answered."""

from datetime import tzinfo

from rich.text import Text

from duban.cli.desk import at_work
from duban.cli.output import print_json
from duban.cli.screen import DIM, console, minute, table
from models.database import reading
from models.queries.letter import letter
from models.queries.outbox import Sent, messages
from models.vocabulary import MessageState

_COLOURS = {
    MessageState.ACCEPTED: "green",
    MessageState.RETRY: "yellow",
    MessageState.REFUSED: "bold red",
    MessageState.IN_DOUBT: "bold red",
}


def show_all(states: tuple[MessageState, ...], *, last: int, as_json: bool) -> None:
    """Print the newest messages, newest first, of the given states only where some are given."""
    with at_work() as desk, reading(desk.place.engine) as session:
        found = messages(session, states, last)
    if as_json:
        print_json(found)
        return
    made = table("id", "state", "to", "may leave from", "receipt", "acknowledged", "subject", numbers=("id",))
    for one in found:
        made.add_row(
            str(one.id),
            _state(one.state),
            one.person,
            minute(one.next_try_at or one.release_at, desk.place.zone),
            _receipt(one, desk.place.zone),
            _acknowledged(one, desk.place.zone),
            one.subject,
        )
    console().print(made if found else "No messages.")


def show_one(number: int, *, as_json: bool) -> None:
    """Print one message whole, with every attempt at it."""
    with at_work() as desk, reading(desk.place.engine) as session:
        found = letter(session, number)
    if as_json:
        print_json(found)
        return
    zone = desk.place.zone
    head: dict[str, str | Text] = {
        "to": f"{found.person} ({found.channel} {found.target})",
        "state": _state(found.state),
        "composed": minute(found.composed_at, zone),
        "may leave": minute(found.next_try_at or found.release_at, zone),
        "key": found.key,
        **{
            f"attempt {one.number}": f"{minute(one.started_at, zone)} {one.outcome or 'under way'} {one.detail}"
            for one in found.tries
        },
        "subject": Text(found.subject, "bold"),
    }
    screen = console()
    for name, value in head.items():
        screen.print(Text(f"{name:<12}", DIM).append(value))
    screen.print("", found.body.rstrip(), sep="\n")


def _receipt(one: Sent, zone: tzinfo) -> str:
    """Return when the last attempt was, and what was answered unless that was yes."""
    answer = "" if one.state is MessageState.ACCEPTED else one.detail
    return f"{minute(one.tried_at, zone)} {answer}".strip()


def _acknowledged(one: Sent, zone: tzinfo) -> str:
    """Return when a message was acknowledged, and how much of it unless that is all."""
    part = "" if one.acknowledged == one.measures else f" {one.acknowledged} of {one.measures}"
    return f"{minute(one.acknowledged_at, zone)}{part}" if one.acknowledged else ""


def _state(state: MessageState) -> Text:
    return Text(state.replace("_", " "), _COLOURS.get(state, ""))
