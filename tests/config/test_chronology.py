"""The chronology has words of its own for every kind of fact, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config import wording
from models.queries.chronology import Chronology, Entry, Promise, Under
from models.queries.history import Event, Telling
from models.seal import Stamp
from models.vocabulary import (
    Action,
    DueBasis,
    EvidenceKind,
    FactKind,
    MessageState,
    Outcome,
    Reply,
    Verdict,
    WatchKind,
    Withheld,
)
from tests.expected import assert_as_expected

AT = datetime(2024, 1, 2, 1, tzinfo=UTC)
FIRST, SECOND = "0f" * 16, "1e" * 16
"""The keys of two messages, 7 and 8."""

SHA = "9c1185a5c5e9fc54612808977ee8f548b2258d31"
STEP: dict[str, Any] = {"watch": "delivery", "anchor": "2024-01-01", "step": "overdue", "repetition": 1}
PLACES = {
    Action.START: ("planned", "in_progress"),
    Action.APPLY: ("planned", "awaiting_approval (permit)"),
    Action.GRANT: ("awaiting_approval (permit)", "in_progress"),
    Action.REFUSE: ("awaiting_approval (permit)", "in_progress"),
    Action.SUBMIT: ("in_progress", "awaiting_approval (closeout)"),
    Action.APPROVE: ("awaiting_approval (closeout)", "done"),
    Action.RETURN: ("awaiting_approval (closeout)", "in_progress"),
    Action.WITHDRAW: ("awaiting_approval (closeout)", "in_progress"),
    Action.REOPEN: ("done", "in_progress"),
}
GIVEN: dict[Action, dict[str, Any]] = {
    Action.APPLY: {"outside_body": "省交通厅", "document": "永交〔2023〕1号", "expected_on": "2024-02-01"},
    Action.GRANT: {"permits": [SHA]},
    Action.REFUSE: {"reason": "材料不全"},
    Action.APPROVE: {"resolution": "completed", "reverify_on": "2024-06-01"},
    Action.RETURN: {"reason": "无照片"},
    Action.REOPEN: {
        "reason": "反弹",
        "due_on": "2024-03-01",
        "closed_on": "2023-12-01",
        "submission": 1,
        "sha256": SHA,
    },
}
SAMPLES: dict[FactKind, list[dict[str, Any]]] = {
    FactKind.REGISTER: [
        {"number": "1.3-2", "state": None, "due_on": None, "waits_for": []},
        {"number": "1.3-2c", "state": "planned", "due_on": "2024-01-01", "waits_for": ["1.3-2a", "1.3-2b"]},
    ],
    FactKind.SPAWN: [{"number": "3.2-1@2024-01-01", "occurs_on": "2024-01-01", "due_on": "2024-01-02"}],
    FactKind.EVIDENCE: [
        {"name": "照片*.jpg", "size": 1024, "sha256": SHA, "evidence_kind": kind} for kind in EvidenceKind
    ],
    FactKind.DUE: [
        {"due_on": "2024-01-01", "before": None, "reason": "定"},
        {"limit": "20 working after 1.3-2a (granted)", "reason": "批复后20日"},
        {"due_on": "2024-02-01", "reason": "20 working after 1.3-2a (granted) on 2024-01-04"},
    ],
    FactKind.SUSPEND: [
        {"review_on": "2024-02-01", "reason": "汛期", "remaining": remaining} for remaining in ("8 calendar", None)
    ],
    FactKind.RESUME: [
        {"since": "2024-01-01", "reason": "汛期已过", "due_before": before, "due_on": after}
        for before, after in (("2024-01-09", "2024-02-09"), (None, None))
    ],
    FactKind.EXTEND: [
        {
            "number": 1,
            "until": "2024-03-01",
            "due_before": "2024-02-09",
            "reason": "雨",
            "progress": "过半",
            "late": late,
        }
        for late in (False, True)
    ],
    FactKind.EXTENSION: [
        {"number": 1, "granted": True, "until": "2024-03-01", "reason": "同意", "document": "会议纪要"},
        {"number": 2, "granted": False, "until": "2024-04-01", "reason": "理由不足", "document": ""},
        {"number": 3, "lapsed": True},
    ],
    FactKind.SIGN: [
        {"duty": "supervisor", "sha256": SHA, "awaited": ["head"]},
        {"duty": "head", "sha256": SHA, "awaited": []},
    ],
    FactKind.PROGRESS: [{"text": "路基完成", "staged": staged} for staged in (False, True)],
    FactKind.REVERIFY: [
        {"looked_for": "2024-06-01", "found": "成效巩固", "again_on": again} for again in ("2024-12-01", None)
    ],
    FactKind.DEPEND: [
        {"waits_for": "1.3-2a", "gate": "granted", "reason": "须先批复"},
        {"no_longer_waits_for": "1.3-2a", "reason": "改由自筹"},
    ],
    FactKind.HAND_OVER: [
        {"since": "2024-01-01", "leaver": leaver, "successor": "乙", "open_measures": 3, "unsaid": 1}
        for leaver in ("甲", None)
    ],
    FactKind.APPOINT: [{"acting": "乙", "since": "2024-01-01", "until": until} for until in ("2024-02-01", None)],
    FactKind.VACATE: [{"leaver": "甲", "since": "2024-01-01", "reason": "调离"}],
    FactKind.LEAVE: [
        {"absent": "甲", "substitute": "乙", "since": "2024-01-01", "until": "2024-01-05", "reason": "公休"}
    ],
    FactKind.PROJECT: [
        {"before": "2024-01-01", "after": "2024-01-02", "calendar": "c2", "reason": "国务院通知"},
        {"policy": ["p1", "p2"], "reason": "局党组会议"},
        {"policy": ["p1", "p1"], "calendar": ["c1", "c2"]},
    ],
    FactKind.RUN: [
        {"run_kind": kind, "asked_by": "schedule", "policy": "p1", "calendar": "c1"} for kind in ("nightly", "sweep")
    ],
    FactKind.CLAIM: [
        STEP | {"instead_of": 0},
        *(STEP | {"watch": kind, "repetition": 0, "instead_of": "分管领导"} for kind in WatchKind),
    ],
    FactKind.WITHHOLD: [
        *(STEP | {"reason": reason} for reason in Withheld),
        *(STEP | {"reason": "overtaken", "because": reply} for reply in Reply),
        {"key": FIRST, "reason": "unreachable"},
        {"subject": "通知", "reason": "unreachable"},
    ],
    FactKind.COMPOSE: [
        {
            "key": FIRST,
            "channel": "mail",
            "target": "a@b.cn",
            "answers_for": absent,
            "subject": "【督办】",
            "body_sha256": SHA,
            "reminders": [1],
        }
        for absent in ("", "甲")
    ],
    FactKind.RECEIPT: [
        {"key": FIRST, "attempt": number, "outcome": outcome, "detail": "250 OK" if number == 1 else ""}
        for number, outcome in enumerate(Outcome, 1)
    ],
    FactKind.ADDRESS: [
        {"change": "added", "channel": "mail", "target": "a@b.cn", "by": "甲", "reason": "新号码"},
        {"change": "enabled", "channel": "mail", "target": "a@b.cn", "by": "甲", "reason": "已恢复"},
        {"change": "disabled", "channel": "mail", "target": "a@b.cn", "reason": "550 no such user"},
    ],
    FactKind.REDIRECT: [
        *(
            {"key": SECOND, "before": FIRST, "onward": onward, "channel": "sms", "target": "13800000000"}
            for onward in ("next", "again", "copy")
        ),
        {"key": FIRST, "channel": "sms", "target": "13800000000"},
    ],
    FactKind.RESOLVE: [
        {"key": FIRST, "message": 7, "verdict": verdict, "by": "督查", "reason": "已电话核实"} for verdict in Verdict
    ],
    FactKind.ACKNOWLEDGE: [STEP | {"message": FIRST, "how": how, "until": "2024-02-01"} for how in ("link", "code")],
    FactKind.SNOOZE: [STEP | {"message": FIRST, "how": how, "until": "2024-01-10"} for how in ("link", "code")],
    FactKind.UNACKNOWLEDGED: [
        {"message": FIRST, "since": "2024-01-02 01:00:00+00:00", "told": "督查", "notice": SECOND, "on": "2024-01-08"}
    ],
}
MOVES: dict[FactKind, list[dict[str, Any]]] = {
    FactKind(action): [{"source": source, "target": target} | GIVEN.get(action, {})]
    for action, (source, target) in PLACES.items()
}
"""What facts of every kind tell, as the commands write it; `MOVES` are the lifecycle's."""

