"""The web desk's application: its pages, and what every answer carries."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles

from config.problems import Malformed
from duban.web import acknowledging, health
from duban.web.pages import out_of_order
from models.clock import now
from models.errors import DubanError

_LONGEST = 1 << 16  # bytes of a request's body
_STATIC = Path(__file__).with_name("static")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the address of a page is what gives access to it
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}


def create_app(clock: Callable[[], datetime] = now) -> FastAPI:
    """Return the application; it reads the settings anew for every request, as every command does."""
    app = FastAPI(title="duban", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.clock = clock
    app.middleware("http")(_guard)
    for kind in (DubanError, Malformed):
        app.add_exception_handler(kind, out_of_order)
    app.include_router(acknowledging.router)
    app.include_router(health.router)
    app.mount("/static", StaticFiles(directory=_STATIC))
    return app


async def _guard(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    """Let no body in that is longer than any form of ours, and send every answer with what keeps it private."""
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers or not length.isdigit() or int(length) > _LONGEST:
        response = Response(status_code=413)
    else:
        response = await go_on(request)
    response.headers.update(_HEADERS)
    return response
