"""What was owed of a measure and is neither claimed nor withheld, and what was claimed or withheld and not owed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from models.audit.difference import Difference
from models.audit.page import Page
from models.audit.record import Key, Record, Told
from models.audit.runs import Runs
from models.audit.staff import Staff
from models.audit.steps import Come, Timetable
from models.audit.watched import waited_until, watched
from models.vocabulary import Duty, Withheld


@dataclass(frozen=True)
class Case:
    """One open measure beside the runs, the staff and the timetable that it is judged by."""

    measure: Record
    page: Page
    runs: Runs
    staff: Staff
    timetable: Timetable

    @cached_property
    def posts(self) -> dict[Duty, int]:
        """The posts behind the duties for the measure's unit."""
        return self.staff.duties.get(self.measure.unit_id, {})

    @cached_property
    def claims(self) -> dict[Key, Record]:
        """The reminders of the measure."""
        rows = self.page.claims.get(self.measure.id, ())
        return {Key(row.watch, row.anchor, row.step, row.repetition, row.post_id): row for row in rows}

    @cached_property
    def told(self) -> list[Told]:
        """What the ledger says was claimed or withheld."""
        return self.page.told.get(self.measure.id, [])

    @cached_property
    def on_record(self) -> set[Key]:
        """What is claimed, or withheld with a reason."""
        return {*self.claims, *(one.key for one in self.told if one.reason)}

    def named(self, key: Key) -> tuple[Come, ...]:
        """Return when the policy has a step with its repetition come, once for each duty."""
        steps = self.timetable.steps(key.watch, self.measure.topics)
        return self.timetable.named(steps, key.anchor, self.runs.last_on, key.step, key.repetition)

    def above(self, key: Key, come: Come) -> set[int]:
        """Return the posts that later steps name."""
        steps = self.timetable.steps(key.watch, self.measure.topics)
        later = steps[steps.index(come.step) + 1 :]
        return {self.posts[duty] for step in later for duty in step.duties if duty in self.posts}

    def difference(self, key: Key, what: str) -> Difference:
        """Put a difference about one step into words."""
        again = f" #{key.repetition + 1}" if key.repetition else ""
        return Difference(
            self.measure.number,
            what,
            f"duban ledger show {self.measure.number}",
            watch=f"{key.watch} counted from {key.anchor}",
            step=f"{key.step}{again}",
            post=self.staff.names.get(key.post, f"post {key.post}"),
        )


def missing(case: Case) -> Iterator[Difference]:
    """Find every step whose day came, up to the last run over everything, and that nothing on record accounts for.

    Nothing is asked of a measure that people changed since that run began, nor of steps that had passed when other
    rules were in force, or while somebody else had to answer.
    """
    runs = case.runs
    if _moved(case):
        return
    passed = max(runs.other_rules, waited_until(case.page, case.measure))
    for kind, one in watched(case.page, case.measure).items():
        steps = case.timetable.steps(kind, case.measure.topics)
        for come in case.timetable.come(steps, one.anchor, runs.through):
            if come.on <= passed:
                continue
            post = case.posts.get(come.duty)
            key = Key(kind, one.anchor, come.step.name, come.repetition, post or 0)
            if post is None:
                yield case.difference(key, f"came on {come.on}, and no post of its unit is {come.duty}")
            elif key not in case.on_record:
                yield case.difference(
                    key, f"came on {come.on}, and is neither claimed nor withheld by any run through {runs.through}"
                )


def _moved(case: Case) -> bool:
    """Tell whether a measure, or one that it waits for, was changed since the last run over everything began."""
    concerned = [case.measure, *case.page.blockers.get(case.measure.id, ())]
    since = case.runs.since
    return since is None or any(one.changed_at >= since or one.id in case.runs.touched for one in concerned)


def unfounded(case: Case) -> Iterator[Difference]:
    """Find claims that nothing owed, and claims and facts that do not fit together."""
    recorded = {one.key for one in case.told if one.reason is None}
    overtaken = {one.key for one in case.told if one.reason is Withheld.OVERTAKEN}
    for key, row in case.claims.items():
        if key not in recorded:
            yield case.difference(key, f"is claimed (reminder {row.id}) without a fact in the ledger")
        if row.overtaken and key not in overtaken:
            yield case.difference(key, f"is marked as overtaken (reminder {row.id}) without a fact in the ledger")
        yield from _not_owed(case, key, row)
    for key in (recorded | overtaken) - case.claims.keys():
        yield case.difference(key, "was claimed, says the ledger, and its reminder is gone")


def _not_owed(case: Case, key: Key, row: Record) -> Iterator[Difference]:
    """Find what is wrong with a claim by the policy, if it was made under the one in force."""
    look = case.runs.looks.get(row.run_id)
    if look is None or not look.same_rules:
        return  # wrong_counts finds a run that never was; what other rules owed, the audit of that night has seen
    named = row.instead_of or key.post
    due = [
        come
        for come in case.named(key)
        if come.on <= look.on and case.posts.get(come.duty) == named and come.step.slip == row.slip
    ]
    if not due:
        yield case.difference(key, f"was claimed by run {row.run_id} on {look.on}, when it was not owed")
    elif row.instead_of:
        vacant = Key(key.watch, key.anchor, key.step, key.repetition, row.instead_of)
        told = {one.key for one in case.told if one.reason is Withheld.VACANT}
        if vacant not in told or not any(key.post in case.above(key, come) for come in due):
            yield case.difference(key, f"was claimed by run {row.run_id} in place of a post that was not vacant")
    elif case.staff.vacant(named, look.on) and not case.staff.changed(named, look.at):
        yield case.difference(key, f"was claimed by run {row.run_id} on {look.on}, when nobody held the post")
