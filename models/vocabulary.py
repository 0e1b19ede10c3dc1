"""The closed vocabularies: every word that a row, a rule or a policy may use, spelled once."""

from enum import StrEnum


class State(StrEnum):
    """What people did with a measure, in the order of advance. Lateness is not among them."""

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    AWAITING_APPROVAL = "awaiting_approval"
    DONE = "done"


class Approval(StrEnum):
    """What `awaiting_approval` waits for: an outside body's permit, or the supervisor's close-out review."""

    PERMIT = "permit"
    CLOSEOUT = "closeout"


class Action(StrEnum):
    """The verbs that move a measure."""

    START = "start"
    APPLY = "apply"
    GRANT = "grant"
    REFUSE = "refuse"
    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


class Role(StrEnum):
    """How an acting person stands to one measure."""

    RESPONSIBLE = "responsible"
    SUPERVISOR = "supervisor"
    SUBMITTER = "submitter"


class Duty(StrEnum):
    """Which post a step of a policy addresses, seen from the measure's unit."""

    RESPONSIBLE = "responsible"  # 责任单位负责人
    DEPUTY = "deputy"  # 分管领导
    HEAD = "head"  # 主要负责人
    SUPERVISOR = "supervisor"  # 督查
    INSPECTION = "inspection"  # 巡察办


class WatchKind(StrEnum):
    """What is being timed."""

    START = "start"
    DELIVERY = "delivery"
    PERMIT = "permit"
    PERMIT_LATE = "permit_late"  # still awaiting the permit when the due date comes
    REVIEW = "review"
    OCCURRENCE = "occurrence"
    UNDATED = "undated"
    SUSPENSION = "suspension"  # the day on which a suspension is to be reviewed
    EXTENSION = "extension"  # the unit asked for more time
    EXTENSION_HEAD = "extension_head"  # the supervisor did, so that only the head may decide
    COUNTERSIGN = "countersign"  # one signature is there, the next is awaited
    REVERIFY = "reverify"  # done, and to be looked at again


class DayKind(StrEnum):
    """How a limit counts: working days (工作日) or calendar days (自然日)."""

    WORKING = "working"
    CALENDAR = "calendar"


class Slip(StrEnum):
    """The form a reminder takes, from mild to grave."""

    REMIND = "remind"  # 提醒
    URGE = "urge"  # 催办单
    SUPERVISE = "supervise"  # 督办通知单
    CIRCULATE = "circulate"  # 通报


class Light(StrEnum):
    """How a measure stands on the clock, from calm to grave."""

    GREEN = "green"
    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"


class DueBasis(StrEnum):
    """Where a due date comes from."""

    PROMISED = "promised"  # stated in the source
    DECIDED = "decided"  # set by a supervisor
    EXTENDED = "extended"  # an extension was granted
    RELATIVE = "relative"  # counted from an event
    STATUTORY = "statutory"  # set by the rule in force
    ASSUMED = "assumed"  # an example's assumption
    UNSET = "unset"  # nobody has set one


class Resolution(StrEnum):
    """In what sense a measure was closed."""

    COMPLETED = "completed"
    MERGED = "merged"
    NOT_APPLICABLE = "not_applicable"


class Gate(StrEnum):
    """What of a blocker a measure waits for, and what a relative limit counts from."""

    GRANTED = "granted"  # its permit
    DONE = "done"
    FEEDBACK = "feedback"  # the inspection's, for limits only


class NonWorking(StrEnum):
    """Where an occurrence goes that falls on a day off."""

    BEFORE = "before"  # to the last working day before it
    AFTER = "after"  # to the first working day after it
    LEAVE = "leave"


class ExtensionState(StrEnum):
    """What became of asking for more time."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"  # the measure was done before anybody decided


class LimitName(StrEnum):
    """What an inspected office owes by a limit of the statute."""

    PLAN = "plan"  # 整改方案
    REPORT = "report"  # 整改情况报告
    CONCENTRATED = "concentrated"  # 集中整改期满


class EvidenceKind(StrEnum):
    """What a piece of evidence shows: the work, or an outside body's permit."""

    WORK = "work"
    PERMIT = "permit"


