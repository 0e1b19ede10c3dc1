from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from config.office import load_office
from models.commands.intake import register_office
from models.database import writing
from models.vocabulary import Action, EvidenceKind, Resolution
from tests.desk import at, workplace
from tests.expected import assert_as_expected
from tests.factory import RULES
from tests.scenarios.bond import BOND, BUSES, DIRECTOR, PAPERS, SUPERVISION, TOLD_AGAIN, UNIT, Story, of_the_bond

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.databases import Databases


@pytest.fixture
def story(sqlite: Databases, tmp_path: Path) -> Iterator[Story]:
    """The office of Qiyang on the morning after its register was taken in, with the bond and the buses only."""
    office = of_the_bond(load_office("qiyang"))
    with sqlite.opened() as engine:
        with writing(engine) as session:
            register_office(session, office, (), RULES.calendar, at(office.inspection.registered_on))
        yield Story(workplace(engine, tmp_path), tmp_path / "证明.pdf")


def test_the_life_of_the_bond_and_of_the_buses_reads_as_it_should(story: Story) -> None:
    refused_and_applied_for_again(story)
    granted_and_the_buses_are_free(story)
    handed_in_returned_and_closed_by_two(story)
    the_buses_arrive(story)
    reopened(story)
    assert_as_expected("\n".join(story.lines).lstrip() + "\n", "bond.txt")


def refused_and_applied_for_again(story: Story) -> None:
    story.nights(date(2023, 12, 18), date(2023, 12, 19))
    story.show()
    story.limit(BUSES, "90 calendar", BOND, "批复后九十日内完成采购")
    story.due("1.3-2d", date(2024, 12, 31), "年内全部换新")
    story.due("2.2-3b", date(2024, 9, 30), "与购车同步")
    story.nights(date(2023, 12, 20), date(2023, 12, 26))
    story.ask(UNIT, PAPERS, date(2024, 1, 31), "招标文件待审", "要件已备六成")
    story.decide(UNIT, PAPERS, "同意", "", grant=True)
    story.nights(date(2023, 12, 27), date(2023, 12, 28))
    story.decide(SUPERVISION, PAPERS, "同意", "督〔2023〕5号", grant=True)
    story.move(SUPERVISION, BOND, Action.REFUSE, reason="可研报告须补正")
    story.due(BOND, date(2024, 1, 31), "补正后重报，原时限已过非责任单位原因")
    story.nights(date(2023, 12, 29), date(2024, 1, 3))
    story.move(UNIT, BOND, Action.SUBMIT)
    story.move(
        UNIT, BOND, Action.APPLY, outside_body="发改局", document="公交〔2024〕1号", expected_on=date(2024, 1, 26)
    )
    story.show()
    story.leave(UNIT, "urban-transport-head", date(2024, 1, 13))
    story.nights(date(2024, 1, 4), date(2024, 1, 24))


def granted_and_the_buses_are_free(story: Story) -> None:
    story.add(UNIT, PAPERS, EvidenceKind.WORK, "55台购车要件")
    story.move(UNIT, PAPERS, Action.SUBMIT)
    story.move(SUPERVISION, PAPERS, Action.APPROVE)
    story.nights(date(2024, 1, 25), date(2024, 2, 2))
    for number in (BOND, *TOLD_AGAIN):
        story.add(UNIT, number, EvidenceKind.PERMIT, "发改〔2024〕12号批复")
        story.move(UNIT, number, Action.GRANT)
    story.due(BOND, date(2024, 3, 8), "批复已到，一个月内办结")
    story.show()


def handed_in_returned_and_closed_by_two(story: Story) -> None:
    story.nights(date(2024, 2, 3), date(2024, 2, 5))
    story.add(UNIT, BOND, EvidenceKind.WORK, "专项债立项材料")
    story.move(UNIT, BOND, Action.SUBMIT)
    story.nights(date(2024, 2, 6), date(2024, 2, 20))
    story.move(SUPERVISION, BOND, Action.RETURN, reason="缺批复原件")
    story.move(UNIT, BUSES, Action.START)
    story.nights(date(2024, 2, 21), date(2024, 2, 23))
    story.add(UNIT, BOND, EvidenceKind.WORK, "批复原件")
    story.move(UNIT, BOND, Action.SUBMIT)
    story.add(UNIT, BOND, EvidenceKind.WORK, "漏交的会议纪要")
    story.move(SUPERVISION, BOND, Action.APPROVE)
    story.move(UNIT, BOND, Action.WITHDRAW, reason="补交会议纪要")
    story.move(UNIT, BOND, Action.SUBMIT)
    story.move(DIRECTOR, BOND, Action.APPROVE)
    story.nights(date(2024, 2, 24), date(2024, 2, 27))
    story.move(SUPERVISION, BOND, Action.APPROVE)
    story.move(SUPERVISION, BOND, Action.APPROVE)
    story.nights(date(2024, 2, 28), date(2024, 3, 1))
    story.move(DIRECTOR, BOND, Action.APPROVE, reverify_on=date(2024, 6, 3))
    for number in TOLD_AGAIN:
        story.add(UNIT, number, EvidenceKind.WORK, "与1.3-2c同一笔")
        story.move(UNIT, number, Action.SUBMIT)
        story.move(SUPERVISION, number, Action.APPROVE, resolution=Resolution.MERGED)
        story.move(DIRECTOR, number, Action.APPROVE, resolution=Resolution.MERGED)
    story.show()


def the_buses_arrive(story: Story) -> None:
    story.hand_over("bus-company-head", "继任者", date(2024, 3, 11))
    story.nights(date(2024, 3, 2), date(2024, 4, 25))
    story.report("继任者", BUSES, "首批20台到位", staged=True)
    story.ask("继任者", BUSES, date(2024, 5, 31), "厂家排产推迟", "已到20台")
    story.nights(date(2024, 4, 26), date(2024, 4, 29))
    story.decide(SUPERVISION, BUSES, "同意", "督〔2024〕3号", grant=True)
    story.nights(date(2024, 4, 30), date(2024, 5, 20))
    story.suspend(BUSES, date(2024, 5, 27), "厂家停产检修")
    story.nights(date(2024, 5, 21), date(2024, 5, 27))
    story.move("继任者", BUSES, Action.SUBMIT)
    story.resume(BUSES, "恢复生产")
    story.show()


def reopened(story: Story) -> None:
    story.nights(date(2024, 5, 28), date(2024, 6, 3))
    story.move(SUPERVISION, BOND, Action.REOPEN, reason="回头看：资金未足额到位", due_on=date(2024, 7, 31))
    story.nights(date(2024, 6, 4), date(2024, 6, 7))
    story.show()
