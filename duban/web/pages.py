"""Pages: templates filled in the office's language."""

from datetime import date, datetime, tzinfo
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from duban.web.words import BOTH, WORDS

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, undefined=StrictUndefined
)


def page(template: str, locale: str, status: int = 200, **values: object) -> HTMLResponse:
    """Return a page made from a template; it finds the words of the locale as `say`."""
    filled = _ENVIRONMENT.get_template(template).render(say=WORDS[locale], locale=locale, **values)
    return HTMLResponse(filled, status)


def sentence(key: str, locale: str, status: int) -> HTMLResponse:
    """Return a page that says one thing."""
    return page("sentence.html", locale, status, sentence=WORDS[locale][key])


async def out_of_order(_request: Request, _error: Exception) -> HTMLResponse:
    """Say that the office cannot be reached, and not why: whoever reads this is no operator."""
    return page("sentence.html", "zh_CN", 503, sentence=BOTH)


def day(on: date, locale: str) -> str:
    """Return a date as people write it."""
    return f"{on.year}年{on.month}月{on.day}日" if locale == "zh_CN" else on.isoformat()


def minute(at: datetime, zone: tzinfo, locale: str) -> str:
    """Return an instant in the office's time, to the minute."""
    local = at.astimezone(zone)
    return f"{day(local.date(), locale)} {local:%H:%M}"


_ENVIRONMENT.filters |= {"day": day, "minute": minute}
