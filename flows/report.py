"""The report of a run: one object that says what was found, said, and what became of it."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from config.wording import Unworded
from flows.audit import Audit
from flows.compose import Composed
from flows.deliver import Delivered
from flows.sweep import Line, Request, Swept
from models.errors import DubanError
from models.vocabulary import RunKind


class Unaccounted(DubanError):
    """A night did its work, and the audit after it found differences; the report tells of both."""

    def __init__(self, sentence: str, report: "Report") -> None:
        """Take the sentence for people, and the report of the run."""
        super().__init__(sentence)
        self.report = report


@dataclass(frozen=True, slots=True)
class Report:
    """What `--json` prints of a nightly run or a sweep; a dry run has no `run`, and two lists more.

    `differences` are those that the audit found, None where there was none, as after a sweep of a part. `unworded`
    are the lines that no message shows, because they could not be put into words.
    """

    run: int | None
    kind: RunKind
    as_of: datetime
    scope: str
    dry_run: bool
    examined: int
    due: int
    situations: int
    reminders: int
    withheld: int
    messages: int
    accepted: int
    held: int
    retry: int
    refused: int
    in_doubt: int
    seconds: float
    differences: int | None = None
    unworded: list[Unworded] = field(default_factory=list)
    would_say: list[Line] = field(default_factory=list)
    would_withhold: list[Line] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can hold, the two lists for a dry run only."""
        told = asdict(self) | {"as_of": self.as_of.isoformat(), "seconds": round(self.seconds, 3)}
        if not self.dry_run:
            del told["would_say"], told["would_withhold"]
        return told


def report(
    request: Request,
    swept: Swept,
    composed: Composed | None,
    delivered: Delivered | None,
    seconds: float,
    audited: Audit | None = None,
) -> Report:
    """Put the stages' outcomes together; without composing and delivering it was a dry run."""
    return Report(
        run=swept.run,
        kind=request.kind,
        as_of=request.as_of,
        scope=str(request.scope),
        dry_run=composed is None,
        examined=swept.examined,
        due=swept.due,
        situations=swept.situations,
        reminders=swept.reminders,
        withheld=swept.withheld,
        messages=composed.messages if composed else 0,
        accepted=delivered.accepted if delivered else 0,
        held=delivered.held if delivered else 0,
        retry=delivered.retry if delivered else 0,
        refused=delivered.refused if delivered else 0,
        in_doubt=delivered.in_doubt if delivered else 0,
        seconds=seconds,
        differences=audited.found if audited else None,
        unworded=list(composed.unworded) if composed else [],
        would_say=swept.would_say,
        would_withhold=swept.would_withhold,
    )
