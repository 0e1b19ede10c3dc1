"""Whom TLS believes."""

import ssl


def trust(*, verify: bool) -> ssl.SSLContext:
    """Return a context that believes whoever has a certificate for the host; without `verify`, anybody."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
