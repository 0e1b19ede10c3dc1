"""Silence: who has not acknowledged a message in time is named to the supervisor, or to the head."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, time

from sqlmodel import Session

from config import wording
from config.workplace import Workplace, first_release
from models.commands.digests import give_notice
from models.commands.silence import report_silence
from models.database import take_turns, writing
from models.office import Person
from models.queries.office import Holder, duties, holders
from models.queries.silence import Silent, silent, told_on
from models.vocabulary import Duty

_UPWARDS = (Duty.SUPERVISOR, Duty.HEAD)


def report_silences(place: Workplace, as_of: datetime, now: datetime) -> int:
    """Report what was not acknowledged within the policy's limit, and return how many messages those were.

    Each is reported once, to the unit's supervisor; one that the supervisor left unanswered, to the head. Nobody is
    sent more than one such notice a day.
    """
    local = as_of.astimezone(place.zone)
    release = place.policy.hours.release(as_of, place.calendar, place.zone)
    with writing(place.engine) as session:
        take_turns(session.connection())
        late = [one for one in _silent(session, place, local) if one.measures]
        reported = 0
        for receiver, messages in _by_receiver(session, late, local).values():
            subject, body = wording.silence(
                wording.Silence(place.office.name, receiver.name, local.date(), _lines(place, messages)),
                place.office.locale,
            )
            notice = give_notice(session, receiver, subject, body, release, now)
            if notice is not None:
                report_silence(session, messages, notice, receiver, local.date(), now)
                reported += len(messages)
    return reported


def _silent(session: Session, place: Workplace, local: datetime) -> list[Silent]:
    since = datetime.combine(first_release(place, local.date()), time(), place.zone)
    within = place.policy.escalation.acknowledging.within
    return [
        one
        for one in silent(session, since)
        if place.calendar.shift(one.accepted_at.astimezone(place.zone).date(), within).value < local.date()
    ]


def _by_receiver(session: Session, messages: list[Silent], local: datetime) -> dict[int, tuple[Person, list[Silent]]]:
    """Group messages by whom to tell; who was told today already hears of them tomorrow."""
    holding, behind, told = holders(session, local.date()), duties(session), told_on(session, local.date())
    found: dict[int, tuple[Person, list[Silent]]] = {}
    for one in messages:
        receiver = _receiver(one, behind, holding)
        if receiver is not None and receiver.id not in told:
            found.setdefault(receiver.id or 0, (receiver, []))[1].append(one)
    return found


def _receiver(one: Silent, behind: Mapping[int, Mapping[Duty, int]], holding: Mapping[int, Holder]) -> Person | None:
    """Return the first one upwards who is there and is not the silent person."""
    posts = behind[one.measures[0].unit_id]
    above = (holding.get(posts[duty]) for duty in _UPWARDS)
    return next((holder.person for holder in above if holder and holder.person.id != one.person.id), None)


def _lines(place: Workplace, messages: list[Silent]) -> list[wording.SilentPerson]:
    """Put the messages of each person together, the longest silence first."""
    by_person: dict[str, list[Silent]] = defaultdict(list)
    for one in sorted(messages, key=lambda one: one.accepted_at):
        by_person[one.person.name].append(one)
    return [
        wording.SilentPerson(
            name,
            own[0].accepted_at.astimezone(place.zone).date(),
            tuple(dict.fromkeys((measure.number, measure.title) for one in own for measure in one.measures)),
        )
        for name, own in by_person.items()
    ]
