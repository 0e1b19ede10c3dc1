from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import SQLModel

from flows.deliver import Delivered
from models.commands.receipts import BACKOFF
from models.database import reading
from models.vocabulary import FactKind, MessageState, Outcome
from tests.desk import MONDAY, SmallOffice, at
from tests.receivers import HASTY, PATIENT, copies, hook_url, mail_url
from tests.servers.http import Answer, HttpServer
from tests.servers.http import Behaviour as Http
from tests.servers.scripted import refused_address
from tests.servers.smtp import Behaviour as Smtp
from tests.servers.smtp import SmtpServer

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

MORNING = at(MONDAY, time(9))
SECRET = "Pa55 über/wort"
TOKEN = "t0ken-of-the-hook"


# the receiver's own word


def on_record(desk: SmallOffice) -> tuple[MessageState, Outcome | None, Any, str]:
    """Return what message, attempt and ledger say of the one attempt there was, and the detail."""
    (message,) = desk.messages()
    (attempt,) = desk.attempts()
    (fact,) = desk.facts(FactKind.RECEIPT)
    assert (fact["key"], fact["attempt"], fact["detail"]) == (message.key, 1, attempt.detail)
    return message.state, attempt.outcome, fact["outcome"], attempt.detail


@pytest.mark.parametrize(
    ("behaviour", "outcome", "kept", "detail"),
    [
        (Smtp.ACCEPT, Outcome.ACCEPTED, 1, "250 2.0.0 Ok: queued as 1"),
        (Smtp.DEFER, Outcome.RETRY, 0, "451 4.3.0 Mailbox busy"),
        (Smtp.DROP_AT_RECIPIENT, Outcome.RETRY, 0, "nothing was sent"),
        (Smtp.HANG_AT_RECIPIENT, Outcome.RETRY, 0, "nothing was sent"),
        (Smtp.REFUSE, Outcome.REFUSED, 0, "550 5.1.1 No such mailbox"),
        (Smtp.REFUSE_MAIL, Outcome.REFUSED, 0, "554 5.6.0 Content not wanted"),
        (Smtp.HANG_AFTER_DOT, Outcome.IN_DOUBT, 1, "no answer"),
        (Smtp.DROP_AFTER_DOT, Outcome.IN_DOUBT, 1, "no answer"),
    ],
)
def test_what_a_mail_server_answers_is_on_record_everywhere(
    desk: SmallOffice, smtp: SmtpServer, behaviour: Smtp, outcome: Outcome, kept: int, detail: str
) -> None:
    hangs = behaviour in {Smtp.HANG_AT_RECIPIENT, Smtp.HANG_AFTER_DOT}
    desk.open_channels(mail=mail_url(smtp.address, rto=HASTY if hangs else PATIENT))
    smtp.behave(behaviour)
    desk.owe("mail", "p@office.example")
    delivered = desk.deliver(MORNING)
    state, tried, told, said = on_record(desk)
    assert (state, tried, told) == (MessageState(outcome), outcome, outcome)
    assert getattr(delivered, outcome) == 1
    assert detail in said
    assert copies(smtp, desk) == {"p@office.example": kept}


@pytest.mark.parametrize(
    ("behaviour", "outcome", "detail"),
    [
        (Answer(), Outcome.ACCEPTED, "200 OK"),
        (Answer(503), Outcome.RETRY, "503"),
        (Answer(200, '{"errcode": 45009, "errmsg": "api freq out of limit"}'), Outcome.RETRY, "freq out of limit"),
        (Answer(200, '{"errcode": 93000, "errmsg": "invalid webhook url"}'), Outcome.REFUSED, "invalid webhook url"),
        (Answer(404), Outcome.REFUSED, "404"),
        (Http.HANG, Outcome.IN_DOUBT, "no answer"),
        (Http.DROP, Outcome.IN_DOUBT, "no answer"),
        (Http.CUT_ANSWER, Outcome.IN_DOUBT, "no answer"),
    ],
)
def test_what_a_webhook_answers_is_on_record_everywhere(
    desk: SmallOffice, http: HttpServer, behaviour: Answer | Http, outcome: Outcome, detail: str
) -> None:
    desk.open_channels(hook=hook_url(http.address, HASTY if behaviour is Http.HANG else PATIENT))
    http.behave(behaviour)
    desk.owe("hook", "p")
    delivered = desk.deliver(MORNING)
    state, tried, told, said = on_record(desk)
    assert (state, tried, told) == (MessageState(outcome), outcome, outcome)
    assert getattr(delivered, outcome) == 1
    assert detail in said
    assert [post.key for post in http.posts] == [desk.messages()[0].key]


