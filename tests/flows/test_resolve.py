from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from flows.deliver import Delivered, wording_onward
from models.audit.letters import wrong_letters
from models.audit.staff import Staff
from models.audit.waiting import Openings
from models.commands.resolve import Resolved, resolve
from models.database import reading
from models.lifecycle import Refused
from models.queries.letter import UnknownMessage, letter
from models.queries.outbox import messages
from models.vocabulary import FactKind, MessageState, Verdict
from tests.desk import MONDAY, ZONE, SmallOffice, at
from tests.factory import actor, id_of
from tests.receivers import mail_url
from tests.servers.smtp import Behaviour as Smtp
from tests.servers.smtp import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

MORNING = at(MONDAY, time(9))
MAIL, OTHER = ("mail", "li@office.example"), ("mail", "li@elsewhere.example")


@pytest.fixture
def desk(engine: Engine, tmp_path: Path, smtp: SmtpServer) -> Iterator[SmallOffice]:
    """An office whose messages, when the test is over, the audit finds in order."""
    desk = SmallOffice(engine, tmp_path)
    desk.open_channels(mail=mail_url(smtp.address))
    yield desk
    with reading(engine) as session:
        opening = at(MONDAY, time(8, 40))
        found = wrong_letters(session, Staff(session), Openings(opening, opening, ZONE))
        assert [str(one) for one in found] == []


def doubt(desk: SmallOffice, smtp: SmtpServer, *reached_at: tuple[str, str]) -> int:
    """Send a message that is kept and not answered, and return its number."""
    desk.owe("local", "li")
    with desk.changing() as session:
        desk.readdress(session, "local-li", *reached_at)
    desk.night(MONDAY)
    smtp.behave(Smtp.DROP_AFTER_DOT, reached_at[0][1])
    assert desk.deliver(MORNING) == Delivered(in_doubt=1)
    smtp.behave(Smtp.ACCEPT, reached_at[0][1])
    (message,) = desk.messages(MessageState.IN_DOUBT)
    return id_of(message)


def say(desk: SmallOffice, number: int, verdict: Verdict, by: str = "bus-supervisor") -> Resolved:
    with desk.changing() as session:
        return resolve(session, number, verdict, "电话核实", actor(session, by, MONDAY), wording_onward(desk.place))


def test_a_copy_is_in_order_in_an_audit_as_of_a_day_before_the_clocks_own(
    desk: SmallOffice, smtp: SmtpServer
) -> None:
    number = doubt(desk, smtp, MAIL)
    year_later = at(MONDAY + timedelta(days=365))
    with desk.changing() as session:
        by = replace(actor(session, "bus-supervisor", MONDAY), at=year_later)
        resolve(session, number, Verdict.RESEND, "电话核实", by, wording_onward(desk.place))
    (copy,) = desk.messages(MessageState.HELD)
    assert (copy.composed_at, copy.release_at.date()) == (year_later, MONDAY)


def test_what_arrived_is_accepted_by_word_of_who_said_so(desk: SmallOffice, smtp: SmtpServer) -> None:
    number = doubt(desk, smtp, MAIL, OTHER)
    assert say(desk, number, Verdict.ARRIVED).follower is None
    assert desk.deliver(MORNING) == Delivered()
    with reading(desk.place.engine) as session:
        (sent,) = messages(session, (MessageState.ACCEPTED,))
        whole = letter(session, number)
    assert (sent.id, sent.by_word_of) == (number, "bus-supervisor")
    assert whole.resolved is not None
    assert (whole.resolved.verdict, whole.resolved.person, whole.resolved.reason) == (
        Verdict.ARRIVED,
        "bus-supervisor",
        "电话核实",
    )
    assert [one.outcome for one in whole.tries] == ["in_doubt"]  # a receipt is what the receiver said
    (told,) = desk.facts(FactKind.RESOLVE)
    assert told["by"] == "bus-supervisor"
    assert (told["message"], told["verdict"], told["reason"]) == (number, "arrived", "电话核实")


def test_what_was_lost_goes_to_the_next_address(desk: SmallOffice, smtp: SmtpServer) -> None:
    number = doubt(desk, smtp, MAIL, OTHER)
    follower = say(desk, number, Verdict.LOST).follower
    assert follower is not None
    assert desk.deliver(MORNING) == Delivered(accepted=1)
    assert [mail.recipient for mail in smtp.mails] == [MAIL[1], OTHER[1]]
    assert "改由本渠道送达" in smtp.mails[1].text
    with reading(desk.place.engine) as session:
        whole = letter(session, number)
    assert (whole.state, whole.followed_by) == (MessageState.REFUSED, follower.id)


def test_what_was_lost_leaves_again_where_there_is_no_other_address(desk: SmallOffice, smtp: SmtpServer) -> None:
    number = doubt(desk, smtp, MAIL)
    say(desk, number, Verdict.LOST)
    assert desk.deliver(MORNING) == Delivered(accepted=1)
    first, second = smtp.mails
    assert first.message_id != second.message_id
    assert second.text.startswith("（此前一次发送未能送达，现重新发送。）")


def test_a_copy_leaves_under_the_same_key_and_is_marked(desk: SmallOffice, smtp: SmtpServer) -> None:
    number = doubt(desk, smtp, MAIL, OTHER)
    say(desk, number, Verdict.RESEND)
    assert desk.deliver(MORNING) == Delivered(accepted=1)
    first, second = smtp.mails
    assert first.message_id == second.message_id
    assert str(second.message["Subject"]).startswith("（可能重复）")
    with reading(desk.place.engine) as session:
        assert [one.id for one in messages(session, final=True) if one.state is MessageState.IN_DOUBT] == []


def test_only_a_supervisor_resolves(desk: SmallOffice, smtp: SmtpServer) -> None:
    number = doubt(desk, smtp, MAIL)
    with pytest.raises(Refused, match="Only a supervisor resolves what is in doubt; bus-head is none on 2023-12-25"):
        say(desk, number, Verdict.ARRIVED, by="bus-head")
    assert desk.messages(MessageState.IN_DOUBT) != []
    assert desk.facts(FactKind.RESOLVE) == []


def test_only_what_is_in_doubt_is_resolved_and_only_once(desk: SmallOffice, smtp: SmtpServer) -> None:
    number = doubt(desk, smtp, MAIL)
    with pytest.raises(UnknownMessage, match="No message has the number 99"):
        say(desk, 99, Verdict.ARRIVED)
    follower = say(desk, number, Verdict.RESEND).follower
    assert follower is not None
    with pytest.raises(Refused, match=f"Message {number} was sent again as message {follower.id}; resolve that one"):
        say(desk, number, Verdict.ARRIVED)
    with pytest.raises(Refused, match=f"Message {follower.id} is held; only what is in doubt"):
        say(desk, id_of(follower), Verdict.LOST)


def test_no_copy_goes_to_an_address_that_is_disabled(desk: SmallOffice, smtp: SmtpServer) -> None:
    number = doubt(desk, smtp, MAIL)
    with desk.changing() as session:
        desk.readdress(session, "local-li")
    with pytest.raises(Refused, match=r"The address mail li@office\.example is not in use any more; say 'lost'"):
        say(desk, number, Verdict.RESEND)
    assert say(desk, number, Verdict.LOST).follower is None
    assert desk.messages(MessageState.IN_DOUBT) == []
