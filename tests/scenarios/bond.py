"""The life of the bond and of the buses that it is to pay for, told day by day with every message in full."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from flows.handover import hand_post_over
from models.commands.actor import Actor, Rules
from models.commands.evidence import add_evidence
from models.commands.extend import ask_extension, decide_extension
from models.commands.limits import Limit, limit_after
from models.commands.move import Given, move, set_due_date
from models.commands.posts import take_leave
from models.commands.progress import report_progress
from models.commands.reverify import reverify
from models.commands.suspend import resume, suspend
from models.database import reading, writing
from models.lifecycle import Refused
from models.office import Address, Person
from models.outbox import Attempt, Message
from models.queries.blockers import blockers, chain
from models.queries.office import find_person
from models.queries.register import Entry, leaves, register
from models.vocabulary import Action, EvidenceKind, Gate
from models.workdays import Span
from tests.desk import MORNING, Desk, at
from tests.expected import without_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlmodel import Session

    from config.workplace import Workplace
    from models import drafts

AFTERNOON = time(15)
BOND, PAPERS, BUSES = "1.3-2c", "3.5-1c", "3.5-1d"
TOLD_AGAIN = ("2.2-3a", "3.5-1b")
"""The bond a second and a third time."""

UNIT, SUPERVISION, DIRECTOR = "bus-company-head", "supervision", "director"


def of_the_bond(office: drafts.Office) -> drafts.Office:
    """Return an office with those measures only that tell of the bond and of the buses."""
    kept = {"1.3-2", "2.2-3", "3.5-1"}
    findings = [
        finding.model_copy(update={"measures": tuple(one for one in finding.measures if one.number in kept)})
        for finding in office.findings
    ]
    return office.model_copy(update={"findings": tuple(finding for finding in findings if finding.measures)})


class Story:
    """What is done at a workplace, what is refused there, and what its people read on their phones."""

    def __init__(self, place: Workplace, file: Path) -> None:
        self.lines: list[str] = []
        self._place = place
        self._desk = Desk(place)
        self._rules = Rules(place.policy.escalation, place.calendar)
        self._file = file
        self._today = date.min

    def nights(self, first: date, last: date) -> None:
        """Let the nights pass up to a day, and tell what left in the mornings."""
        for day in (first + timedelta(ahead) for ahead in range((last - first).days + 1)):
            self._today = day
            self._desk.night(day)
            self._desk.deliver(at(day, MORNING))
            self._tell_what_left()

    def act(self, who: str, said: str, command: Callable[[Session, Actor], object]) -> None:
        """Let somebody do something in the afternoon, and tell it, or why it was refused."""
        try:
            with writing(self._place.engine) as session:
                command(session, Actor(find_person(session, who), self._today, at(self._today, AFTERNOON)))
        except Refused as refusal:
            said += f"\n  refused: {refusal}"
        self._say(f"* {self._named(who)}: {said}")

    def move(self, who: str, number: str, action: Action, **given: Any) -> None:
        """Take an action of the lifecycle."""
        said = ", ".join(str(value) for value in given.values())
        self.act(
            who,
            f"{action} {number}{f' ({said})' if said else ''}",
            lambda session, by: move(session, number, action, by, Given(**given), self._rules),
        )

    def add(self, who: str, number: str, kind: EvidenceKind, text: str) -> None:
        """Add a file with this text as evidence."""
        self._file.write_text(text)
        folder = self._place.settings.evidence
        self.act(
            who,
            f"adds evidence to {number}: {text} ({kind})",
            lambda session, by: add_evidence(session, folder, number, self._file, kind, by),
        )

    def due(self, number: str, on: date, reason: str) -> None:
        """Set a due date."""
        self.act(
            SUPERVISION,
            f"sets {number} due on {on} ({reason})",
            lambda session, by: set_due_date(session, number, on, reason, by, self._rules),
        )

    def limit(self, number: str, within: str, after: str, reason: str) -> None:
        """Limit a measure to so many days after another one's permit."""
        limit = Limit(Span.parse(within), Gate.GRANTED, after)
        self.act(
            SUPERVISION,
            f"limits {number} to {limit} ({reason})",
            lambda session, by: limit_after(session, number, limit, reason, by, self._rules),
        )

    def ask(self, who: str, number: str, until: date, reason: str, progress: str) -> None:
        """Ask for more time."""
        self.act(
            who,
            f"asks to extend {number} until {until} ({reason}; {progress})",
            lambda session, by: ask_extension(session, number, until, reason, progress, by, self._rules),
        )

    def decide(self, who: str, number: str, reason: str, document: str, *, grant: bool) -> None:
        """Decide on more time."""
        self.act(
            who,
            f"{'grants' if grant else 'refuses'} the extension of {number} ({reason} {document})",
            lambda session, by: decide_extension(
                session, number, grant=grant, reason=reason, document=document, actor=by, rules=self._rules
            ),
        )

    def suspend(self, number: str, until: date, reason: str) -> None:
        """Stop the clock."""
        self.act(
            SUPERVISION,
            f"suspends {number} until {until} ({reason})",
            lambda session, by: suspend(session, number, reason, until, by, self._rules),
        )

    def resume(self, number: str, reason: str) -> None:
        """Let the clock go on."""
        self.act(
            SUPERVISION,
            f"resumes {number} ({reason})",
            lambda session, by: resume(session, number, reason, by, self._rules),
        )

    def report(self, who: str, number: str, text: str, *, staged: bool) -> None:
        """Report progress."""
        self.act(
            who,
            f"reports on {number}: {text}{' (a part success)' if staged else ''}",
            lambda session, by: report_progress(session, number, text, staged=staged, actor=by),
        )

    def confirm(self, number: str, found: str, again_on: date | None) -> None:
        """Look again at what is done."""
        self.act(
            SUPERVISION,
            f"looks at {number} again ({found})",
            lambda session, by: reverify(session, number, found, again_on, by),
        )

    def leave(self, who: str, substitute: str, until: date) -> None:
        """Go on leave from tomorrow on."""
        since = self._today + timedelta(days=1)
        self.act(
            who,
            f"is on leave from {since} until {until}, {self._named(substitute)} stands in",
            lambda session, by: take_leave(session, who, substitute, since, until, "年休", by),
        )

    def hand_over(self, post: str, to: str, since: date) -> None:
        """Give a post to somebody new."""
        with writing(self._place.engine) as session:
            person = Person(slug=to, name=to)
            session.add(person)
            session.flush()
            session.add(Address(person_id=person.id or 0, rank=1, channel="local", target=to))
        self.act(
            SUPERVISION,
            f"hands {post} over to {to} from {since} on",
            lambda session, by: hand_post_over(session, self._place, post, to, since, by, by.at),
        )

    def show(self) -> None:
        """Tell how it stands, what holds what up, and what the buses wait for."""
        with reading(self._place.engine) as session:
            lights = self._place.policy.escalation.lights
            entries = register(session, lights, self._place.calendar, self._today)
            for entry in leaves(entries):
                if entry.number in (BOND, PAPERS, BUSES):
                    self._say(f"  {_shown(entry)}")
            for one in blockers(session, entries, self._today):
                held = ", ".join(one.holds)
                self._say(f"  {one.number} ({one.gate}) holds up {held} since {one.since}; {one.hangs_on} is asked")
            waits = chain(entries, BUSES)
            self._say("  " + " ← ".join(f"{'.' * depth}{entry.number}" for depth, entry in waits))

    def _tell_what_left(self) -> None:
        with reading(self._place.engine) as session:
            left = session.exec(
                select(Message, Person.name)
                .join(Attempt, col(Attempt.message_id) == Message.id)
                .join(Person, col(Person.id) == Message.person_id)
                .where(Attempt.started_at == at(self._today, MORNING))
                .order_by(col(Message.id))
            ).all()
            for message, name in left:
                self._say(f"→ {name}")
                self.lines += [f"  | {line}".rstrip() for line in _read(message)]

    def _say(self, text: str) -> None:
        heading = f"\n{self._today} {self._today:%a}"
        if heading not in self.lines:
            self.lines.append(heading)
        self.lines += text.splitlines()

    def _named(self, who: str) -> str:
        with reading(self._place.engine) as session:
            return find_person(session, who).name


def _read(message: Message) -> Iterator[str]:
    yield message.subject
    yield ""
    yield from without_code(message.body).splitlines()


def _shown(entry: Entry) -> str:
    """Tell of one measure as the register shows it."""
    said = [f"{entry.number} {entry.title}: {entry.place}, {entry.light}"]
    if entry.due_on:
        said.append(f"due {entry.due_on}")
    if entry.first_due_on and entry.first_due_on != entry.due_on:
        said.append(f"first due {entry.first_due_on}")
    if entry.limit:
        said.append(f"{entry.limit}, provisionally {entry.provisional_due_on}")
    if entry.done_on:
        said.append(f"done {entry.done_on}")
    if entry.blocked_by:
        said.append(f"waits for {' '.join(entry.blocked_by)}")
    if entry.returns:
        said.append(f"returned {entry.returns}")
    if entry.extensions:
        said.append(f"extended {entry.extensions}")
    if entry.hangs_on:
        said.append(f"hangs on {entry.hangs_on}")
    return ", ".join(said)
