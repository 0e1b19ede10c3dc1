"""Prefect's own server, run as a process of ours."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from models.errors import DubanError

STARTING = 120.0
"""Seconds until a server that does not answer counts as failed; it takes 10 to 18."""

STOPPING = 15.0
"""Seconds until a server that does not stop is killed."""

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - how to reach a server that listens everywhere
_DIRECT = build_opener(ProxyHandler({}))


class NoServer(DubanError):
    """Prefect's server is not there, or cannot be started here."""


def require(url: str) -> None:
    """Raise `NoServer` unless something answers at an API's URL."""
    if not _answers(url):
        raise NoServer(f"Prefect's server at {url} does not answer; start it, or correct PREFECT_API_URL.")


@contextmanager
def prefect_server(host: str, port: int) -> Iterator[str]:
    """Run a server until the end of the block, and yield its API's URL once it answers. Raises `NoServer`.

    Prefect's environment has to be prepared. The server is in a session of its own: Ctrl-C reaches us alone, and
    we stop it last.
    """
    _refuse_taken(host, port)
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", host, "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        url = api_url(host, port)
        _wait(process, url)
        yield url
    finally:
        _stop(process)


def api_url(host: str, port: int) -> str:
    """Return the address under which this machine reaches the API of a server that listens on a host and port."""
    reachable = _EVERYWHERE.get(host, host)
    return f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{port}/api"


def _refuse_taken(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise NoServer(
            f"Prefect's server cannot listen on {host}:{port} ({error.strerror}); choose another DUBAN_HOST or "
            "DUBAN_PORT, or set PREFECT_API_URL to use a server that runs already."
        ) from error


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(url):
            return
        time.sleep(0.2)
    ended = "ended at once" if process.poll() is not None else f"does not answer after {STARTING:.0f} seconds"
    raise NoServer(f"Prefect's server {ended}; 'prefect server start' with the same environment says why.")


def _answers(url: str) -> bool:
    try:
        with _DIRECT.open(f"{url}/health", timeout=5):
            return True
    except HTTPError as error:  # it wants a login, which Prefect's own client has
        error.close()
        return True
    except (OSError, ValueError):
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOPPING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
