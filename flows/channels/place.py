"""Read channel URLs of our own schemas, and refuse what would be lost on us."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from flows.channels.address import CONNECT_TIMEOUT, PORTS, READ_TIMEOUT, is_timeout, timeout_sentence
from flows.channels.errors import BadChannel
from flows.channels.exchange import Server
from flows.channels.masking import mask
from flows.channels.tls import trust

_URL = re.compile(
    r"(?P<schema>[a-zA-Z]+)://"
    r"(?:(?P<user>[^:@/?#\s]+)(?::(?P<password>[^@/?#\s]*))?@)?"
    r"(?P<host>[^:@/?#\s]+)(?::(?P<port>\d{1,5}))?"
    r"(?P<path>/[^?#\s]*)?(?:\?(?P<query>[^#]*))?"
)
_ORIGIN = re.compile(r"(?P<schema>https?)://(?P<host>[\w.-]+|\[[\da-fA-F:.]+\])(?::(?P<port>\d{1,5}))?/?")
_ALWAYS_HEEDED = frozenset({"cto", "rto", "verify"})
_NO = frozenset({"no", "false", "0"})


@dataclass(frozen=True, slots=True)
class Form:
    """How the URLs of one kind of channel are written."""

    example: str
    parameters: frozenset[str] = frozenset()  # beside those that every channel heeds
    prefix: str = ""  # of parameters named freely, such as +Header
    login: bool = False  # whether user and password have to be there


@dataclass(frozen=True, slots=True, repr=False)  # most of it is secret
class Place:
    """What such a URL says, decoded."""

    url: str
    schema: str
    user: str
    password: str
    host: str  # or what stands there: a robot's token, an application's number
    port: int | None
    path: str  # as written
    parameters: Mapping[str, str]

    def server(self, host: str, port: int | None, *, secure: bool, private: bool) -> Server:
        """Return a web server as this URL wants it spoken to."""
        verify = self.parameters.get("verify", "yes").lower() not in _NO
        return Server(
            host=host.strip("[]"),
            port=port,
            tls=trust(verify=verify) if secure else None,
            connect_timeout=float(self.parameters.get("cto", CONNECT_TIMEOUT)),
            read_timeout=float(self.parameters.get("rto", READ_TIMEOUT)),
            private=private,
        )

    def vendor(self, host: str, *, private: bool) -> Server:
        """Return the vendor's server, or the private deployment that `server=` names."""
        named = self.parameters.get("server")
        if named is None:
            return self.server(host, None, secure=True, private=private)
        origin = _ORIGIN.fullmatch(named)
        if origin is None or not _is_port(origin["port"]):
            raise BadChannel(f"{mask(self.url)}: write server= as https://host:port, and nothing behind it")
        port = int(origin["port"]) if origin["port"] else None
        return self.server(origin["host"], port, secure=origin["schema"] == "https", private=private)


def read_place(url: str, form: Form) -> Place:
    """Return what a URL says.

    Raises BadChannel for a URL that is incomplete, or holds a parameter that would silently not be heeded.
    """
    parts = _URL.fullmatch(url)
    if parts is None or (form.login and not parts["password"]):
        raise BadChannel(f"{mask(url)} is not a complete channel URL: write {form.example}")
    if not _is_port(parts["port"]):
        raise BadChannel(f"{mask(url)} names a port that cannot be: ports go from 1 to 65535")
    parameters = _parameters(parts["query"] or "")
    heeded = _ALWAYS_HEEDED | form.parameters
    if not all(name in heeded or (form.prefix and name.startswith(form.prefix)) for name in parameters):
        known = ", ".join([*sorted(heeded), *([f"{form.prefix}Name"] if form.prefix else [])])
        raise BadChannel(f"{mask(url)} has a parameter that would not be heeded: keep only {known}")
    for name in ("cto", "rto"):
        if name in parameters and not is_timeout(parameters[name]):
            raise BadChannel(timeout_sentence(url, name))
    return Place(
        url=url,
        schema=parts["schema"].lower(),
        user=unquote(parts["user"] or ""),
        password=unquote(parts["password"] or ""),
        host=unquote(parts["host"]),
        port=int(parts["port"]) if parts["port"] else None,
        path=parts["path"] or "",
        parameters=parameters,
    )


def _parameters(query: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return {unquote(name): unquote(value) for name, _, value in pairs}


def _is_port(text: str | None) -> bool:
    return text is None or int(text) in PORTS
