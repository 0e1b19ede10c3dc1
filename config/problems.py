"""What is wrong with a document: every problem at once, each with its place and remedy."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (`file.toml: key.path`), and a sentence that says what, and the remedy.

    The sentence goes on from the place: "is missing; add a date like 2023-01-31".
    """

    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


class Malformed(Exception):
    """A document was refused; it carries all that is wrong, and prints it a line each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)