TELLINGS = [None, *(Telling(7, "甲", state, AT, None, "") for state in MessageState)]


def whole() -> Chronology:
    """Return a chronology with a fact of every kind and shape."""
    entries: list[Entry] = []
    for kind in FactKind:
        for shape, said in enumerate((SAMPLES | MOVES)[kind]):
            telling = TELLINGS[shape % len(TELLINGS)] if kind is FactKind.CLAIM else None
            number = len(entries) + 1
            event = Event(number, AT, date(2024, 1, 2), kind, "1.3-2c", "甲", "局长", 3, said, telling)
            entries.append(Entry((number,), event, Under("p1", "c1") if kind is FactKind.CLAIM else None))
    folded = Event(900, AT, None, FactKind.WITHHOLD, "1.3-2c", None, "局长", 3, STEP | {"reason": "folded"}, None)
    entries.append(Entry((900, 901), folded, None))
    promises = tuple(Promise("1.3-2c", date(2023, 11, 30), basis) for basis in DueBasis)
    return Chronology(
        office="局",
        number="1.3-2",
        title="公交新能源化",
        on=AT.astimezone(ZoneInfo("Asia/Shanghai")),
        promises=promises,
        entries=tuple(entries),
        letters={FIRST: 7, SECOND: 8},
        seal=Stamp(3, 40, "ab" * 32),
        sealed=40,
        of=len(entries) + 1,
    )


def test_there_is_a_sample_of_every_kind_of_fact() -> None:
    assert SAMPLES.keys() | MOVES.keys() == set(FactKind)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_every_kind_of_fact_is_told_in_words(locale: str) -> None:
    text = wording.chronology(whole(), locale)
    assert "None" not in text
    assert "_" not in text.replace("\\_", "")
    assert_as_expected(text, f"chronology.{locale}.txt")


def test_no_word_of_the_program_s_own_stands_in_the_chinese_text() -> None:
    rows = [line for line in wording.chronology(whole(), "zh_CN").splitlines() if line.startswith("| ")][2:]
    told = " ".join(row.rpartition(" | ")[0].rpartition(" | ")[2] + row.split(" | ")[-1] for row in rows).split()
    own = {str(word) for kind in (FactKind, WatchKind, Withheld, MessageState, Outcome, Verdict) for word in kind}
    assert not own & {word.strip("，。；：（）|") for word in told}