class Withheld(StrEnum):
    """Why something owed was not said."""

    FOLDED = "folded"  # a later step told the same post at the same time
    VACANT = "vacant"  # nobody holds the post; the next one up was told
    BLOCKED = "blocked"  # the measure waits for another one
    OVERTAKEN = "overtaken"  # no longer true when the message was to leave
    UNREACHABLE = "unreachable"  # the person has no address that works
    ACKNOWLEDGED = "acknowledged"  # the post has acknowledged the step, and this is a repetition
    SNOOZED = "snoozed"  # the post has put the repetition off


class Reply(StrEnum):
    """What a reader replied to a message."""

    ACKNOWLEDGED = "acknowledged"  # 签收
    SNOOZED = "snoozed"  # 暂缓提醒


class ReplyBy(StrEnum):
    """By what means: the link in the message, or the code read out to somebody at the program."""

    LINK = "link"
    CODE = "code"


class RunKind(StrEnum):
    """Who started a sweep: the schedule or a person."""

    NIGHTLY = "nightly"
    SWEEP = "sweep"


class Outcome(StrEnum):
    """What the receiving system answered to one attempt."""

    ACCEPTED = "accepted"
    RETRY = "retry"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"


class InDoubt(StrEnum):
    """What becomes of a message that was sent and not answered."""

    HOLD = "hold"  # a person finds out
    RESEND = "resend"  # a second copy leaves, marked as one


class Onward(StrEnum):
    """How a message goes on that did not arrive, or that nobody knows of whether it did."""

    NEXT = "next"  # to the person's next address
    AGAIN = "again"  # to the same one, for it is known to be lost
    COPY = "copy"  # to the same one, under the same key


class Verdict(StrEnum):
    """What a supervisor says became of a message in doubt, and so what is to be done."""

    ARRIVED = "arrived"
    LOST = "lost"  # it goes on to the next address, or leaves again where there is none
    RESEND = "resend"  # nobody knows: a second copy leaves, marked as one


class MessageKind(StrEnum):
    """What a message is: the digest of reminders, such as may not wait for office hours, or a notice."""

    DIGEST = "digest"
    URGENT = "urgent"
    NOTICE = "notice"


class Bearer(StrEnum):
    """Whose load of messages is counted."""

    PERSON = "person"
    CHANNEL = "channel"


class MessageState(StrEnum):
    """Where a message stands between composing and receipt."""

    HELD = "held"  # waits for its release time
    SENDING = "sending"  # leased to a worker, attempt committed
    RETRY = "retry"  # failed in passing, waits for its next try
    ACCEPTED = "accepted"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    WITHDRAWN = "withdrawn"  # nothing in it was still true


class FactKind(StrEnum):
    """What a ledger fact records; the lifecycle's actions stand among them under their own names.

    What a sweep writes a million of comes first: the CHECK on the column compares word by word, in this order.
    """

    CLAIM = "claim"
    WITHHOLD = "withhold"
    RUN = "run"
    REGISTER = "register"
    SPAWN = "spawn"
    EVIDENCE = "evidence"
    DUE = "due"
    SUSPEND = "suspend"
    RESUME = "resume"
    EXTEND = "extend"
    EXTENSION = "extension"
    SIGN = "sign"
    PROGRESS = "progress"
    REVERIFY = "reverify"
    DEPEND = "depend"
    HAND_OVER = "hand_over"
    APPOINT = "appoint"
    VACATE = "vacate"
    LEAVE = "leave"
    PROJECT = "project"
    START = "start"
    APPLY = "apply"
    GRANT = "grant"
    REFUSE = "refuse"
    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    COMPOSE = "compose"
    RECEIPT = "receipt"
    ADDRESS = "address"
    REDIRECT = "redirect"
    RESOLVE = "resolve"
    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"
    UNACKNOWLEDGED = "unacknowledged"
