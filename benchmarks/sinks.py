"""A server that takes whatever comes, in a process of its own: `python -m benchmarks.sinks mail|post`."""

import sys

from tests.servers.http import HttpServer
from tests.servers.smtp import SmtpServer


def main() -> None:
    servers = {"mail": SmtpServer, "post": HttpServer}
    with servers[sys.argv[1]]() as server:
        print(server.address, flush=True)
        sys.stdin.read()  # until whoever started this ends it


if __name__ == "__main__":
    main()
