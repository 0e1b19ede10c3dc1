"""Replies: the message that a link or a code stands for, if it still does."""

from datetime import date, datetime, time

from sqlmodel import Session

from config.links import Addressed, NoToken, code, is_genuine, known_secret, named, secret
from config.settings import Settings
from config.workplace import Workplace, first_release
from models.errors import DubanError
from models.queries.replies import Acknowledgeable, acknowledgeable, addressed, keys_since, texts_since


class UnknownLink(DubanError):
    """A link that duban has not signed, or for nothing that it has sent."""


class Expired(DubanError):
    """A link whose last day has passed."""


class WrongCode(DubanError):
    """No message that can still be acknowledged carries that code."""


def by_token(session: Session, settings: Settings, token: str, on: date) -> tuple[Acknowledgeable, date]:
    """Return the message that a link stands for, and the link's last day. Raises `UnknownLink` and `Expired`."""
    try:
        number, through = named(token)
    except NoToken as error:
        raise UnknownLink(str(error)) from error
    bound = addressed(session, number)
    if bound is None or not is_genuine(secret(settings), token, Addressed(number, *bound)):
        raise UnknownLink("This is no link of duban's.")
    if on > through:
        raise Expired(f"This link could be used until {through}.")
    message = acknowledgeable(session, number)
    if message is None:
        raise UnknownLink("This message has not been sent.")
    return message, through


def by_code(session: Session, place: Workplace, typed: str, on: date) -> Acknowledgeable:
    """Return the message that a code stands for on a day. Raises `WrongCode`."""
    wanted = "".join(typed.split()).replace("-", "").upper()
    key = secret(place.settings)
    for number, message_key in keys_since(session, datetime.combine(first_release(place, on), time(), place.zone)):
        if code(key, message_key) == wanted and (message := acknowledgeable(session, number)):
            return message
    raise WrongCode(
        f"No message to be acknowledged on {on} carries the code '{typed}'; have it read out again, or see whether "
        "'duban doctor' finds the links in order."
    )


def lapsed(session: Session, place: Workplace, on: date) -> tuple[int, int]:
    """Count the messages that can still be acknowledged on a day, and those of them whose link and code do not hold.

    Each carries the code that was derived when it left; where another comes out of it now, the key is another one.
    """
    texts = texts_since(session, datetime.combine(first_release(place, on), time(), place.zone))
    key = known_secret(place.settings)
    return len(texts), sum(key is None or code(key, message_key) not in body for message_key, body in texts)