def test_a_maildir_keeps_what_is_accepted(desk: SmallOffice) -> None:
    desk.owe("local", "head")
    assert desk.deliver(MORNING) == Delivered(accepted=1)
    assert on_record(desk)[:3] == (MessageState.ACCEPTED, Outcome.ACCEPTED, Outcome.ACCEPTED)
    (mail,) = desk.mailbox("head")
    assert desk.messages()[0].key in mail.read_text()


def test_a_mailbox_that_cannot_be_one_is_refused(desk: SmallOffice) -> None:
    desk.owe("local", "../../etc")
    assert desk.deliver(MORNING).refused == 1
    assert on_record(desk)[0] is MessageState.REFUSED


def test_a_channel_that_the_settings_do_not_name_is_tried_again_when_they_do(desk: SmallOffice) -> None:
    desk.owe("pigeon", "head")
    assert desk.deliver(MORNING).retry == 1
    assert "no channel is called 'pigeon'" in on_record(desk)[3]
    desk.open_channels(pigeon=f"maildir://{desk.place.settings.home}/pigeons")
    assert desk.deliver(MORNING, lambda: MORNING + BACKOFF[0]).accepted == 1


def test_what_left_is_in_the_ledger_with_its_hash_and_reminders(desk: SmallOffice) -> None:
    desk.owe("local", "head")
    desk.deliver(MORNING)
    (message,) = desk.messages()
    (fact,) = desk.facts(FactKind.COMPOSE)
    assert (fact["key"], fact["target"], fact["subject"]) == (message.key, "head", message.subject)
    assert fact["reminders"] == [reminder.id for reminder in desk.reminders()]


# trying again


def test_each_try_waits_longer_and_after_the_last_the_message_is_refused(desk: SmallOffice, http: HttpServer) -> None:
    desk.open_channels(hook=hook_url(http.address))
    http.behave(Answer(503))
    desk.owe("hook", "p")
    moment = MORNING
    for wait in BACKOFF:
        assert desk.deliver(MORNING, lambda: moment).retry == 1  # noqa: B023 - called at once
        moment += wait
        assert desk.messages()[0].next_try_at == moment
        too_early = moment - timedelta(seconds=1)
        assert desk.deliver(MORNING, lambda: too_early) == Delivered()  # noqa: B023
    assert desk.deliver(MORNING, lambda: moment).retry == 1
    assert desk.states() == {"p": MessageState.REFUSED}
    assert desk.deliver(MORNING, lambda: moment + timedelta(days=30)) == Delivered()
    assert [attempt.number for attempt in desk.attempts()] == list(range(1, len(BACKOFF) + 2))
    assert len(desk.facts(FactKind.RECEIPT)) == len(BACKOFF) + 1


def test_every_attempt_at_a_message_carries_the_same_key(desk: SmallOffice, http: HttpServer) -> None:
    desk.open_channels(hook=hook_url(http.address))
    http.behave(Answer(503))
    desk.owe("hook", "p")
    desk.deliver(MORNING)
    http.behave(Answer())
    desk.deliver(MORNING, lambda: MORNING + BACKOFF[0])
    first, second = http.posts
    assert first == second
    assert first.key == desk.messages()[0].key
    assert desk.states() == {"p": MessageState.ACCEPTED}


