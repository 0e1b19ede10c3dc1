"""Wording: what a digest says, in the recipient's language, from Jinja2 templates."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from config.links import Call
from models.queries.chronology import Chronology
from models.queries.digest import Digest, Line
from models.vocabulary import LimitName, Onward, Slip

_MEANT = re.compile(r"([\\`*_~\[\]<>|&])")  # what Markdown or HTML would take as theirs
_TEMPLATES = Path(__file__).with_name("wording")
_SLIPS = {
    "zh_CN": {Slip.REMIND: "提醒", Slip.URGE: "催办", Slip.SUPERVISE: "督办", Slip.CIRCULATE: "通报"},
    "en": {Slip.REMIND: "reminder", Slip.URGE: "urgent", Slip.SUPERVISE: "supervised", Slip.CIRCULATE: "circulated"},
}

_SPAN = re.compile(
    r"(?P<count>\d+) (?P<kind>working|calendar)( after (?P<after>\S+) \((?P<event>granted|done)\)( on (?P<on>\S+))?)?"
)
_PHONE = 7  # digits; a shorter number is no telephone's
_HEADINGS = {
    "zh_CN": ("序号", "编号", "整改事项", "责任单位", "类别", "时限情况", "请您"),
    "en": ("", "number", "measure", "unit", "slip", "how it stands", "please"),
}

LIMITS = {
    "zh_CN": {
        LimitName.PLAN: "报送巡察整改方案",
        LimitName.REPORT: "报送巡察整改情况报告",
        LimitName.CONCENTRATED: "完成集中整改",
    },
    "en": {
        LimitName.PLAN: "hand in the plan of rectification",
        LimitName.REPORT: "report on the rectification",
        LimitName.CONCENTRATED: "end the concentrated rectification",
    },
}
"""What an office owes by a limit of the statute."""


def subject(digest: Digest, locale: str) -> str:
    """Return the one line that says it all."""
    return _render("subject.j2", locale, digest=digest, slips=_SLIPS[locale])


def body(digest: Digest, reply: Call, locale: str) -> str:
    """Return the message as plain text, for a phone; it ends with how the reader can acknowledge it."""
    return _render("body.j2", locale, digest=digest, slips=_SLIPS[locale], reply=reply) + "\n"


@dataclass(frozen=True, slots=True)
class Unworded:
    """A line of a digest for which the templates fail, and why."""

    number: str
    why: str

    def __str__(self) -> str:
        """Say it to the operator."""
        return f"{self.number} could not be put into words ({self.why}); it is counted in its message, and not shown."


def set_aside(digest: Digest, locale: str) -> tuple[Digest, tuple[Unworded, ...]]:
    """Return the digest without the lines that cannot be worded, and those: none of them must keep the rest back."""
    lines, failed = [], []
    for line in digest.lines:
        try:
            _row(digest, line, locale)
        except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            failed.append(Unworded(line.number, f"{type(error).__name__}: {error}"))
        else:
            lines.append(line)
    return (replace(digest, lines=tuple(lines)), tuple(failed)) if failed else (digest, ())


def table(digest: Digest, locale: str) -> list[list[str | int]]:
    """Return the lines of a digest as the rows of a table, under its headings."""
    slips = _SLIPS[locale]
    rows: list[list[str | int]] = [[*_HEADINGS[locale]]]
    for number, line in enumerate(digest.lines, 1):
        rows.append([number, line.number, line.title, line.unit, slips[line.slip], *_row(digest, line, locale)])
    return rows


def sheet_name(digest: Digest, locale: str) -> str:
    """Return the name of the file that lists a digest."""
    return {"zh_CN": f"督办事项清单{digest.on}.xlsx", "en": f"measures {digest.on}.xlsx"}[locale]


@dataclass(frozen=True, slots=True)
class Handover:
    """What both sides are told when a post changes hands; `reader` is one of them."""

    office: str
    reader: str
    post: str
    leaver: str | None
    successor: str
    since: date
    open_measures: int
    unsaid: int


def handover(told: Handover, locale: str) -> tuple[str, str]:
    """Return the subject and the text of the notice that a post changes hands."""
    return _render("handover_subject.j2", locale, **asdict(told)), _render(
        "handover_body.j2", locale, **asdict(told)
    ) + "\n"


@dataclass(frozen=True, slots=True)
class Appointment:
    """What a person is told who is to act for a vacant post, until a day if one is known."""

    office: str
    reader: str
    post: str
    since: date
    until: date | None


def appointment(told: Appointment, locale: str) -> tuple[str, str]:
    """Return the subject and the text of the notice to an acting holder."""
    values = asdict(told)
    return _render("appointment_subject.j2", locale, **values), _render(
        "appointment_body.j2", locale, **values
    ) + "\n"


def channel_test(office: str, locale: str) -> tuple[str, str]:
    """Return the subject and the text of a message that tries a channel out."""
    return _render("test_subject.j2", locale), _render("test_body.j2", locale, office=office) + "\n"


@dataclass(frozen=True, slots=True)
class SilentPerson:
    """Who has not acknowledged since when, and which measures, each by number and title."""

    name: str
    since: date
    measures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """What a superior is told of those who have not acknowledged; of each `shown` measures are spelled out."""

    office: str
    reader: str
    on: date
    persons: list[SilentPerson]
    shown: int = 5


def silence(told: Silence, locale: str) -> tuple[str, str]:
    """Return the subject and the text of the notice of who has not acknowledged in time."""
    return _render("silence_subject.j2", locale, told=told), _render("silence_body.j2", locale, told=told) + "\n"


def chronology(told: Chronology, locale: str) -> str:
    """Return all that is on record of a measure as Markdown, to be printed."""
    zone = told.on.tzinfo
    filters: dict[str, Callable[..., str]] = {
        "minute": lambda at: f"{at.astimezone(zone):%Y-%m-%d %H:%M}",
        "plain": _plain,
        "spans": _spans,
    }
    environment = _environment(locale).overlay()
    environment.filters = environment.filters | filters
    return environment.get_template("chronology.j2").render(told=told).strip() + "\n"


def _plain(said: object) -> str:
    """Return what somebody wrote as one line in which Markdown finds nothing to do."""
    return _MEANT.sub(r"\\\1", " ".join(str(said).split()))


def _spans(said: str) -> str:
    """Return a text with the limits that the program itself put into it in Chinese."""
    return _SPAN.sub(_span, said)


def _span(found: re.Match[str]) -> str:
    days = f"{found['count']}{'个工作日' if found['kind'] == 'working' else '天'}"
    if found["after"] is None:
        return days
    event = {"granted": "批复", "done": "办结"}[found["event"]]
    return f"{found['after']}{event}{'（' + found['on'] + '）' if found['on'] else ''}后{days}"


@dataclass(frozen=True, slots=True)
class Hint:
    """So much of an address as its owner knows it by, and nobody else: `kind` is mail, phone or other."""

    kind: str
    shown: str


def hint(target: str) -> Hint:
    """Return what may be said of an address in a message to another one."""
    name, at, host = target.rpartition("@")
    if at:
        return Hint("mail", f"{name[:1] if len(name) > 1 else ''}***@{host}")
    digits = re.sub(r"[ +()-]", "", target)
    if digits.isdigit() and len(digits) >= _PHONE:
        return Hint("phone", digits[-4:])
    return Hint("other", "")


@dataclass(frozen=True, slots=True)
class Before:
    """A message that another one follows: what it said, where it was to go, and whether a file went along."""

    subject: str
    body: str
    hint: Hint
    attached: bool


def onward(before: Before, onward: Onward, locale: str) -> tuple[str, str]:
    """Return the subject and the text of what follows a message."""
    values = {"before": before, "onward": onward}
    return _render("onward_subject.j2", locale, **values), _render("onward_body.j2", locale, **values) + "\n"


def _row(digest: Digest, line: Line, locale: str) -> list[str]:
    return _render("row.j2", locale, digest=digest, line=line).split("\t")


def _render(template: str, locale: str, **values: object) -> str:
    return _environment(locale).get_template(template).render(**values).strip()


@cache
def _environment(locale: str) -> Environment:
    # plain text for mail and messengers: there is no HTML to escape
    return Environment(loader=FileSystemLoader(_TEMPLATES / locale), undefined=StrictUndefined, autoescape=False)  # noqa: S701
