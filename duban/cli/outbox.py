"""The outbox: how every message stands, and what the receiver answered."""

from collections.abc import Iterable
from datetime import tzinfo

from rich.table import Table
from rich.text import Text
from typer import echo

from duban.cli.acting import acting
from duban.cli.desk import at_work
from duban.cli.output import print_json
from duban.cli.screen import DIM, console, minute, table
from flows.deliver import wording_onward
from models.commands.resolve import resolve as resolve_doubt
from models.database import reading, writing
from models.queries.letter import Word, letter
from models.queries.outbox import Sent, messages
from models.vocabulary import MessageState, Verdict

_COUNTS_AS = {Verdict.ARRIVED: "accepted", Verdict.LOST: "lost", Verdict.RESEND: "in doubt"}
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
    screen = console()
    in_doubt = [one for one in found if one.in_doubt]
    if in_doubt:
        screen.print("In doubt; 'duban outbox resolve' says what became of them:", _table(in_doubt, desk.place.zone))
    rest = [one for one in found if not one.in_doubt]
    if rest or not in_doubt:
        screen.print(*([""] if in_doubt else []), _table(rest, desk.place.zone) if rest else "No messages.", sep="\n")


def _table(some: Iterable[Sent], zone: tzinfo) -> Table:
    made = table("id", "state", "to", "may leave from", "receipt", "acknowledged", "subject", numbers=("id",))
    for one in some:
        made.add_row(
            str(one.id),
            _state(one.state),
            one.person,
            minute(one.next_try_at or one.release_at, zone),
            _receipt(one, zone),
            _acknowledged(one, zone),
            one.subject,
        )
    return made


def resolve(number: int, verdict: Verdict, reason: str, *, by: str | None) -> None:
    """Put down what became of a message in doubt; raises what `resolve_doubt` raises."""
    with at_work() as desk, writing(desk.place.engine) as session:
        done = resolve_doubt(session, number, verdict, reason, acting(desk, session, by), wording_onward(desk.place))
        told = f"Message {number} counts as {_COUNTS_AS[verdict]}"
        if done.follower is not None:
            told += f"; message {done.follower.id} to {done.follower.channel} {done.follower.target} follows it"
        elif verdict is Verdict.LOST:
            told += "; there is no address in use to send it to"
    echo(f"{told}.")


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
        **({"sent as": found.sent_as} if found.sent_as else {}),
        **({"instead of": f"message {found.instead_of}"} if found.instead_of else {}),
        **{
            f"attempt {one.number}": f"{minute(one.started_at, zone)} {one.outcome or 'under way'} {one.detail}"
            for one in found.tries
        },
        **({"resolved": _word(found.resolved, zone)} if found.resolved else {}),
        **({"goes on as": f"message {found.followed_by}"} if found.followed_by else {}),
        "subject": Text(found.subject, "bold"),
    }
    screen = console()
    for name, value in head.items():
        screen.print(Text(f"{name:<12}", DIM).append(value))
    screen.print("", found.body.rstrip(), sep="\n")


def _receipt(one: Sent, zone: tzinfo) -> str:
    """Return when the last attempt was, what was answered unless that was yes, and where it went on."""
    answer = "" if one.state is MessageState.ACCEPTED else one.detail
    if one.by_word_of:
        answer = f"accepted, by word of {one.by_word_of}"
    on = f"; goes on as {one.followed_by}" if one.followed_by else ""
    return f"{minute(one.tried_at, zone)} {answer}{on}".strip()


def _word(word: Word, zone: tzinfo) -> str:
    said = "accepted" if word.verdict is Verdict.ARRIVED else word.verdict
    return f"{minute(word.at, zone)} {said}, by word of {word.person}: {word.reason}"


def _acknowledged(one: Sent, zone: tzinfo) -> str:
    """Return when a message was acknowledged, and how much of it unless that is all."""
    part = "" if one.acknowledged == one.measures else f" {one.acknowledged} of {one.measures}"
    return f"{minute(one.acknowledged_at, zone)}{part}" if one.acknowledged else ""


def _state(state: MessageState) -> Text:
    return Text(state.replace("_", " "), _COLOURS.get(state, ""))
