"""The close-out rule: whose signatures a submission needs."""

from collections.abc import Collection
from dataclasses import dataclass

from models.vocabulary import Duty


@dataclass(frozen=True, slots=True)
class Closeout:
    """The duties that have to sign, one after the other or in any order."""

    duties: tuple[Duty, ...]
    in_order: bool

    def awaited(self, signed: Collection[Duty]) -> tuple[Duty, ...]:
        """Return the duties that may sign now, given those that have; none when all have."""
        missing = tuple(duty for duty in self.duties if duty not in signed)
        return missing[:1] if self.in_order else missing
