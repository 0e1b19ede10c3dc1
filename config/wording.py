"""Wording: what a digest says, in the recipient's language, from Jinja2 templates."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.queries.digest import Digest
from models.vocabulary import Slip

_TEMPLATES = Path(__file__).with_name("wording")
_SLIPS = {
    "zh_CN": {Slip.REMIND: "提醒", Slip.URGE: "催办", Slip.SUPERVISE: "督办", Slip.CIRCULATE: "通报"},
    "en": {Slip.REMIND: "reminder", Slip.URGE: "urgent", Slip.SUPERVISE: "supervised", Slip.CIRCULATE: "circulated"},
}


def subject(digest: Digest, locale: str) -> str:
    """Return the one line that says it all."""
    return _render("subject.j2", digest, locale)


def body(digest: Digest, locale: str) -> str:
    """Return the message as plain text, for a phone."""
    return _render("body.j2", digest, locale) + "\n"


def _render(template: str, digest: Digest, locale: str) -> str:
    return _environment(locale).get_template(template).render(digest=digest, slips=_SLIPS[locale]).strip()


@cache
def _environment(locale: str) -> Environment:
    # plain text for mail and messengers: there is no HTML to escape
    return Environment(loader=FileSystemLoader(_TEMPLATES / locale), undefined=StrictUndefined, autoescape=False)  # noqa: S701
