from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import select

from models.commands.acknowledge import (
    BadSnooze,
    NothingToReply,
    NotTheAddressee,
    RepliedBefore,
    acknowledge,
    snooze,
)
from models.commands.move import Given, move, set_due_date
from models.commands.posts import hand_over
from models.database import reading
from models.office import Post
from models.queries.measure import find_measure
from models.queries.replies import Acknowledgeable, acknowledgeable
from models.vocabulary import Action, EvidenceKind, FactKind, MessageState, ReplyBy, Withheld
from models.watch import Watch
from tests.desk import MONDAY, SmallOffice, at
from tests.factory import RULES, actor, id_of

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

DAY = timedelta(days=1)
LATE = date(2023, 12, 15)
"""So late that on MONDAY the responsible post and the deputy are told, and again every five working days."""

AGAIN = [date(2024, 1, 2), date(2024, 1, 9), date(2024, 1, 16), date(2024, 1, 23), date(2024, 1, 30)]
"""The days of the repetitions; on the first, the head and the supervisor are told too."""

ENDED = "overdue-deputy:responsible:2024-01-23:acknowledged"


class Office(SmallOffice):
    """A small office whose messages are delivered each morning, and replied to."""

    def days(self, first: date, last: date) -> None:
        """Let every night and morning pass from a day through another."""
        while first <= last:
            self.night(first)
            self.deliver(at(first))
            first += DAY

    def message(self, number: int = 0) -> Acknowledgeable:
        """Return one of the messages that left."""
        with reading(self.place.engine) as session:
            found = acknowledgeable(session, id_of(self.messages()[number]))
        assert found is not None
        return found

    def acknowledge(self, on: date, who: str = "bus-responsible", number: int = 0, *chosen: str) -> list[str]:
        message = self.message(number)
        with self.changing() as session:
            by = actor(session, who, on)
            return acknowledge(session, message, by, ReplyBy.LINK, RULES, chosen or None)

    def snooze(self, on: date, until: date, who: str = "bus-responsible", number: int = 0) -> list[str]:
        message = self.message(number)
        with self.changing() as session:
            return snooze(session, message, actor(session, who, on), ReplyBy.CODE, until, RULES)

    def said(self) -> list[tuple[str, int, str]]:
        """Return what was said of which step for which time to which post."""
        posts = {post.id: post.slug for post in self._all(select(Post))}
        return [(one.step, one.repetition, posts[one.post_id]) for one in self.reminders() if not one.overtaken]

    def withheld(self, *reasons: Withheld) -> list[tuple[str, int]]:
        """Return the steps that were withheld for some reasons."""
        facts = self.facts(FactKind.WITHHOLD)
        return [(fact["step"], fact["repetition"]) for fact in facts if fact["reason"] in reasons]

    def watch(self) -> str:
        """Return what the only watch carries."""
        (watch,) = self._all(select(Watch))
        return str(watch.acknowledged)


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    office = Office(engine, tmp_path)
    office.add("1.1-1", due_on=LATE)
    office.days(MONDAY, MONDAY)
    return office


def repeats(office: Office, post: str) -> list[int]:
    return [repetition for step, repetition, told in office.said() if (step, told) == ("overdue-deputy", post)]


def test_acknowledging_ends_the_repeats_of_a_step_to_the_post_until_it_has_held_long_enough(office: Office) -> None:
    assert office.acknowledge(MONDAY) == ["1.1-1"]
    assert office.watch() == ENDED
    for day in AGAIN:
        office.days(day, day)
    assert repeats(office, "bus-responsible") == [0, 4, 5]
    assert office.withheld(Withheld.ACKNOWLEDGED) == [("overdue-deputy", times) for times in (1, 2, 3)]
    assert repeats(office, "bus-deputy") == [0, 1, 2, 3, 4, 5]
    assert ("overdue-head", 0, "bus-head") in office.said()


def test_acknowledging_does_not_end_the_next_step(engine: Engine, tmp_path: Path) -> None:
    office = Office(engine, tmp_path)
    office.add("1.1-1", due_on=date(2023, 12, 22))  # on MONDAY the responsible post alone is urged
    office.days(MONDAY, MONDAY)
    assert office.acknowledge(MONDAY) == ["1.1-1"]
    assert office.watch().startswith("overdue:responsible:")
    office.days(AGAIN[0], AGAIN[0])
    assert repeats(office, "bus-responsible") == repeats(office, "bus-deputy") == [0]


def test_acknowledging_twice_is_the_same_as_once(office: Office) -> None:
    office.acknowledge(MONDAY)
    with pytest.raises(RepliedBefore, match="was acknowledged before"):
        office.acknowledge(MONDAY + 3 * DAY)
    assert office.watch() == ENDED
    assert len(office.facts(FactKind.ACKNOWLEDGE)) == 1


def test_the_message_of_a_repetition_can_be_acknowledged_in_its_turn(office: Office) -> None:
    for day in AGAIN[:3]:
        office.days(day, day)
    office.acknowledge(AGAIN[0])
    numbers = [number for number, one in enumerate(office.messages()) if one.target == "bus-responsible"]
    office.acknowledge(AGAIN[2], "bus-responsible", numbers[-1])
    assert office.watch() == "overdue-deputy:responsible:2024-02-18:acknowledged"  # a make-up Sunday


def test_a_measure_may_be_acknowledged_alone(engine: Engine, tmp_path: Path) -> None:
    office = Office(engine, tmp_path)
    for number in ("1.1-1", "1.1-2", "1.1-3"):
        office.add(number, due_on=LATE)
    office.days(MONDAY, MONDAY)
    assert office.acknowledge(MONDAY, "bus-responsible", 0, "1.1-2") == ["1.1-2"]
    assert [line.number for line in office.message().lines if line.acknowledged_at] == ["1.1-2"]
    assert office.acknowledge(MONDAY + DAY) == ["1.1-1", "1.1-3"]
    assert office.message().acknowledged


