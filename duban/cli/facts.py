"""Facts in words: what each kind of fact tells, beside when it was and of whom."""

from collections.abc import Callable

from duban.cli.screen import counted
from models.queries.history import Event
from models.vocabulary import FactKind, Onward


def told(event: Event) -> str:
    """Say what a fact tells."""
    return _TOLD.get(event.kind, _moved)(event)


def _registered(event: Event) -> str:
    return event.payload["state"] or "divided"


def _spawned(event: Event) -> str:
    return f"comes up for {event.payload['occurs_on']}"


def _shown(event: Event) -> str:
    said = event.payload
    return f"{said['name']}, {said['size']} bytes, shows {said['evidence_kind']}"


def _dated(event: Event) -> str:
    said = event.payload
    until = said.get("due_on") or said["limit"]
    before = f"{said['before'] or 'not set'} → " if "before" in said else ""
    return f"{before}{until}: {said['reason']}"


def _withheld(event: Event) -> str:
    said = event.payload
    return f"{said['watch']} {said['step']}: {said['reason']}" if "step" in said else said["reason"]


def _swept(event: Event) -> str:
    said = event.payload
    counts = f"{said['reminders']} reminders, {said['withheld']} withheld"
    return f"{said['run_kind']} {event.run} for {said['asked_by']}: {counts}"


def _composed(event: Event) -> str:
    said = event.payload
    return f"to {said['channel']} {said['target']}: {said['subject']}"


def _received(event: Event) -> str:
    said = event.payload
    return f"attempt {said['attempt']}: {said['outcome']} {said['detail']}".rstrip()


def _readdressed(event: Event) -> str:
    said = event.payload
    by = f" by {said['by']}" if "by" in said else ""
    return f"{said['channel']} {said['target']} {said['change']}{by}: {said['reason']}"


def _redirected(event: Event) -> str:
    said = event.payload
    how = {Onward.COPY: "a second copy", Onward.AGAIN: "again"}.get(said.get("onward", Onward.NEXT), "on")
    return f"{how} to {said['channel']} {said['target']}"


def _resolved(event: Event) -> str:
    said = event.payload
    return f"message {said['message']} {said['verdict']}, by word of {said['by']}: {said['reason']}"


def _claimed(event: Event) -> str:
    said, told = event.payload, event.telling
    text = f"{said['watch']} {said['step']}"
    if said["repetition"]:
        text += f" again ({said['repetition'] + 1})"
    if said["instead_of"]:
        text += f" in place of {said['instead_of']}"
    if told is None:
        return f"{text}: no message yet"
    return f"{text}: message {told.message} to {told.person}, {told.state}"


def _suspended(event: Event) -> str:
    said = event.payload
    left = f", {said['remaining']} left" if said["remaining"] else ""
    return f"until {said['review_on']}{left}: {said['reason']}"


def _resumed(event: Event) -> str:
    said = event.payload
    moved = f"{said['due_before']} → {said['due_on']}" if said["due_on"] else "no due date"
    return f"stood since {said['since']}, {moved}: {said['reason']}"


def _asked(event: Event) -> str:
    said = event.payload
    late = " late" if said["late"] else ""
    dates = f"{said['due_before']} → {said['until']}"
    return f"extension {said['number']} asked{late}, {dates}: {said['reason']}; {said['progress']}"


def _decided(event: Event) -> str:
    said = event.payload
    if "lapsed" in said:
        return f"extension {said['number']} lapsed: done before it was decided"
    what = "granted" if said["granted"] else "refused"
    document = f" by {said['document']}" if said["document"] else ""
    return f"extension {said['number']} until {said['until']} {what}{document}: {said['reason']}"


def _signed(event: Event) -> str:
    said = event.payload
    awaited = f", awaits {', '.join(said['awaited'])}" if said["awaited"] else ""
    return f"as {said['duty']}, under {said['sha256'][:12]}{awaited}"


