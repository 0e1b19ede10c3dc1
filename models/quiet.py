"""Quiet: what a post has acknowledged or put off of a ladder, so that it is not said again for a while."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from models.vocabulary import Duty, Reply, Withheld
from models.workdays import Span


@dataclass(frozen=True, slots=True)
class Acknowledging:
    """The limits of acknowledging.

    within: so long after a message was accepted its acknowledgement is awaited, and then reported upwards.
    holds: so long an acknowledgement ends the repeats; a promise must not fall silent for good.
    snooze_at_most: so far away repeats may be put off.
    serves: so long after its release a message's link and code can be used.
    """

    within: Span
    holds: Span
    snooze_at_most: Span
    serves: Span


@dataclass(frozen=True, slots=True, order=True)
class Quiet:
    """The post that does `duty` does not hear `step` again before a day, because of what it replied.

    The duty stands for the post: it is the first one that the post does for the measure's unit, whichever the
    step names.
    """

    step: str
    duty: Duty
    until: date
    reply: Reply

    @property
    def reason(self) -> Withheld:
        """Why a repetition is withheld."""
        return Withheld(self.reply.value)


def latest(quiets: Iterable[Quiet]) -> tuple[Quiet, ...]:
    """Return of each step for each duty the quiet that lasts longest, in order; of two alike, the acknowledgement."""
    lasting = sorted(quiets, key=lambda one: (one.until, one.reply is Reply.ACKNOWLEDGED))
    return tuple(sorted({(one.step, one.duty): one for one in lasting}.values()))


def write(quiets: Iterable[Quiet]) -> str:
    """Return quiets as the words of a text: `overdue:responsible:2024-01-23:acknowledged`."""
    return " ".join(f"{one.step}:{one.duty}:{one.until}:{one.reply}" for one in sorted(quiets))


def read(text: str) -> tuple[Quiet, ...]:
    """Return the quiets of a text that `write` wrote."""
    parts = (word.split(":") for word in text.split())
    return tuple(
        Quiet(step, Duty(duty), date.fromisoformat(until), Reply(reply)) for step, duty, until, reply in parts
    )
