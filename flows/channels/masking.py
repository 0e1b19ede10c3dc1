"""Keep what a channel URL hides out of everything that is shown, logged or stored."""

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote

HIDDEN = "***"
# In these schemas the host is a host; in a vendor's the same place may hold the token.
_HOSTED = frozenset({"mailto", "mailtos", "json", "jsons", "smsgateway", "smsgateways"})
_URL = re.compile(r"(?P<schema>[a-z][a-z0-9+.-]*)://(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_PLACE = re.compile(
    r"(?P<login>[^@/?#]*@)?"
    r"(?P<server>(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d+)?)"
    r"(?P<more>(?:/[^@?#]*)?(?:\?(?:[^=&@?#]+=[^&#]*&?)*)?)"
)
_SHORTEST = 4  # a shorter secret could not be told from ordinary words


def mask(url: str) -> str:
    """Return a channel URL that is safe to show: schema and server, never a login, a path or a parameter.

    What does not read as a URL at all is hidden whole: a stray slash in a password must not turn it into a host.
    """
    parts = _URL.fullmatch(url)
    if parts is None:
        return HIDDEN
    schema = parts["schema"].lower()
    if schema == "maildir":
        return f"maildir://{parts['rest']}" if parts["rest"].startswith("/") else f"maildir://{HIDDEN}"
    place = _PLACE.fullmatch(parts["rest"]) if schema in _HOSTED else None
    if place is None:
        return f"{schema}://{HIDDEN}"
    login = f"{HIDDEN}@" if place["login"] else ""
    more = f"/{HIDDEN}" if place["more"].strip("/") else ""
    return f"{schema}://{login}{place['server']}{more}"


def guises(secrets: Iterable[str]) -> tuple[str, ...]:
    """Return every form in which a receiver may echo one of the secrets, longest first."""
    long_enough = [secret for secret in secrets if len(secret) >= _SHORTEST]
    forms = {form for secret in long_enough for form in (secret, quote(secret, safe=""), _base64(secret))}
    return tuple(sorted(forms, key=len, reverse=True))


def redact(text: str, forms: Iterable[str]) -> str:
    """Return the text with every form that `guises` knows hidden."""
    for form in forms:
        text = text.replace(form, HIDDEN)
    return text


def _base64(secret: str) -> str:
    return base64.b64encode(secret.encode()).decode()
