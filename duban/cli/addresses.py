"""Addresses: shown person by person, and changed with a reason."""

from collections.abc import Callable

from sqlmodel import Session
from typer import echo

from duban.cli.acting import acting
from duban.cli.desk import at_work
from duban.cli.output import print_json
from duban.cli.screen import console, minute, table
from models.commands.actor import Actor
from models.commands.address import add_address, disable_address, enable_address
from models.database import reading, writing
from models.errors import DubanError
from models.office import Address
from models.queries.office import find_person
from models.queries.roster import roster

Change = Callable[[Session, str, str, str, str, Actor], Address]


class UnknownChannelName(DubanError):
    """No setting names that channel."""


def show(who: str | None, *, as_json: bool) -> None:
    """Print the addresses of a person, or of all. Raises `UnknownPerson`."""
    with at_work() as desk, reading(desk.place.engine) as session:
        slug = find_person(session, who).slug if who else None
        persons = [one for one in roster(session, desk.on).persons if slug in (None, one.slug)]
    if as_json:
        print_json([{"person": one.name, "slug": one.slug, "addresses": one.addresses} for one in persons])
        return
    made = table("person", "channel", "target", "disabled", "why")
    for one in persons:
        for address in one.addresses:
            made.add_row(
                one.name,
                address.channel,
                address.target,
                minute(address.disabled_at, desk.place.zone),
                address.disabled_because,
            )
        if not one.live:
            made.add_row(one.name, "", "", "", "no address in use; add one, or enable one")
    console().print(made)


def add(who: str, channel: str, target: str, reason: str, *, by: str | None) -> None:
    """Give a person a further address. Raises `UnknownChannelName` and what `add_address` raises."""
    with at_work() as desk:
        if desk.place.settings.channel_url(channel) is None:
            raise UnknownChannelName(f"No channel is called '{channel}'; name it in DUBAN_CHANNELS first.")
    _change(add_address, "{who} is now also reached at {address}.", (who, channel, target, reason), by)


def enable(who: str, channel: str, target: str, reason: str, *, by: str | None) -> None:
    """Use an address again; raises what `enable_address` raises."""
    _change(enable_address, "{who} is reached at {address} again.", (who, channel, target, reason), by)


def disable(who: str, channel: str, target: str, reason: str, *, by: str | None) -> None:
    """Use an address no more; raises what `disable_address` raises."""
    _change(disable_address, "{who} is no longer reached at {address}.", (who, channel, target, reason), by)


def _change(change: Change, told: str, given: tuple[str, str, str, str], by: str | None) -> None:
    with at_work() as desk, writing(desk.place.engine) as session:
        address = change(session, *given, acting(desk, session, by))
        name = find_person(session, given[0]).name
        sentence = told.format(who=name, address=f"{address.channel} {address.target}")
    echo(sentence)
