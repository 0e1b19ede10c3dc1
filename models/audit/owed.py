"""What was owed of a measure and is neither claimed nor withheld, and what was claimed or withheld and not owed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from models.audit.difference import Difference
from models.audit.page import Key, Page, Record, Told
from models.audit.runs import Runs
from models.audit.staff import Staff
from models.audit.steps import Come, Timetable
from models.audit.watched import waited_until, watched
from models.vocabulary import Duty, FactKind, Withheld


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
        for come in _named(case, key)
        if come.on <= look.on and case.posts.get(come.duty) == named and come.step.slip == row.slip
    ]
    if not due:
        yield case.difference(key, f"was claimed by run {row.run_id} on {look.on}, when it was not owed")
    elif row.instead_of:
        vacant = Key(key.watch, key.anchor, key.step, key.repetition, row.instead_of)
        told = {one.key for one in case.told if one.reason is Withheld.VACANT}
        if vacant not in told or not any(key.post in _above(case, key, come) for come in due):
            yield case.difference(key, f"was claimed by run {row.run_id} in place of a post that was not vacant")
    elif case.staff.vacant(named, look.on) and not case.staff.changed(named, look.at):
        yield case.difference(key, f"was claimed by run {row.run_id} on {look.on}, when nobody held the post")


def unreasonable(case: Case) -> Iterator[Difference]:
    """Find steps that were withheld for a reason that was none."""
    waits = bool(case.page.blockers.get(case.measure.id)) or any(
        kind is FactKind.DEPEND for kind, _ in case.page.deeds.get(case.measure.id, ())
    )
    for one in case.told:
        match one.reason:
            case Withheld.BLOCKED if not waits:
                yield case.difference(one.key, "was withheld as blocked, and the measure never waited for another")
            case Withheld.FOLDED if not _folded_into(case, one):
                yield case.difference(one.key, "was withheld as folded into a later step, and none was told")
            case Withheld.VACANT:
                yield from _not_vacant(case, one)


def _folded_into(case: Case, folded: Told) -> bool:
    """Tell whether a post was told something else of the same watch, or nobody was there to be told."""
    key = folded.key
    same = (key.watch, key.anchor, key.post)
    claimed = any((one.watch, one.anchor, one.post) == same for one in case.claims)
    return claimed or any(
        (one.key.watch, one.key.anchor, one.key.post) == same
        and one.run == folded.run
        and one.reason not in (None, Withheld.FOLDED)
        for one in case.told
    )


def _not_vacant(case: Case, withheld: Told) -> Iterator[Difference]:
    """Find a post that was passed over although it was held, or in whose place nobody was told who could be."""
    look = case.runs.looks.get(withheld.run or 0)
    key = withheld.key
    if look is None or not look.same_rules or case.staff.changed(key.post, look.at):
        return
    if case.staff.held(key.post, look.on):
        yield case.difference(key, f"was withheld as vacant by run {withheld.run} on {look.on}, and it was held")
    named = [come for come in _named(case, key) if case.posts.get(come.duty) == key.post]
    above = {post for come in named for post in _above(case, key, come)}
    accounted = {*case.claims, *(one.key for one in case.told)}
    told = any(Key(key.watch, key.anchor, key.step, key.repetition, post) in accounted for post in above)
    if not told and any(case.staff.held(post, look.on) and not case.staff.changed(post, look.at) for post in above):
        yield case.difference(key, f"fell to a vacant post on {look.on}, and nobody was told in its place")


def _named(case: Case, key: Key) -> tuple[Come, ...]:
    """Return when the policy has a step with its repetition come, once for each duty."""
    steps = case.timetable.steps(key.watch, case.measure.topics)
    return case.timetable.named(steps, key.anchor, case.runs.last_on, key.step, key.repetition)


def _above(case: Case, key: Key, come: Come) -> set[int]:
    """Return the posts that later steps name."""
    steps = case.timetable.steps(key.watch, case.measure.topics)
    later = steps[steps.index(come.step) + 1 :]
    return {case.posts[duty] for step in later for duty in step.duties if duty in case.posts}
