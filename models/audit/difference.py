"""A difference: something owed and not done, or done and not owed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not fit: about what (a measure's number, `message 12`), in which words, and where to look.

    `watch`, `step` and `post` say more closely which reminder it is, where it is about one.
    """

    about: str
    what: str
    where: str
    watch: str | None = None
    step: str | None = None
    post: str | None = None

    def __str__(self) -> str:
        """Read as one sentence that names the place."""
        parts = [self.about, self.watch, self.step and f"step {self.step}", self.post and f"to {self.post}"]
        return f"{', '.join(part for part in parts if part)}: {self.what}; see '{self.where}'."
