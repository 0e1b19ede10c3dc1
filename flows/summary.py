"""The summary of a run, for the people who look it up: as Markdown, and as a table of measures."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from flows.audit import Audit
from flows.overview import Overview
from flows.report import Report
from flows.sweep import Line
from models.queries.register import Entry

SHOWN = 30
"""Measures that the Markdown spells out; the table has more."""

WORDS = {
    "zh_CN": {
        "nightly": "夜间巡检", "sweep": "专项巡检", "dry": "（试运行）", "scope": "范围", "everything": "全部",
        "asked_by": "发起", "examined": "查看", "due": "应催", "reminders": "新催办", "withheld": "不催办",
        "messages": "新消息", "accepted": "已送达", "held": "待发", "retry": "待重试", "refused": "被拒",
        "in_doubt": "存疑", "undelivered": "未送达的消息", "person": "收件人", "state": "结果", "detail": "对方答复",
        "vacant": "有催办而无人任职的岗位", "pressing": "逾期和受阻的事项", "in_scope": "范围内的事项",
        "number": "编号", "title": "事项", "unit": "责任单位", "light": "灯", "left": "期限", "days_left": "剩余天数",
        "hangs_on": "卡在", "blocked_by": "等待", "more": "另有{}项未列出。", "nothing": "无。",
        "late": "已逾期{}天", "today": "今天到期", "ahead": "还有{}天", "undated": "未定时限",
        "green": "绿", "blue": "蓝", "yellow": "黄", "red": "红",
        "would_say": "将催办", "would_withhold": "将不催办", "measure": "事项", "post": "岗位", "step": "步骤",
        "reason": "理由", "audit": "核查发现的差异",
    },
    "en": {
        "nightly": "Nightly run", "sweep": "Sweep", "dry": " (dry run)", "scope": "scope", "everything": "everything",
        "asked_by": "asked by", "examined": "examined", "due": "due", "reminders": "reminders",
        "withheld": "withheld", "messages": "messages", "accepted": "accepted", "held": "held", "retry": "retry",
        "refused": "refused", "in_doubt": "in doubt", "undelivered": "Messages not delivered", "person": "person",
        "state": "state", "detail": "answer", "vacant": "Posts that nobody holds and that something is owed to",
        "pressing": "Late and blocked measures", "in_scope": "Measures in scope", "number": "number",
        "title": "title", "unit": "unit", "light": "light", "left": "due", "days_left": "days left",
        "hangs_on": "hangs on", "blocked_by": "blocked by", "more": "{} more are not listed.", "nothing": "None.",
        "late": "{} days late", "today": "due today", "ahead": "{} days left", "undated": "no date",
        "green": "green", "blue": "blue", "yellow": "yellow", "red": "red",
        "would_say": "Would say", "would_withhold": "Would withhold", "measure": "measure", "post": "post",
        "step": "step", "reason": "reason", "audit": "Differences found by the audit",
    },
}  # fmt: skip
"""What stands around the figures, in the office's language."""

_COUNTS = (
    "examined", "due", "reminders", "withheld", "messages", "accepted", "held", "retry", "refused", "in_doubt",
)  # fmt: skip
_MEANT = re.compile(r"([\\`*_~\[\]<>|&])")  # what Markdown or HTML would take as theirs


def markdown(overview: Overview) -> str:
    """Return what was found, what was said, and what is late, blocked, undelivered or out of reach."""
    return "\n\n".join(_paragraphs(overview, WORDS[overview.locale])) + "\n"


def table(overview: Overview) -> list[dict[str, Any]]:
    """Return a row for each pressing measure; its keys are the headings, in the office's language."""
    words = WORDS[overview.locale]
    return [
        {
            words["number"]: entry.number,
            words["title"]: entry.title,
            words["unit"]: entry.unit,
            words["light"]: words[entry.light],
            words["days_left"]: entry.days_left,
            words["hangs_on"]: entry.hangs_on,
            words["blocked_by"]: " ".join(entry.blocked_by),
        }
        for entry in overview.pressing
    ]


def headline(report: Report) -> str:
    """Return a run's outcome as one line, for a list of runs."""
    counts = ", ".join(f"{getattr(report, name)} {WORDS['en'][name]}" for name in _COUNTS)
    return f"{'dry run: ' if report.dry_run else ''}{counts}"


def _paragraphs(overview: Overview, words: dict[str, str]) -> Iterator[str]:
    report = overview.report
    dry = words["dry"] if report.dry_run else ""
    yield f"# {words[report.kind]} {overview.as_of:%Y-%m-%d %H:%M}{dry}"
    scope = words["everything"] if report.scope == "everything" else report.scope
    said = (overview.office, f"{words['scope']}: {scope}", f"{words['asked_by']}: {overview.asked_by}")
    yield " · ".join(map(_plain, said))
    yield _table([words[name] for name in _COUNTS], [[getattr(report, name) for name in _COUNTS]])
    if report.dry_run:
        yield from _foreseen(words["would_say"], report.would_say, words)
        yield from _foreseen(words["would_withhold"], report.would_withhold, words)
    if overview.undelivered:
        yield f"## {words['undelivered']}"
        rows = [[sent.person, words[sent.state], sent.detail] for sent in overview.undelivered]
        yield _table([words[name] for name in ("person", "state", "detail")], rows)
    if overview.vacant:
        yield f"## {words['vacant']}"
        yield "\n".join(f"- {_plain(post)}" for post in overview.vacant)
    if overview.audited:
        yield f"## {words['audit']}"
        yield from _audited(overview.audited, words)
    yield f"## {words['pressing' if report.kind == 'nightly' else 'in_scope']}"
    yield from _measures(overview, words)


def _audited(audited: Audit, words: dict[str, str]) -> Iterator[str]:
    if not audited.found:
        yield words["nothing"]
        return
    yield "\n".join(f"- {_plain(str(one))}" for one in audited.differences[:SHOWN])
    if audited.found > SHOWN:
        yield words["more"].format(audited.found - SHOWN)


def differences(audited: Audit) -> list[dict[str, Any]]:
    """Return a row for each difference that the audit spelled out."""
    return [asdict(one) for one in audited.differences]


def _measures(overview: Overview, words: dict[str, str]) -> Iterator[str]:
    if not overview.pressing:
        yield words["nothing"]
        return
    headings = ("number", "title", "unit", "light", "left", "hangs_on", "blocked_by")
    shown = [
        [
            entry.number,
            entry.title,
            entry.unit,
            words[entry.light],
            _left(entry, words),
            entry.hangs_on or "",
            " ".join(entry.blocked_by),
        ]
        for entry in overview.pressing[:SHOWN]
    ]
    yield _table([words[name] for name in headings], shown)
    more = len(overview.pressing[SHOWN:]) + overview.more
    if more:
        yield words["more"].format(more)


def _left(entry: Entry, words: dict[str, str]) -> str:
    days = entry.days_left
    if days is None:
        return words["undated"]
    return words["late" if days < 0 else "ahead" if days else "today"].format(abs(days))


def _foreseen(title: str, lines: Sequence[Line], words: dict[str, str]) -> Iterator[str]:
    yield f"## {title}"
    headings = ("measure", "post", "person", "step", "reason")
    rows = [[getattr(line, name) or "" for name in headings] for line in lines[:SHOWN]]
    yield _table([words[name] for name in headings], rows) if rows else words["nothing"]
    if lines[SHOWN:]:
        yield words["more"].format(len(lines[SHOWN:]))


def _table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [headings, ["---"] * len(headings), *([_plain(str(cell)) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line."""
    return _MEANT.sub(r"\\\1", " ".join(text.split()))
