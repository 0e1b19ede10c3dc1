"""A real HTTP server for tests: it keeps the posts it receives, and can be told how to answer whom."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.standins.server import Answer, Break, WebServer

if TYPE_CHECKING:
    import ssl

    from flows.standins.server import Request

__all__ = ["Answer", "Behaviour", "HttpServer", "Post"]

Behaviour = Break


@dataclass(frozen=True, slots=True)
class Post:
    """A post received, whatever was answered."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: dict[str, Any]

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]


class HttpServer(WebServer):
    """Takes the JSON posts of a webhook."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls=tls)
        self.posts: list[Post] = []
        self._behaviour: Answer | Break = Answer()
        self._behaviours: dict[str, Answer | Break] = {}

    def behave(self, behaviour: Answer | Break, target: str | None = None) -> None:
        """Behave so to posts for one target, or for all that were not named."""
        if target is None:
            self._behaviour = behaviour
        else:
            self._behaviours[target] = behaviour

    def meet(self, request: Request) -> Answer | Break:
        body = json.loads(request.body)
        self.posts.append(Post(request.path, request.headers, body))
        return self._behaviours.get(body["target"], self._behaviour)

    def copies(self, key: str) -> int:
        """Count the posts received under this Idempotency-Key."""
        return sum(post.key == key for post in self.posts)