def test_a_message_acknowledges_nothing_that_it_does_not_say(office: Office) -> None:
    office.add("1.1-2", due_on=LATE)
    for chosen in (["1.1-2"], ["1.1-1", "1.1-2"], ["nonsense"]):
        with pytest.raises(NothingToReply):
            office.acknowledge(MONDAY, "bus-responsible", 0, *chosen)
    assert office.facts(FactKind.ACKNOWLEDGE) == []


def test_another_person_is_refused(office: Office) -> None:
    with pytest.raises(NotTheAddressee, match="bus-head is not bus-responsible, and answers on 2023-12-25"):
        office.acknowledge(MONDAY, "bus-head")
    assert office.facts(FactKind.ACKNOWLEDGE) == []


def test_the_new_holder_of_the_post_may_reply_from_the_day_on_which_it_passes(office: Office) -> None:
    with office.changing() as session:
        hand_over(session, "bus-responsible", "bus-head", MONDAY + 2 * DAY, actor(session, "bus-supervisor", MONDAY))
    with pytest.raises(NotTheAddressee):
        office.acknowledge(MONDAY + DAY, "bus-head")
    assert office.acknowledge(MONDAY + 2 * DAY, "bus-head") == ["1.1-1"]
    assert office.watch().startswith("overdue-deputy:responsible:")


def test_a_new_due_date_arms_the_whole_ladder_again(office: Office) -> None:
    office.acknowledge(MONDAY)
    with office.changing() as session:
        set_due_date(session, "1.1-1", date(2024, 1, 5), "定", actor(session, "bus-supervisor", MONDAY), RULES)
    assert office.watch() == ""
    for day in (date(2024, 1, 15), date(2024, 1, 22)):
        office.days(day, day)
    assert repeats(office, "bus-responsible") == [0, 0, 1]


def test_what_was_acknowledged_holds_when_the_same_watch_is_armed_again(office: Office) -> None:
    office.acknowledge(MONDAY)
    with office.changing() as session:
        office.make.session = session
        measure = find_measure(session, "1.1-1")
        office.make.add_evidence(measure, EvidenceKind.WORK)
        move(session, "1.1-1", Action.SUBMIT, actor(session, "bus-responsible", MONDAY), Given(), RULES)
        back = Given(reason="缺照片")
        move(session, "1.1-1", Action.RETURN, actor(session, "bus-supervisor", MONDAY + DAY), back, RULES)
    assert office.watch() == ENDED


def test_a_repetition_that_waits_in_a_draft_leaves_it(office: Office) -> None:
    office.night(AGAIN[0])
    assert repeats(office, "bus-responsible") == [0, 1]
    office.acknowledge(AGAIN[0])
    assert repeats(office, "bus-responsible") == [0]
    office.days(AGAIN[0], AGAIN[0])
    assert office.withheld(Withheld.OVERTAKEN) == [("overdue-deputy", 1)]
    (draft,) = [message for message in office.messages()[2:] if message.target == "bus-responsible"]
    assert draft.state is MessageState.WITHDRAWN


def test_snoozing_puts_the_repeats_off_and_the_next_step_comes_regardless(office: Office) -> None:
    assert office.snooze(MONDAY, AGAIN[1]) == ["1.1-1"]
    assert office.watch() == "overdue-deputy:responsible:2024-01-09:snoozed"
    for day in AGAIN[:2]:
        office.days(day, day)
    assert repeats(office, "bus-responsible") == [0, 2]
    assert office.withheld(Withheld.SNOOZED) == [("overdue-deputy", 1)]
    assert ("overdue-head", 0, "bus-head") in office.said()


@pytest.mark.parametrize("until", [MONDAY - DAY, MONDAY, date(2024, 1, 10), date.max])
def test_a_snooze_has_a_ceiling_and_lies_ahead(office: Office, until: date) -> None:
    with pytest.raises(BadSnooze, match="after 2023-12-25, 2024-01-09 at the latest"):
        office.snooze(MONDAY, until)


def test_a_message_can_be_put_off_once_so_that_the_ceiling_is_one(office: Office) -> None:
    office.snooze(MONDAY, AGAIN[1])
    with pytest.raises(RepliedBefore, match="was snoozed before"):
        office.snooze(MONDAY + 7 * DAY, date(2024, 1, 15))


def test_of_a_snooze_and_an_acknowledgement_the_longer_one_stands(office: Office) -> None:
    office.acknowledge(MONDAY)
    office.snooze(MONDAY, AGAIN[1])
    assert office.watch() == ENDED


def test_every_reply_leaves_a_fact_that_says_who_and_how(office: Office) -> None:
    office.acknowledge(MONDAY)
    office.snooze(MONDAY, AGAIN[0])
    key = office.messages()[0].key
    told: dict[str, Any] = {
        "anchor": "2023-12-15",
        "message": key,
        "on": "2023-12-25",
        "step": "overdue-deputy",
        "watch": "delivery",
        "measure": 1,
        "post": 1,
    }
    assert office.facts(FactKind.ACKNOWLEDGE) == [told | {"how": "link", "until": "2024-01-23"}]
    assert office.facts(FactKind.SNOOZE) == [told | {"how": "code", "until": "2024-01-02"}]


def test_what_has_not_left_and_what_is_no_digest_asks_for_no_reply(office: Office) -> None:
    office.night(AGAIN[0])
    with office.changing() as session:
        for message in office.messages():
            found = acknowledgeable(session, id_of(message))
            assert (found is not None) is (message.tries > 0)
        assert acknowledgeable(session, 10**6) is None
