"""Connecting, to public addresses only where the settings say so."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

_NAT64 = 12  # bytes before the IPv4 address in 64:ff9b::/96
_NAT64_PREFIX = bytes.fromhex("0064ff9b") + bytes(8)


class PrivateNet(OSError):
    """A channel leads to an address that the settings forbid."""


def dial(host: str, port: int, timeout: float, *, private: bool) -> socket.socket:
    """Connect as `socket.create_connection` does; without `private`, to public addresses only.

    The address that was judged is the one connected to: between the two no name is looked up. Raises OSError.
    """
    if private:
        return socket.create_connection((host, port), timeout)
    trouble: OSError = OSError(f"{host} has no address")
    for _, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            _refuse_private(str(address[0]))
            return socket.create_connection((str(address[0]), port), timeout)
        except OSError as error:
            trouble = error
    raise trouble


def is_public(address: str) -> bool:
    """Tell whether an address lies in the public internet: not loopback, link-local, private or reserved."""
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):  # which may be a guise of the other
        packed = found.packed
        guise = IPv4Address(packed[_NAT64:]) if packed.startswith(_NAT64_PREFIX) else None
        found = found.ipv4_mapped or found.sixtofour or guise or found
    return found.is_global and not found.is_multicast


def _refuse_private(address: str) -> None:
    if not is_public(address):
        raise PrivateNet(
            f"the channel leads to {address}, which is no public address: name another server in its URL, "
            "or set DUBAN_PRIVATE_NETS to allow"
        )