def test_a_greylisted_mail_arrives_once_with_its_message_id(desk: SmallOffice, smtp: SmtpServer) -> None:
    desk.open_channels(mail=mail_url(smtp.address))
    smtp.behave(Smtp.GREYLIST)
    desk.owe("mail", "p@office.example")
    assert desk.deliver(MORNING).retry == 1
    assert desk.deliver(MORNING, lambda: MORNING + BACKOFF[0]).accepted == 1
    assert copies(smtp, desk) == {"p@office.example": 1}


def test_what_is_in_doubt_is_left_to_people(desk: SmallOffice, smtp: SmtpServer) -> None:
    desk.open_channels(mail=mail_url(smtp.address))
    smtp.behave(Smtp.DROP_AFTER_DOT)
    desk.owe("mail", "p@office.example")
    desk.deliver(MORNING)
    smtp.behave(Smtp.ACCEPT)
    assert desk.deliver(MORNING, lambda: MORNING + timedelta(days=1)) == Delivered()
    assert copies(smtp, desk) == {"p@office.example": 1}


# office hours


@pytest.mark.parametrize(
    "moment",
    [
        at(MONDAY, time(8, 39, 59)),
        at(MONDAY, time(17, 30)),
        at(date(2023, 12, 30), time(10)),  # a Saturday
        at(date(2024, 1, 1), time(10)),  # a holiday
    ],
)
def test_out_of_office_hours_nothing_leaves(desk: SmallOffice, moment: datetime) -> None:
    desk.owe("local", "head")
    assert desk.deliver(moment) == Delivered(held=1)
    assert desk.attempts() == []


@pytest.mark.parametrize("moment", [at(MONDAY, time(8, 40)), at(MONDAY, time(17, 29)), at(date(2024, 2, 4))])
def test_in_office_hours_it_leaves_on_a_make_up_sunday_too(desk: SmallOffice, moment: datetime) -> None:
    desk.owe("local", "head")
    assert desk.deliver(moment).accepted == 1


def test_a_retry_waits_for_office_hours_too(desk: SmallOffice, http: HttpServer) -> None:
    desk.open_channels(hook=hook_url(http.address))
    http.behave(Answer(503))
    desk.owe("hook", "p")
    desk.deliver(MORNING)
    assert desk.deliver(at(MONDAY, time(20)), lambda: at(MONDAY, time(20))) == Delivered()
    assert len(http.posts) == 1


# secrets


def test_a_secret_is_nowhere_on_record(
    desk: SmallOffice, http: HttpServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    with SmtpServer(login=("duban", "another")) as smtp:  # which tells whoever comes with a wrong login what it was
        login = "duban:Pa55%20%C3%BCber%2Fwort@"
        holder, nowhere = refused_address()
        with holder:
            desk.open_channels(
                mail=mail_url(smtp.address, login),
                nowhere=mail_url(nowhere, login),
                hook=f"json://duban:Pa55%20%C3%BCber%2Fwort@{http.address}/{TOKEN}?+X-Token={TOKEN}",
                broken=f"mailto://{login}",
                unknown=f"pigeon://{TOKEN}",
            )
            http.behave(Answer(403, f'{{"errmsg": "{TOKEN} is not allowed, {SECRET} neither"}}'))
            for channel in ("mail", "nowhere", "hook", "broken", "unknown"):
                desk.owe(channel, "p@office.example")
            desk.deliver(MORNING)
    assert len(desk.attempts()) == 5
    assert "***" in dump(desk.place.engine)
    said = [dump(desk.place.engine), caplog.text, *capfd.readouterr()]
    said += [file.read_bytes().decode(errors="replace") for file in tmp_path.rglob("*") if file.is_file()]
    for secret in (SECRET, "Pa55", "wort", TOKEN, "UGE1NS"):  # the last is how the password begins in base64
        assert not [text for text in said if secret in text]


def dump(engine: Engine) -> str:
    """Return everything that the database holds, as text."""
    with reading(engine) as session:
        tables = SQLModel.metadata.sorted_tables
        return "\n".join(str(tuple(row)) for table in tables for row in session.connection().execute(table.select()))
