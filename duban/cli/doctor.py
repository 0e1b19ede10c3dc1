"""The doctor: examines database, policy, calendar, channels, runs and messages, and names a remedy for each ill."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from rich.text import Text
from sqlmodel import Session
from typer import Exit, echo

from config.problems import Malformed
from config.settings import Settings, load_settings
from config.sweeps import load_sweeps
from duban.cli.calendar import due_beyond, shortfalls
from duban.cli.desk import Desk, at_work
from duban.cli.output import print_json
from duban.cli.screen import console, table
from duban.replies import lapsed
from flows.channels import LIBRARY_ONLY, ChannelError, mask, open_channel
from flows.watchdog import alert
from models.clock import now
from models.database import reading
from models.errors import DubanError
from models.queries.addresses import dead, out_of_reach
from models.queries.reach import gaps
from models.queries.register import register
from models.queries.roster import roster
from models.queries.runs import count_messages, is_stale, last_good_night, unfinished
from models.queries.scope import conditions
from models.vocabulary import MessageState


class Verdict(StrEnum):
    """How a part of the installation is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part, and what to do about it."""

    part: str
    verdict: Verdict
    finding: str
    remedy: str = ""


_COLOURS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "bold red"}
_WHOM = re.compile(r"(?<=[?&])to=[^&]*&?")  # an alarm's URL may say whom to tell, which no channel takes
NIGHT = "nightly run"
_LOW, _OUT = 1 << 30, 100 << 20  # bytes free on the disk


def examine(*, alarm: bool, as_json: bool) -> None:
    """Print what was found, and end with 1 where something fails.

    Where the operator is to be told, only that matters to whoever asked: it ends with 1 where it was not possible.
    """
    found = list(_examine())
    failed = any(one.verdict is Verdict.FAIL for one in found)
    ill = not _told(found) if alarm else failed
    if as_json:
        print_json({"ok": not failed, "checks": found})
    else:
        made = table("", "part", "found", "remedy")
        for one in found:
            made.add_row(Text(one.verdict, _COLOURS[one.verdict]), one.part, one.finding, one.remedy)
        console().print(made)
    if ill:
        raise Exit(1)


def _told(found: list[Finding]) -> bool:
    """Sound the alarm for what fails, and for nights that do not run; say to the timer where nobody can be told."""
    urgent = [one for one in found if one.verdict is Verdict.FAIL or (one.part, one.verdict) == (NIGHT, Verdict.WARN)]
    lines = [f"{one.part}: {one.finding}{f'; {one.remedy}' if one.remedy else ''}" for one in urgent]
    try:
        problem = alert(load_settings(), lines, now().date())
    except Malformed:
        problem = "the operator could not be told, for the settings cannot be read"
    if problem:
        echo(problem, err=True)
    return problem is None


def _examine() -> Iterator[Finding]:
    """Yield the findings; where the register cannot be opened, that is the last one."""
    try:
        settings = load_settings()
        yield Finding("settings", Verdict.OK, f"home is {settings.home}")
        with at_work() as desk:
            yield Finding("database", Verdict.OK, desk.place.engine.url.render_as_string(hide_password=True))
            with reading(desk.place.engine) as session:
                yield from _register(session, desk)
                persons = roster(session, desk.on).persons
                channels = sorted({address.channel for person in persons for address in person.live})
            yield from (_channel(settings, name) for name in channels)
            yield _alarm(settings)
            yield _disk(settings)
    except Malformed as error:
        yield Finding("files", Verdict.FAIL, str(error))
    except DubanError as error:
        yield Finding("database", Verdict.FAIL, str(error))


def _register(session: Session, desk: Desk) -> Iterator[Finding]:
    yield _policy(session, desk)
    yield _calendar(session, desk)
    yield _sweeps(session, desk)
    yield _night(session)
    yield _broken(session)
    yield _messages(session)
    yield _addresses(session, desk)
    yield _links(session, desk)


def _policy(session: Session, desk: Desk) -> Finding:
    policy = desk.place.policy
    lost = [gap for gap in gaps(session, policy.escalation, desk.on) if gap.stand_in is None]
    if lost:
        return Finding("policy", Verdict.FAIL, f"{len(lost)} steps reach nobody", "'duban policy check' lists them")
    return Finding("policy", Verdict.OK, f"{policy.name}, version {policy.version}; every step reaches somebody")


def _calendar(session: Session, desk: Desk) -> Finding:
    calendar = desk.place.calendar
    for problem in shortfalls(calendar, desk.on):  # there is time until the year itself begins
        verdict = Verdict.WARN if desk.on <= calendar.horizon else Verdict.FAIL
        return Finding("calendar", verdict, f"it {problem.sentence}")
    entries = register(session, desk.place.policy.escalation.lights, calendar, desk.on)
    provisional = due_beyond(entries, calendar)
    if provisional:
        found = f"{len(provisional)} due dates lie beyond {calendar.horizon}, and are provisional"
        return Finding(
            "calendar", Verdict.WARN, found, "add the decree when it is issued; 'duban calendar check' lists them"
        )
    return Finding("calendar", Verdict.OK, f"{calendar.name}, decreed up to {calendar.horizon}")


def _sweeps(session: Session, desk: Desk) -> Finding:
    """Look at the sweeps that 'duban serve' keeps at hand: whether they can be read, and select something known."""
    try:
        presets = load_sweeps(desk.place.settings.home, desk.place.office.slug)
        for preset in presets:
            conditions(session, preset.scope, desk.place.policy.escalation.lights, desk.on)
    except (DubanError, Malformed) as error:
        return Finding("sweeps at hand", Verdict.FAIL, str(error))
    return Finding(
        "sweeps at hand", Verdict.OK, ", ".join(preset.slug for preset in presets) or "only the general one"
    )


def _night(session: Session) -> Finding:
    last = last_good_night(session)
    if last is None:
        return Finding(
            NIGHT, Verdict.WARN, "there has been none", "keep 'duban serve' running, or run 'duban nightly'"
        )
    found = f"the last one ended {(now() - last) // timedelta(hours=1)} hours ago"
    if is_stale(last, now()):
        return Finding(NIGHT, Verdict.FAIL, found, "see whether 'duban serve' runs; the next run makes up for it")
    return Finding(NIGHT, Verdict.OK, found)


def _broken(session: Session) -> Finding:
    broken = unfinished(session)
    if broken:
        numbers = ", ".join(map(str, broken))
        return Finding(
            "runs", Verdict.WARN, f"without an end: {numbers}", "if none is under way, 'duban sweep' completes them"
        )
    return Finding("runs", Verdict.OK, "all have come to their end")


def _messages(session: Session) -> Finding:
    counts = count_messages(session)
    wanted = (MessageState.REFUSED, MessageState.IN_DOUBT, MessageState.RETRY)
    ill = {state: counts[state] for state in wanted if state in counts}
    if ill:
        found = ", ".join(f"{number} {state.replace('_', ' ')}" for state, number in ill.items())
        return Finding(
            "messages", Verdict.WARN, found, f"'duban outbox --state {next(iter(ill))}' shows what was answered"
        )
    return Finding("messages", Verdict.OK, f"{counts.get(MessageState.HELD, 0)} held, none refused or in doubt")


def _addresses(session: Session, desk: Desk) -> Finding:
    lost, disabled = out_of_reach(session, desk.on), dead(session)
    if lost:
        remedy = "'duban address add' gives one, 'duban address enable' gives one back"
        return Finding("addresses", Verdict.FAIL, f"nothing reaches {', '.join(lost)}", remedy)
    if disabled:
        found = "; ".join(f"{one.channel} {one.target} of {one.person}: {one.disabled_because}" for one in disabled)
        return Finding(
            "addresses", Verdict.WARN, f"not used any more: {found}", "'duban address enable' when it works again"
        )
    return Finding("addresses", Verdict.OK, "everybody who holds a post has one in use")


def _links(session: Session, desk: Desk) -> Finding:
    """Look whether the links and codes that were sent still hold: they rest on a key that can be lost or changed."""
    sent, lost = lapsed(session, desk.place, desk.on)
    if not lost:
        return Finding("links", Verdict.OK, f"{sent} are open and hold" if sent else "none is open")
    found = f"{lost} of {sent} that were sent no longer hold, for the key that signed them is gone or was changed"
    remedy = f"put the former one back (DUBAN_SECRET, or {desk.place.settings.home / 'secret'}); new messages hold"
    return Finding("links", Verdict.WARN, found, remedy)


def _channel(settings: Settings, name: str) -> Finding:
    url = settings.channel_url(name)
    if url is None:
        return Finding(f"channel {name}", Verdict.FAIL, "has no URL", "name it in DUBAN_CHANNELS")
    return _reach(f"channel {name}", url, settings)


def _alarm(settings: Settings) -> Finding:
    if settings.alarm is None:
        return Finding("alarm", Verdict.WARN, "nobody hears of runs that fail", "name a channel URL in DUBAN_ALARM")
    return _reach("alarm", _WHOM.sub("", settings.alarm.get_secret_value()).rstrip("?&"), settings)


def _reach(part: str, url: str, settings: Settings) -> Finding:
    try:
        with open_channel(url, private=settings.private) as channel:
            trouble, receipts = channel.reach(), channel.receipts
    except ChannelError as error:
        return Finding(part, Verdict.FAIL, str(error))
    if trouble:
        return Finding(part, Verdict.FAIL, trouble, "correct its URL, or see to the server")
    if receipts == LIBRARY_ONLY:
        found = f"{mask(url)} can be read; receipt: {LIBRARY_ONLY}"
        return Finding(
            part, Verdict.WARN, found, "choose a channel of duban's own, if proof matters: docs/channels.md"
        )
    return Finding(part, Verdict.OK, f"{mask(url)} can be reached")


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.home).free
    verdict = Verdict.OK if free > _LOW else Verdict.WARN if free > _OUT else Verdict.FAIL
    return Finding("disk", verdict, f"{free >> 20} MB are free", "" if verdict is Verdict.OK else "make room")
