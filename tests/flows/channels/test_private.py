from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.channels import BadChannel, open_channel
from flows.channels.dial import PrivateNet, dial, is_public
from flows.standins.opening import stand_in_for
from models.vocabulary import Outcome
from tests.flows.channels.samples import envelope
from tests.flows.channels.vendors import VENDORS

if TYPE_CHECKING:
    from tests.servers.smtp import SmtpServer

REMEDY = "set DUBAN_PRIVATE_NETS to allow"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - nothing is bound
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
    ],
)
def test_what_is_not_the_public_internet_is_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_the_public_internet_is_known(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_in_the_guise_of_another_is_judged_alike(address: object) -> None:
    assert is_public(f"::ffff:{address}") == is_public(str(address))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_channel_that_leads_to_a_private_net_sends_nothing_where_that_is_forbidden(vendor: str) -> None:
    url, target = VENDORS[vendor]
    with stand_in_for(url) as server, open_channel(server.url, private=False) as channel:
        receipt = channel.send(envelope(target=target))
        reached = channel.reach()
    assert receipt.outcome is Outcome.RETRY
    assert receipt.detail.startswith("nothing was sent: the channel leads to 127.0.0.1")
    assert REMEDY in receipt.detail
    assert REMEDY in (reached or "")
    assert server.connections == 0


def test_mail_to_a_private_net_is_not_sent_where_that_is_forbidden(smtp: SmtpServer) -> None:
    with open_channel(f"mailto://{smtp.address}?from=duban@office.example", private=False) as channel:
        receipt = channel.send(envelope())
    assert receipt.outcome is Outcome.RETRY
    assert REMEDY in receipt.detail
    assert smtp.connections == 0


def test_a_name_that_leads_to_this_machine_is_seen_through() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(PrivateNet):
        dial("localhost", listener.getsockname()[1], 5, private=False)


def test_what_apprise_sends_cannot_be_watched_so_it_is_forbidden_too() -> None:
    with pytest.raises(BadChannel, match=REMEDY):
        open_channel("xml://127.0.0.1/S3cr3t", private=False)
