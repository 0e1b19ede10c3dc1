"""Why steps were withheld: every reason beside the register and what is on record of it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from models.audit.difference import Difference
from models.audit.owed import Case
from models.audit.record import Blocker, Deed, Key, Told
from models.audit.replies import Replied
from models.audit.watched import Watched, watched
from models.vocabulary import FactKind, Gate, Reply, State, Withheld

MARGIN = timedelta(hours=1)
"""How much earlier a deed may be put on record than it takes effect: it waits for a run to end."""

_WHILE_SENT = (Withheld.OVERTAKEN, Withheld.UNREACHABLE)
"""What no run withholds: it turns out when messages are composed."""


def unreasonable(case: Case) -> Iterator[Difference]:
    """Find steps that were withheld before they came, by no run, or for a reason that was none."""
    for one in case.told:
        if one.reason is None:
            continue
        if one.reason not in _WHILE_SENT:
            yield from _not_due(case, one)
        match one.reason:
            case Withheld.BLOCKED if not _waited(case, one):
                yield case.difference(one.key, "was withheld as blocked, and the measure waited for no other then")
            case Withheld.FOLDED if not _folded_into(case, one):
                yield case.difference(one.key, "was withheld as folded into a later step, and none was told")
            case Withheld.ACKNOWLEDGED | Withheld.SNOOZED if not _answered(case, one, Reply(one.reason)):
                yield case.difference(one.key, f"was withheld as {one.reason}, and no reply on record says so")
            case Withheld.VACANT:
                yield from _not_vacant(case, one)
            case Withheld.OVERTAKEN:
                yield from _not_overtaken(case, one)


def unanswered(case: Case) -> Iterator[Difference]:
    """Find replies that do not fit the facts or the messages, and repetitions that were claimed in spite of one."""
    replies = case.page.replies
    told, kept = replies.told.get(case.measure.id, []), replies.kept.get(case.measure.id, set())
    for one in {one.answer for one in told} ^ kept:
        where = "is on record without a fact in the ledger" if one in kept else "is in the ledger, and is gone"
        key = Key(one.watch, one.anchor, one.step, 0, one.post)
        yield case.difference(key, f"the reply of {case.staff.persons.get(one.person)} ({one.reply}) {where}")
    claimed = {one.key: one for one in case.told if one.reason is None} if told else {}
    for key, claim in claimed.items():
        day = _day(case, claim)
        if day and any(_quiet(one, key, day) and one.fact < claim.fact for one in told):
            yield case.difference(key, f"was claimed for {day}, although the post had replied not to repeat it then")


def _not_due(case: Case, one: Told) -> Iterator[Difference]:
    look = case.runs.looks.get(one.run or 0)
    if look is None:
        yield case.difference(one.key, f"was withheld as {one.reason} by no run on record")
    elif look.same_rules and not any(come.on <= look.on for come in case.named(one.key)):
        yield case.difference(one.key, f"was withheld by run {one.run} on {look.on}, before its day had come")


def _waited(case: Case, one: Told) -> bool:
    """Tell whether a measure waited for another one when a step was withheld."""
    look = case.runs.looks.get(one.run or 0)
    deeds = case.page.deeds.get(case.measure.id, ())
    let_go = any("no_longer_waits_for" in deed.told for deed in deeds if _since(deed, one.fact, one.at))
    return let_go or any(
        _held_up(blocker, one)
        for blocker in case.page.blockers.get(case.measure.id, ())
        if look is None or blocker.since <= look.on
    )


def _held_up(blocker: Blocker, one: Told) -> bool:
    """Tell whether a blocker held up what waits for it when a step was withheld, or shortly before."""
    granted = blocker.granted and not any(deed.kind in (FactKind.GRANT, FactKind.APPLY) for deed in blocker.deeds)
    place = next((deed.told["source"] for deed in blocker.deeds if "source" in deed.told), str(blocker.state))
    held = _holds(blocker, place, granted=granted)
    for deed in blocker.deeds:
        if deed.fact > one.fact:
            break
        granted = deed.kind is FactKind.GRANT or (granted and deed.kind is not FactKind.APPLY)
        place = deed.told.get("target", place)
        held = _holds(blocker, place, granted=granted) or (held and deed.at >= one.at - MARGIN)
    return held


def _holds(blocker: Blocker, place: str, *, granted: bool) -> bool:
    return place != State.DONE and not (blocker.gate is Gate.GRANTED and granted)


def _folded_into(case: Case, folded: Told) -> bool:
    """Tell whether a post was told a later step of the same watch, or nobody was there to be told."""
    key, day = folded.key, _day(case, folded)
    same = (key.watch, key.anchor, key.post)
    others = [one for one in case.told if (one.key.watch, one.key.anchor, one.key.post) == same]
    return any(
        (
            one.key in case.claims
            if one.reason is None
            else one.run == folded.run and one.reason is not Withheld.FOLDED
        )
        and (day is None or (_day(case, one) or day) >= day)
        for one in others
    )


def _not_vacant(case: Case, withheld: Told) -> Iterator[Difference]:
    """Find a post that was passed over although it was held, or in whose place nobody was told who could be."""
    look = case.runs.looks.get(withheld.run or 0)
    key = withheld.key
    if look is None or case.staff.changed(key.post, look.at):
        return
    if case.staff.held(key.post, look.on):
        yield case.difference(key, f"was withheld as vacant by run {withheld.run} on {look.on}, and it was held")
    if not look.same_rules:
        return
    named = [come for come in case.named(key) if case.posts.get(come.duty) == key.post]
    above = {post for come in named for post in case.above(key, come)}
    accounted = {*case.claims, *(one.key for one in case.told)}
    told = any(Key(key.watch, key.anchor, key.step, key.repetition, post) in accounted for post in above)
    if not told and any(case.staff.held(post, look.on) and not case.staff.changed(post, look.at) for post in above):
        yield case.difference(key, f"fell to a vacant post on {look.on}, and nobody was told in its place")


def _not_overtaken(case: Case, one: Told) -> Iterator[Difference]:
    """Find what was set aside as no longer true, or because of a reply, and was true, or had no reply."""
    if one.because:
        if not _answered(case, one, one.because):
            yield case.difference(one.key, f"was set aside as {one.because}, and no reply on record says so")
        return
    claim = next((claim for claim in case.told if claim.key == one.key and claim.reason is None), None)
    if claim is None:
        return  # a fact of what was never claimed is found as such
    deeds = [*case.page.deeds.get(case.measure.id, ())]
    for blocker in case.page.blockers.get(case.measure.id, ()):
        deeds += blocker.deeds
    if not any(_since(deed, claim.fact, claim.at) and deed.fact < one.fact for deed in deeds):
        yield case.difference(one.key, "was withheld as overtaken, and nothing had happened since it was claimed")
    elif _lives(case, one.key) and not any(_since(deed, one.fact, one.at) for deed in deeds):
        yield case.difference(one.key, "was withheld as overtaken, and it is as true as it was before")


def _lives(case: Case, key: Key) -> bool:
    return watched(case.page, case.measure).get(key.watch) == Watched(key.anchor, blocked=False)


def _answered(case: Case, one: Told, reply: Reply) -> bool:
    """Tell whether a post's reply to the step is on record, before it was withheld, and until a day after its own."""
    day = _day(case, one) if one.reason is not Withheld.OVERTAKEN else None
    kept = case.page.replies.kept.get(case.measure.id, set())
    return any(
        _quiet(replied, one.key, day)
        and replied.answer.reply is reply
        and replied.fact < one.fact
        and replied.answer in kept
        and _was_told(case, replied)
        for replied in case.page.replies.told.get(case.measure.id, ())
    )


