"""Channels as the settings name them: checked, shown, and tried out."""

import time
from dataclasses import dataclass
from uuid import uuid4

from typer import Exit, echo

from config import wording
from config.problems import Malformed, Problem
from config.settings import Settings, load_settings
from duban.cli.desk import at_work
from duban.cli.output import print_json
from duban.cli.screen import console, table
from flows.channels import ChannelError, Envelope, Receipt, UnknownChannel, mask, open_channel
from flows.turns import send_in_turn
from models.clock import now
from models.pace import Pace
from models.vocabulary import Outcome


@dataclass(frozen=True, slots=True)
class _Shown:
    """A channel as it is shown."""

    name: str
    url: str  # masked
    receipt: str = ""
    pace: str = ""
    problem: str = ""


def check_channels(settings: Settings) -> None:
    """Raise `Malformed` where a channel's URL cannot be used; nothing is connected."""
    found = [_shown(settings, name) for name in settings.channels]
    problems = [Problem(f"DUBAN_CHANNELS, {one.name}", one.problem) for one in found if one.problem]
    if problems:
        raise Malformed(problems)


def show(*, as_json: bool) -> None:
    """Print the channels; end with 1 where one cannot be used."""
    settings = load_settings()
    found = [_shown(settings, name) for name in sorted({"local", *settings.channels})]
    if as_json:
        print_json(found)
    else:
        made = table("channel", "url", "receipt", "pace")
        for one in found:
            made.add_row(one.name, one.url, one.problem or one.receipt, one.pace)
        console().print(made)
    if any(one.problem for one in found):
        raise Exit(1)


def try_out(name: str, to: str | None, *, stand_in: bool) -> None:
    """Send one test message, to the vendor or to a stand-in, and end with 1 unless it was accepted."""
    settings = load_settings()
    url = settings.channel_url(name)
    if url is None:
        raise UnknownChannel(f"No channel is called '{name}'; 'duban channel list' shows them.")
    if to is None and not stand_in:
        raise ChannelError("Nobody is named to be written to; add --to TARGET, or --stand-in to write to nobody.")
    with at_work() as desk:
        subject, body = wording.channel_test(desk.place.office.name, desk.place.office.locale)
    if stand_in:
        receipt = _at_stand_in(url, to, subject, body)
    else:
        receipt = _in_turn(settings, url, _envelope(to or "", subject, body))
    echo(f"{receipt.outcome.replace('_', ' ')}: {receipt.detail}")
    if receipt.outcome is not Outcome.ACCEPTED:
        raise Exit(1)


def _at_stand_in(url: str, to: str | None, subject: str, body: str) -> Receipt:
    from flows.standins.opening import stand_in_for  # noqa: PLC0415 - Apprise comes with it

    with stand_in_for(url) as server, open_channel(server.url) as channel:
        receipt = channel.send(_envelope(to or server.somebody, subject, body))
    for line in server.log:
        echo(f"the stand-in met {line}")
    for text in server.shown:
        echo(f"people were shown:\n{text}")
    return receipt


def _in_turn(settings: Settings, url: str, envelope: Envelope) -> Receipt:
    with open_channel(url, private=settings.private) as channel:
        return send_in_turn(settings.database, channel, envelope, now, time.sleep)


def _envelope(to: str, subject: str, body: str) -> Envelope:
    return Envelope(f"test-{uuid4().hex}", to, to, subject, body, now())


def _shown(settings: Settings, name: str) -> _Shown:
    url = settings.channel_url(name) or ""
    try:
        with open_channel(url, private=settings.private) as channel:
            return _Shown(name, mask(url), channel.receipts, _pace(channel.pace))
    except ChannelError as error:
        return _Shown(name, mask(url), problem=str(error))


def _pace(pace: Pace | None) -> str:
    return f"{int(60 / pace.within.total_seconds() * pace.calls)} a minute" if pace else ""
