"""What the pages say, in the office's language."""

from models.vocabulary import Slip

WORDS = {
    "zh_CN": {
        "title": "督办签收",
        "intro": "以下事项请您签收。签收后同一催办不再重复发送，后续督办步骤照常进行。",
        "through": "可签收至",
        "due": "时限",
        "since": "起算日",
        "acknowledged": "已签收",
        "not_yet": "未签收",
        "snoozed": "暂缓提醒至",
        "acknowledge": "签收",
        "snooze": "暂缓提醒",
        "days": "天",
        "snooze_hint": "暂缓只推迟重复提醒，不改变时限，也不影响后续督办步骤；每条消息只能暂缓一次。",
        "all_done": "本消息已全部签收，谢谢。",
        "before": "此前已经办理，无需重复操作。",
        "unknown": "此链接无效或已停用。请从最近一条督办消息中打开，或联系督查部门签收。",
        "expired": "链接已过期。如需签收，请联系督查部门。",
        "nothing_chosen": "请至少选择一项本消息中的事项。",
        "bad_snooze": "暂缓天数超出允许范围，请重新选择。",
        "slips": {Slip.REMIND: "提醒", Slip.URGE: "催办", Slip.SUPERVISE: "督办", Slip.CIRCULATE: "通报"},
    },
    "en": {
        "title": "Acknowledge",
        "intro": "Please acknowledge these. The same reminder is then not repeated; later steps come regardless.",
        "through": "can be acknowledged until",
        "due": "due",
        "since": "counted from",
        "acknowledged": "acknowledged",
        "not_yet": "not acknowledged",
        "snoozed": "not repeated before",
        "acknowledge": "Acknowledge",
        "snooze": "Remind me later",
        "days": "days",
        "snooze_hint": "This puts off repeats only: no due date moves, later steps come regardless. Once a message.",
        "all_done": "All of this message is acknowledged. Thank you.",
        "before": "This was done before; there is nothing left to do.",
        "unknown": "This link does not hold. Please open your latest message's, or ask the supervisor's office.",
        "expired": "This link has expired. Please ask the supervisor's office.",
        "nothing_chosen": "Please choose at least one measure of this message.",
        "bad_snooze": "It cannot be put off for so long. Please choose again.",
        "slips": {
            Slip.REMIND: "reminder",
            Slip.URGE: "urgent",
            Slip.SUPERVISE: "supervised",
            Slip.CIRCULATE: "circulated",
        },
    },
}

BOTH = "系统暂时无法使用，请稍后再试。 The office cannot be reached; please try again later."
"""Where not even the office's language is known."""
