from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.overview import Overview
from flows.report import Report
from flows.summary import SHOWN, WORDS, headline, markdown, table
from flows.sweep import Line
from models.queries.outbox import Sent
from models.queries.register import Entry
from models.vocabulary import DueBasis, Light, MessageState, Outcome, RunKind, State

AS_OF = datetime(2023, 12, 25, 8, 40, tzinfo=ZoneInfo("Asia/Shanghai"))
REPORT = Report(
    run=3,
    kind=RunKind.NIGHTLY,
    as_of=AS_OF,
    scope="everything",
    dry_run=False,
    examined=34,
    due=24,
    situations=31,
    reminders=27,
    withheld=69,
    messages=11,
    accepted=9,
    held=1,
    retry=0,
    refused=1,
    in_doubt=0,
    seconds=0.7,
)
LATE = Entry(
    number="1.3-2c",
    title="专项债立项批复",
    state=State.IN_PROGRESS,
    approval=None,
    standing=False,
    light=Light.RED,
    unit="公交公司",
    topics=(),
    promised_on=None,
    due_on=None,
    due_basis=DueBasis.ASSUMED,
    due_note="",
    days_left=-25,
    first_due_on=None,
    first_due_basis=None,
    days_left_first=None,
    done_on=None,
    provisional_due_on=None,
    limit=None,
    extensions=0,
    asked_until=None,
    suspended_until=None,
    staged_on=None,
    reverify_on=None,
    waits_on=None,
    blocked_by=["1.3-1", "1.3-2b"],
    hangs_on="公交公司负责人",
    returns=0,
)
REFUSED = Sent(
    id=7,
    person="李",
    channel="mail",
    target="li@office.example",
    subject="",
    body="",
    state=MessageState.REFUSED,
    release_at=AS_OF,
    next_try_at=None,
    tries=1,
    outcome=Outcome.REFUSED,
    detail="550 no such user",
    tried_at=AS_OF,
)
OVERVIEW = Overview(
    office="祁阳市交通运输局",
    locale="zh_CN",
    as_of=AS_OF,
    asked_by="schedule",
    report=REPORT,
    pressing=(LATE,),
    more=0,
    undelivered=(REFUSED,),
    vacant=("分管基建负责人",),
    dead=(),
    out_of_reach=(),
)
NIGHT = """\
# 夜间巡检 2023-12-25 08:40

祁阳市交通运输局 · 范围: 全部 · 发起: schedule

| 查看 | 应催 | 新催办 | 不催办 | 新消息 | 已送达 | 待发 | 待重试 | 被拒 | 存疑 |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| 34 | 24 | 27 | 69 | 11 | 9 | 1 | 0 | 1 | 0 |

## 未送达的消息

| 收件人 | 结果 | 对方答复 |
| --- | --- | --- |
| 李 | 被拒 | 550 no such user |

## 有催办而无人任职的岗位

- 分管基建负责人

## 逾期和受阻的事项

| 编号 | 事项 | 责任单位 | 灯 | 期限 | 卡在 | 等待 |
| --- | --- | --- | --- | --- | --- | --- |
| 1.3-2c | 专项债立项批复 | 公交公司 | 红 | 已逾期25天 | 公交公司负责人 | 1.3-1 1.3-2b |
"""
DRY = """\
# Sweep 2023-12-25 08:40 (dry run)

祁阳市交通运输局 · scope: light=red · asked by: 李

| examined | due | reminders | withheld | messages | accepted | held | retry | refused | in doubt |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| 34 | 24 | 27 | 69 | 11 | 9 | 1 | 0 | 1 | 0 |

## Would say

| measure | post | person | step | reason |
| --- | --- | --- | --- | --- |
| 1.3-2c | 局长 | 王 | overdue | 25 days past |

## Would withhold

None.

## Measures in scope

None.
"""


def test_a_night_is_summed_up_in_the_office_s_language() -> None:
    assert markdown(OVERVIEW) == NIGHT


def test_a_dry_run_shows_what_it_would_say() -> None:
    would_say = [Line("1.3-2c", "局长", "王", "overdue", "25 days past")]
    dry = replace(REPORT, kind=RunKind.SWEEP, scope="light=red", dry_run=True, would_say=would_say)
    seen = replace(OVERVIEW, locale="en", asked_by="李", report=dry, pressing=(), undelivered=(), vacant=())
    assert markdown(seen) == DRY


@pytest.mark.parametrize(("days", "said"), [(None, "未定时限"), (-1, "已逾期1天"), (0, "今天到期"), (3, "还有3天")])
def test_days_left_are_said_in_words(days: int | None, said: str) -> None:
    assert f"| 红 | {said} |" in markdown(replace(OVERVIEW, pressing=(replace(LATE, days_left=days),)))


def test_what_is_not_spelled_out_is_counted() -> None:
    text = markdown(replace(OVERVIEW, pressing=(LATE,) * (SHOWN + 2), more=40))
    assert text.count("| 1.3-2c |") == SHOWN
    assert "另有42项未列出。" in text


def test_the_table_has_a_row_a_measure_under_the_office_s_own_headings() -> None:
    assert table(OVERVIEW) == [
        {
            "编号": "1.3-2c",
            "事项": "专项债立项批复",
            "责任单位": "公交公司",
            "灯": "红",
            "剩余天数": -25,
            "卡在": "公交公司负责人",
            "等待": "1.3-1 1.3-2b",
        }
    ]


@given(title=st.text(min_size=1))
def test_no_title_breaks_out_of_its_cell(title: str) -> None:
    lines = markdown(replace(OVERVIEW, pressing=(replace(LATE, title=title),))).split("\n")
    (row,) = [line for line in lines if line.startswith("| 1.3-2c |")]
    assert lines[-2:] == [row, ""]
    assert len(re.split(r"(?<!\\)(?:\\\\)*\|", row)) == len(table(OVERVIEW)[0]) + 2
    assert re.search(r"(?<!\\)(?:\\\\)*[<>`\[\]]", row) is None


def test_both_languages_say_the_same_things() -> None:
    def places(text: str) -> int:
        return sum(name is not None for _, name, _, _ in Formatter().parse(text))

    chinese, english = WORDS["zh_CN"], WORDS["en"]
    assert chinese.keys() == english.keys() >= {*Light, *RunKind, *Outcome}
    assert {key: places(text) for key, text in chinese.items()} == {
        key: places(text) for key, text in english.items()
    }
    for words in (chinese, english):  # headings of one table have to differ, for they are its keys
        headings = [words[key] for key in ("number", "title", "unit", "light", "days_left", "hangs_on", "blocked_by")]
        assert len(set(headings)) == len(headings)


def test_the_headline_says_what_came_of_it() -> None:
    found, said = "34 examined, 24 due, 27 reminders, 69 withheld", "11 messages, 9 accepted, 1 held"
    assert headline(REPORT) == f"{found}, {said}, 0 retry, 1 refused, 0 in doubt"
    assert headline(replace(REPORT, dry_run=True)).startswith("dry run: 34 examined")
