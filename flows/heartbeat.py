"""The heartbeat: after a good night a URL is called, so that its silence tells somebody else that there was none."""

import httpx

from flows.channels.masking import mask

_TIMEOUT = 10.0  # seconds, for connecting and for the answer
_RETRIES = 2  # of a connection that does not come about


def beat(url: str) -> str | None:
    """Call the URL, and return None, or else why that did not work, without the URL's secrets. Never raises.

    A service such as Healthchecks then expects the next call within a day and some hours. It may stand on a private
    net, also where channels may not lead to one.
    """
    try:
        with httpx.Client(
            timeout=_TIMEOUT, transport=httpx.HTTPTransport(retries=_RETRIES), trust_env=False
        ) as client:
            answer = client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"the heartbeat was not heard at {mask(url)} ({type(error).__name__})"
    if answer.is_success:
        return None
    return f"the heartbeat was not heard at {mask(url)} (status {answer.status_code})"
