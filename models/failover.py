"""Fail-over: when a message that did not arrive goes on, to the person's next address or as a second copy."""

from dataclasses import dataclass

from models.vocabulary import InDoubt, Outcome


@dataclass(frozen=True, slots=True)
class Failover:
    """How often an address may fail in passing before the next one is used, and what becomes of messages in doubt."""

    passing_failures: int
    in_doubt: InDoubt

    def asks(self, outcome: Outcome, tries: int, *, copy: bool) -> bool:
        """Tell whether a message goes on, if there is where to; a copy in doubt does not beget another copy."""
        match outcome:
            case Outcome.REFUSED:
                return True
            case Outcome.RETRY:
                return tries >= self.passing_failures
            case Outcome.IN_DOUBT:
                return self.in_doubt is InDoubt.RESEND and not copy
            case Outcome.ACCEPTED:
                return False
