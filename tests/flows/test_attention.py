"""What a reader is spared, and what not: the sheet, the one digest a day, the quiet hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

from sqlmodel import select

from config.policy import load_policy
from flows.deliver import Delivered
from models.commands.watches import arm
from models.database import reading
from models.ladder import Ladder
from models.measure import Measure
from models.outbox import Attachment
from models.vocabulary import FactKind, MessageKind, MessageState, Resolution, State, WatchKind
from tests.desk import LATE, MIDNIGHT, MONDAY, SmallOffice, at

SATURDAY, FRIDAY = MONDAY - timedelta(days=2), MONDAY - timedelta(days=3)
RELEASE = time(8, 40)
_ROW = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}row"


LINES = load_policy("default").lines


def owe_many(desk: SmallOffice) -> None:
    """Owe two more than a digest spells out, the last of them in the future."""
    with desk.changing():
        for number in range(LINES + 1):
            desk.make.add_measure(f"1.1-{number}", due_on=LATE)
        desk.make.add_measure("1.1-soon", due_on=date(2023, 12, 29))


def test_a_long_digest_spells_out_the_gravest_and_counts_them_all(desk: SmallOffice) -> None:
    owe_many(desk)
    desk.night(MONDAY)
    assert desk.told() == {"bus-responsible": [f"1.1-{number}" for number in range(LINES)]}
    assert "另有2项，全部事项见附件。" in desk.draft().body
    assert f"{LINES + 2}项整改事项请您办理（催办{LINES + 1}项、提醒1项），最长已逾期5天" in desk.draft().subject


def test_a_channel_that_carries_no_sheet_promises_none(desk: SmallOffice) -> None:
    desk.open_channels(hook="json://office.example/in")
    with desk.changing() as session:
        desk.readdress(session, "bus-responsible", ("hook", "head"))
    owe_many(desk)
    desk.night(MONDAY)
    assert "另有2项，清单请向督查部门索取。" in desk.draft().body
    assert not desk.draft().attached


def test_a_sheet_goes_along_and_lists_all_in_the_order_of_the_digest(desk: SmallOffice) -> None:
    owe_many(desk)
    desk.night(MONDAY)
    assert desk.deliver(at(MONDAY, time(9))) == Delivered(accepted=1)
    (file,) = desk.mailbox("bus-responsible")
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    (sheet,) = mail.iter_attachments()
    assert sheet.get_filename() == "督办事项清单2023-12-25.xlsx"
    rows = cells(sheet.get_content())
    assert rows[0] == ["序号", "编号", "整改事项", "责任单位", "类别", "时限情况", "请您"]
    assert [row[1] for row in rows[1:]] == [*(f"1.1-{number}" for number in range(LINES + 1)), "1.1-soon"]
    assert rows[1][4:] == ["催办", "时限12月20日，已逾期5天", "抓紧办结并申请销号；有困难请说明原因"]
    (fact,) = desk.facts(FactKind.COMPOSE)
    assert fact["attachment_sha256"] == sha256(sheet.get_content()).hexdigest()


def test_a_sheet_goes_along_to_the_next_address_too(desk: SmallOffice) -> None:
    with desk.changing() as session:
        desk.readdress(session, "bus-responsible", ("local", "../no-folder"), ("local", "another"))
    owe_many(desk)
    desk.night(MONDAY)
    for _ in range(2):
        desk.deliver(at(MONDAY, time(9)))
    (file,) = desk.mailbox("another")
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert len(list(mail.iter_attachments())) == 1
    body = mail.get_body()
    assert body is not None
    assert "（附件清单只随邮件发送。）" in body.get_content()


def test_a_title_is_no_formula(desk: SmallOffice) -> None:
    owe_many(desk)
    desk.add("1.1-formula", title='=HYPERLINK("http://elsewhere.example")', due_on=LATE)
    desk.night(MONDAY)
    with reading(desk.place.engine) as session:
        (content,) = session.exec(select(Attachment.content)).all()
    assert ["=HYPERLINK" in row[2] for row in cells(content)].count(True) == 1
    with ZipFile(BytesIO(content)) as file:
        assert b"<f>" not in file.read("xl/worksheets/sheet1.xml")


def test_a_digest_that_has_become_short_carries_no_sheet(desk: SmallOffice) -> None:
    owe_many(desk)
    desk.night(SATURDAY)
    with desk.changing() as session:
        for measure in session.exec(select(Measure)).all()[2:]:
            measure.state, measure.resolution = State.DONE, Resolution.COMPLETED
            arm(session, measure)
    desk.night(MONDAY)
    assert not desk.draft().attached
    with reading(desk.place.engine) as session:
        assert session.exec(select(Attachment)).all() == []


def cells(content: bytes) -> list[list[str]]:
    """Return the texts of a sheet, row by row, without the help of what wrote it."""
    with ZipFile(BytesIO(content)) as file:
        shared, page = (
            ET.fromstring(file.read(f"xl/{part}.xml"))  # noqa: S314 - written by us
            for part in ("sharedStrings", "worksheets/sheet1")
        )
    texts = ["".join(one.itertext()) for one in shared]
    return [
        [texts[int(cell[0].text or 0)] if cell.get("t") == "s" else str(cell[0].text) for cell in row]
        for row in page.iter(_ROW)
    ]


# one digest a day, and what may not wait


def test_who_was_told_today_hears_the_rest_on_the_next_working_day(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATE)
    desk.night(FRIDAY)
    desk.deliver(at(FRIDAY, time(9)))
    desk.add("1.1-2", due_on=LATE)
    desk.night(FRIDAY, time(11))
    assert desk.draft().release_at == at(MONDAY, RELEASE)
    assert "12月25日，以下1项" in desk.draft().body
    assert desk.deliver(at(FRIDAY, time(11))) == Delivered(held=1)
    assert desk.deliver(at(MONDAY, time(9))) == Delivered(accepted=1)


def test_who_was_not_told_today_hears_at_once_what_a_supervisor_looks_for(desk: SmallOffice) -> None:
    desk.add("1.1-1", due_on=LATE)
    desk.night(FRIDAY, time(11))
    assert desk.deliver(at(FRIDAY, time(11))) == Delivered(accepted=1)


def test_a_grave_step_breaks_the_quiet_where_the_policy_says_so_and_nothing_else_does(desk: SmallOffice) -> None:
    say_at_once(desk, "overdue-deputy")
    desk.add("1.1-grave", due_on=date(2023, 12, 14))
    desk.add("1.1-1", due_on=LATE)
    assert desk.night(MONDAY).messages == 3
    urgent = [message for message in desk.messages() if message.kind is MessageKind.URGENT]
    assert {message.target for message in urgent} == {"bus-responsible", "bus-deputy"}
    assert all("（1.1-grave）" in message.body and "1.1-1）" not in message.body for message in urgent)
    assert desk.deliver(at(MONDAY, MIDNIGHT)) == Delivered(accepted=2, held=1)
    (rest,) = desk.messages(MessageState.HELD)
    assert (rest.target, rest.release_at) == ("bus-responsible", at(MONDAY, RELEASE))
    assert desk.deliver(at(MONDAY, time(9))) == Delivered(accepted=1)


def test_an_urgent_message_that_failed_is_tried_again_in_the_night(desk: SmallOffice) -> None:
    say_at_once(desk, "overdue-deputy")
    desk.add("1.1-grave", due_on=date(2023, 12, 14))
    desk.night(MONDAY)
    desk.place.settings.home.joinpath("mail").write_text("no folder")
    assert desk.deliver(at(MONDAY, MIDNIGHT)).retry == 2
    desk.place.settings.home.joinpath("mail").unlink()
    assert desk.deliver(at(MONDAY, time(1))) == Delivered(accepted=2)


def say_at_once(desk: SmallOffice, name: str) -> None:
    """Let a step of the delivery ladder leave outside office hours, as a policy may."""
    policy = desk.place.policy
    ladder = policy.escalation.ladders[WatchKind.DELIVERY]
    steps = tuple(replace(step, at_once=step.name == name) for step in ladder.steps)
    ladders = {**policy.escalation.ladders, WatchKind.DELIVERY: Ladder(steps)}
    escalation = replace(policy.escalation, ladders=ladders)
    desk.place = replace(desk.place, policy=replace(policy, escalation=escalation))