def _progressed(event: Event) -> str:
    said = event.payload
    return f"{'done in part: ' if said['staged'] else ''}{said['text']}"


def _held(event: Event) -> str:
    said = event.payload
    again = f", again {said['again_on']}" if said["again_on"] else ""
    return f"holds{again}: {said['found']}"


def _depended(event: Event) -> str:
    said = event.payload
    if "waits_for" in said:
        return f"waits for {said['waits_for']} ({said['gate']}): {said['reason']}"
    return f"no longer waits for {said['no_longer_waits_for']}: {said['reason']}"


def _handed_over(event: Event) -> str:
    said = event.payload
    pending = f"{counted(said['open_measures'], 'open measure')}, {said['unsaid']} unsaid"
    return f"{said['leaver'] or 'nobody'} → {said['successor']} from {said['since']}: {pending}"


def _appointed(event: Event) -> str:
    said = event.payload
    until = f" until {said['until']}" if said["until"] else ""
    return f"{said['acting']} acts from {said['since']}{until}"


def _vacated(event: Event) -> str:
    said = event.payload
    return f"{said['leaver']} → nobody from {said['since']}: {said['reason']}"


def _left(event: Event) -> str:
    said = event.payload
    reason = f": {said['reason']}" if said["reason"] else ""
    return f"{said['substitute']} answers for {said['absent']} from {said['since']} until {said['until']}{reason}"


def _projected(event: Event) -> str:
    said = event.payload
    if "before" in said:
        return f"{said['before']} → {said['after']}: {said['reason']}"
    changes = [f"{name} {' → '.join(said[name])}" for name in ("policy", "calendar") if name in said]
    reason = f": {said['reason']}" if "reason" in said else ""
    return ", ".join(changes) + reason


def _replied(event: Event) -> str:
    said = event.payload
    by = f" by {said['how']}"
    if event.kind is FactKind.SNOOZE:
        return f"{said['watch']} {said['step']} put off until {said['until']}{by}"
    return f"{said['watch']} {said['step']}{by}, repeats end until {said['until']}"


def _silent(event: Event) -> str:
    said = event.payload
    return f"not acknowledged since {said['since'][:10]}, reported to {said['told']}"


def _moved(event: Event) -> str:
    said = event.payload
    given = [str(said[key]) for key in _GIVEN if key in said]
    if said.get("closed_on"):
        given.append(f"closed before on {said['closed_on']}")
    return f"{said['source']} → {said['target']}" + (f": {', '.join(given)}" if given else "")


_GIVEN = ("outside_body", "document", "expected_on", "due_on", "resolution", "reverify_on", "reason")
_TOLD: dict[FactKind, Callable[[Event], str]] = {
    FactKind.REGISTER: _registered,
    FactKind.SPAWN: _spawned,
    FactKind.EVIDENCE: _shown,
    FactKind.DUE: _dated,
    FactKind.SUSPEND: _suspended,
    FactKind.RESUME: _resumed,
    FactKind.EXTEND: _asked,
    FactKind.EXTENSION: _decided,
    FactKind.SIGN: _signed,
    FactKind.PROGRESS: _progressed,
    FactKind.REVERIFY: _held,
    FactKind.DEPEND: _depended,
    FactKind.HAND_OVER: _handed_over,
    FactKind.APPOINT: _appointed,
    FactKind.VACATE: _vacated,
    FactKind.LEAVE: _left,
    FactKind.PROJECT: _projected,
    FactKind.CLAIM: _claimed,
    FactKind.WITHHOLD: _withheld,
    FactKind.RUN: _swept,
    FactKind.COMPOSE: _composed,
    FactKind.RECEIPT: _received,
    FactKind.ADDRESS: _readdressed,
    FactKind.REDIRECT: _redirected,
    FactKind.RESOLVE: _resolved,
    FactKind.ACKNOWLEDGE: _replied,
    FactKind.SNOOZE: _replied,
    FactKind.UNACKNOWLEDGED: _silent,
}
"""How a fact reads; all others are moves."""
