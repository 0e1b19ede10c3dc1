"""The page behind a message's link: what it says, and 签收. The token in the address is all that it asks for.

A GET changes nothing, for mail scanners open every link. The token also keeps others from posting in the reader's
name: who does not have it cannot name the page.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from duban.replies import Expired, UnknownLink, by_token
from duban.web.office import AtWork, Office
from duban.web.pages import page, sentence
from duban.web.words import WORDS
from models.commands.acknowledge import BadSnooze, NothingToReply, RepliedBefore, acknowledge, last_snooze, snooze
from models.commands.actor import Actor
from models.database import reading, writing
from models.errors import DubanError
from models.office import Person
from models.queries.replies import Acknowledgeable
from models.vocabulary import ReplyBy

router = APIRouter()
Chosen = Annotated[list[str] | None, Form()]
_CHOICES = (1, 2, 3, 5, 7, 10, 14, 21, 30)
_MOST = 3650
_REFUSALS: dict[type[DubanError], tuple[str, int]] = {
    UnknownLink: ("unknown", 404),
    Expired: ("expired", 410),
    NothingToReply: ("nothing_chosen", 422),
    BadSnooze: ("bad_snooze", 422),
    RepliedBefore: ("before", 409),
}


@router.get("/a/{token}")
def show(token: str, office: Office, request: Request) -> Response:
    """Show a message's measures, each with its 签收."""
    with reading(office.place.engine) as session:
        try:
            message, through = by_token(session, office.place.settings, token, office.on)
        except (UnknownLink, Expired) as error:
            return _refusal(office, error)
        return _page(office, message, through, request.url.path)


@router.post("/a/{token}/acknowledge")
def acknowledge_it(token: str, office: Office, request: Request, measure: Chosen = None) -> Response:
    """Acknowledge the measures chosen."""

    def reply(session: Session, message: Acknowledgeable, actor: Actor) -> None:
        acknowledge(session, message, actor, ReplyBy.LINK, office.rules, measure or ())

    return _reply(token, office, request, reply)


@router.post("/a/{token}/snooze")
def snooze_it(
    token: str, office: Office, request: Request, days: Annotated[str, Form()] = "", measure: Chosen = None
) -> Response:
    """Put the measures chosen off for some days."""

    def reply(session: Session, message: Acknowledgeable, actor: Actor) -> None:
        snooze(session, message, actor, ReplyBy.LINK, _until(office.on, days), office.rules, measure or ())

    return _reply(token, office, request, reply)


def _reply(
    token: str, office: AtWork, request: Request, reply: Callable[[Session, Acknowledgeable, Actor], None]
) -> Response:
    """Do what was posted as the message's addressee, and show the page that it leads to."""
    try:
        with writing(office.place.engine) as session:
            message, _ = by_token(session, office.place.settings, token, office.on)
            reply(session, message, Actor(session.get_one(Person, message.person_id), office.on, office.now))
    except tuple(_REFUSALS) as error:
        return _refusal(office, error)
    return RedirectResponse(request.url_for("show", token=token).path, 303)


def _refusal(office: AtWork, error: DubanError) -> HTMLResponse:
    key, status = _REFUSALS[type(error)]
    return sentence(key, office.place.office.locale, status)


def _until(on: date, days: str) -> date:
    """Return the day so many days away. Raises `BadSnooze`."""
    if not (days.isascii() and days.isdigit() and len(days) < len(str(_MOST)) + 1):
        raise BadSnooze(f"'{days}' is no number of days.")
    return on + timedelta(days=int(days))


def _page(office: AtWork, message: Acknowledgeable, through: date, here: str) -> HTMLResponse:
    most = (last_snooze(office.on, office.rules) - office.on).days
    snoozed = all(line.snoozed_until for line in message.lines)
    return page(
        "message.html",
        office.place.office.locale,
        office=office.place.office.name,
        message=message,
        through=through,
        here=here,
        zone=office.place.zone,
        choices=[] if snoozed else [days for days in _CHOICES if days <= most] or [most],
        slips=WORDS[office.place.office.locale]["slips"],
    )