def _quiet(replied: Replied, key: Key, day: date | None) -> bool:
    """Tell whether a reply is one to a step by its post, and keeps a repetition from being said on a day."""
    answer = replied.answer
    about = (key.watch, key.anchor, key.step, key.post)
    return key.repetition > 0 and answer.about == about and (day is None or day < answer.until)


def _was_told(case: Case, replied: Replied) -> bool:
    """Tell whether a message with the step went to who replied, or to the post that he or she answered for."""
    answer = replied.answer
    for key, row in case.claims.items():
        if (key.watch, key.anchor, key.step, key.post) != answer.about:
            continue
        letter = case.page.replies.letter(row.message_id, answer.message)
        if letter is not None and (
            letter.person_id == answer.person
            or case.staff.answered(answer.post, answer.person, replied.on, replied.on)
            or case.staff.changed(answer.post, replied.at)
        ):
            return True
    return False


def _day(case: Case, one: Told) -> date | None:
    """Return the day of a step, if the run that took it went by the rules of now."""
    look = case.runs.looks.get(one.run or 0)
    if look is None or not look.same_rules:
        return None
    return min((come.on for come in case.named(one.key)), default=None)


def _since(deed: Deed, fact: int, at: datetime) -> bool:
    """Tell whether a deed may have taken effect only after a fact."""
    return deed.fact > fact or deed.at >= at - MARGIN
