"""The alarm: what the operator is told, one message a run, and never a secret."""

import re
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from urllib.parse import unquote

from config.problems import Malformed
from config.settings import Settings, load_settings
from flows.audit import Audit
from flows.channels import ChannelError, Envelope, open_channel
from flows.deliver import Delivered
from flows.report import Report
from flows.turns import send_in_turn
from models.clock import now
from models.errors import DubanError
from models.queries.addresses import Dead
from models.queries.outbox import Sent
from models.vocabulary import MessageState, Outcome

_OPERATOR = "operator"
_RAISED = re.compile(r"exception: (?P<kind>\w+): (?P<sentence>.*)", re.DOTALL)
SPELLED_OUT = 20
"""Differences that an alarm spells out."""

_ENDED = re.compile(r"Process exited with status code: -?\d+|Execution was .*", re.DOTALL)


def sound(
    settings: Settings,
    run_id: str,
    subject: str,
    lines: Iterable[str],
    clock: Callable[[], datetime] = now,
    pause: Callable[[float], None] = time.sleep,
) -> str | None:
    """Tell the operator, and return None, or else why that was not possible. Never raises.

    The run's id becomes the message's key: of one run nobody hears twice. The URL of the alarm may name whom to
    tell (`?to=`), a mail address or a maildir; else it is `operator`. A robot is told in its turn, where one comes
    within a minute.
    """
    if settings.alarm is None:
        return f"{subject}; nobody was told, for DUBAN_ALARM names no channel"
    url, target = _address(settings.alarm.get_secret_value())
    body = "\n".join([*lines, ""])
    try:
        envelope = Envelope(f"alarm-{run_id}", target, target, f"duban: {subject}", body, clock())
        with open_channel(url, private=settings.private) as channel:
            receipt = send_in_turn(settings.database, channel, envelope, clock, pause)
    except ChannelError as error:
        return f"{subject}; the operator could not be told, DUBAN_ALARM: {error}"
    except Exception as error:  # noqa: BLE001 - an alarm must not bring down what it tells of
        return f"{subject}; the operator could not be told ({type(error).__name__})"
    told = receipt.outcome is Outcome.ACCEPTED
    return None if told else f"{subject}; the operator could not be told: {receipt.detail}"


def sound_failure(flow: str, run_id: str, run: str, state: str, message: str | None) -> str | None:
    """Tell the operator that a run of a flow failed or crashed, as `sound` does. Never raises."""
    ended = state.lower()
    try:
        settings = load_settings()
    except Malformed:
        return f"{flow} {ended}; the operator could not be told, for the settings cannot be read"
    lines = [
        f"The run {run} of {flow} {ended}: {presentable(message or '')}",
        "What it had done is kept, and the next run goes on from there.",
    ]
    return sound(settings, run_id, f"{flow} {ended}", lines)


def presentable(message: str) -> str:
    """Return what may be said of a state's message: our own sentences, and of any other error only its kind."""
    raised = _RAISED.search(message)
    if raised is None:
        ended = _ENDED.search(message)
        return ended[0] if ended else "Prefect's log of the run says more."
    if raised["kind"] in _speaking():
        return raised["sentence"]
    return f"{raised['kind']}; Prefect's log of the run says more."


def troubles(
    undelivered: Iterable[Sent],
    vacant: Iterable[str] = (),
    dead: Iterable[Dead] = (),
    out_of_reach: Iterable[str] = (),
) -> list[str]:
    """Return what an operator has to look at, a line each; nothing if all is well."""
    return [
        *(
            f"The message {one.id} to {one.person}, {one.state.replace('_', ' ')}: {one.detail}"
            for one in undelivered
        ),
        *(f"The post {post} is held by nobody, and something is owed to it." for post in vacant),
        *(
            f"The address {one.channel} {one.target} of {one.person} is not used any more: {one.disabled_because}"
            for one in dead
        ),
        *(
            f"{person} has no address in use; 'duban address add' or 'duban address enable' gives one."
            for person in out_of_reach
        ),
    ]


def found_by_audit(audited: Audit | None) -> list[str]:
    """Return what an operator has to hear of an audit, a line for each of the first differences."""
    if audited is None or not audited.found:
        return []
    more = audited.found - SPELLED_OUT
    return [
        *(f"Audit: {one}" for one in audited.differences[:SPELLED_OUT]),
        *([f"Audit: {more} more; 'duban audit' lists them."] if more > 0 else []),
    ]


def failed_now(outcome: Report | Delivered, undelivered: Iterable[Sent], since: datetime) -> bool:
    """Tell whether a run saw messages fail for good: refused, in doubt, or given up after their last try."""
    given_up = any(
        sent.state is MessageState.REFUSED and sent.tried_at is not None and sent.tried_at >= since
        for sent in undelivered
    )
    return given_up or outcome.refused + outcome.in_doubt > 0


def _address(url: str) -> tuple[str, str]:
    """Split an alarm's URL into the channel's, which takes no recipient, and the recipient."""
    base, _, query = url.partition("?")
    parameters = query.split("&") if query else []
    to = next((unquote(one.removeprefix("to=")) for one in parameters if one.startswith("to=")), _OPERATOR)
    kept = "&".join(one for one in parameters if not one.startswith("to="))
    return (f"{base}?{kept}" if kept else base), to


def _speaking() -> set[str]:
    """Name the errors whose sentences are made for people, and hold no secret."""
    found, kinds = {Malformed.__name__}, [DubanError]
    while kinds:
        kind = kinds.pop()
        found.add(kind.__name__)
        kinds += kind.__subclasses__()
    return found
