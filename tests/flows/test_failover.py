from __future__ import annotations

import itertools
import threading
from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlmodel import Session, col, select

from config import wording
from flows.deliver import Delivered, deliver
from models.audit.letters import wrong_letters
from models.audit.staff import Staff
from models.audit.waiting import Openings
from models.commands.address import disable_address
from models.commands.failover import COPY_AFTER
from models.commands.leases import LEASE, Choice, claim
from models.commands.receipts import BACKOFF
from models.database import connected, open_database, reading
from models.failover import Failover
from models.office import Address
from models.vocabulary import FactKind, InDoubt, MessageState, Onward, Outcome
from tests.desk import MONDAY, ZONE, SmallOffice, at, workplace
from tests.factory import actor
from tests.receivers import hook_url, mail_url
from tests.servers.http import Answer, HttpServer
from tests.servers.http import Behaviour as Http
from tests.servers.scripted import refused_address
from tests.servers.smtp import Behaviour as Smtp
from tests.servers.smtp import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Engine

    from models.outbox import Message

MORNING, LATER = at(MONDAY, time(9)), at(MONDAY + timedelta(days=9), time(9))
MAIL, OTHER = ("mail", "li@office.example"), ("mail", "li@elsewhere.example")


@pytest.fixture
def desk(engine: Engine, tmp_path: Path, smtp: SmtpServer, http: HttpServer) -> Iterator[SmallOffice]:
    """An office whose messages, when the test is over, the audit finds in order."""
    desk = SmallOffice(engine, tmp_path)
    desk.open_channels(mail=mail_url(smtp.address), hook=hook_url(http.address))
    yield desk
    with reading(engine) as session:
        assert [str(one) for one in wrong_letters(session, Staff(session), Openings(LATER, LATER, ZONE))] == []


def owe(desk: SmallOffice, *reached_at: tuple[str, str], slug: str = "li") -> None:
    """Owe something to a new person who is reached at these addresses."""
    desk.owe("local", slug)
    with desk.changing() as session:
        desk.readdress(session, f"local-{slug}", *reached_at)
    desk.night(MONDAY)


def resend(desk: SmallOffice) -> None:
    """Let the policy send what is in doubt once more."""
    policy = replace(desk.place.policy, failover=Failover(4, InDoubt.RESEND))
    desk.place = replace(desk.place, policy=policy)


def chain(desk: SmallOffice) -> list[tuple[str, MessageState]]:
    """Return the messages that left or are to leave, in order, by target and state."""
    return [(one.target, one.state) for one in desk.messages() if one.state is not MessageState.WITHDRAWN]


def last(desk: SmallOffice) -> Message:
    return desk.messages()[-1]


def disabled(desk: SmallOffice) -> dict[str, str]:
    """Return why addresses are disabled, by target."""
    with reading(desk.place.engine) as session:
        dead = select(Address).where(col(Address.disabled_at).is_not(None))
        return {one.target: one.disabled_because for one in session.exec(dead).all()}


# to the next address


def test_what_one_address_refuses_for_good_arrives_at_the_next_and_says_so(
    desk: SmallOffice, smtp: SmtpServer
) -> None:
    owe(desk, MAIL, OTHER)
    smtp.behave(Smtp.REFUSE, MAIL[1])
    assert desk.deliver(MORNING) == Delivered(accepted=1, refused=1)
    assert chain(desk) == [(MAIL[1], MessageState.REFUSED), (OTHER[1], MessageState.ACCEPTED)]
    first, second = desk.messages()[-2:]
    (mail,) = smtp.mails
    assert mail.message_id == f"<{second.key}@duban>"
    assert mail.text.startswith("（此前发往邮箱l***@office.example未能送达，改由本渠道送达。）\n\n")
    assert MAIL[1] not in mail.text
    assert mail.text.endswith(first.body)
    assert second.instead_of == first.id
    assert {one.message_id for one in desk.reminders()} == {second.id}


def test_the_ledger_tells_where_it_went_and_what_it_carries(desk: SmallOffice, smtp: SmtpServer) -> None:
    owe(desk, MAIL, OTHER)
    smtp.behave(Smtp.REFUSE, MAIL[1])
    desk.deliver(MORNING)
    first, second = desk.messages()[-2:]
    (told,) = desk.facts(FactKind.REDIRECT)
    assert (told["key"], told["before"], told["target"]) == (second.key, first.key, OTHER[1])
    (was, now) = desk.facts(FactKind.COMPOSE)
    assert (was["key"], now["key"]) == (first.key, second.key)
    assert was["reminders"] == now["reminders"] != []


def test_an_address_that_refused_for_good_is_disabled_in_the_receivers_words(
    desk: SmallOffice, smtp: SmtpServer
) -> None:
    owe(desk, MAIL, OTHER)
    smtp.behave(Smtp.REFUSE, MAIL[1])
    desk.deliver(MORNING)
    assert disabled(desk) == {MAIL[1]: "550 5.1.1 No such mailbox"}
    (told,) = desk.facts(FactKind.ADDRESS)
    assert (told["change"], told["target"], told["reason"]) == ("disabled", MAIL[1], "550 5.1.1 No such mailbox")


def test_the_next_digest_goes_to_the_next_address_at_once(desk: SmallOffice, smtp: SmtpServer) -> None:
    owe(desk, MAIL, OTHER)
    smtp.behave(Smtp.REFUSE, MAIL[1])
    desk.deliver(MORNING)
    later = LATER.date()
    desk.night(later)
    assert last(desk).target == OTHER[1]
    assert last(desk).instead_of is None


def test_a_refusal_that_is_not_about_the_address_moves_on_but_disables_nothing(
    desk: SmallOffice, smtp: SmtpServer, http: HttpServer
) -> None:
    owe(desk, ("hook", "li"), OTHER)
    http.behave(Answer(404))
    desk.deliver(MORNING)
    assert chain(desk) == [("li", MessageState.REFUSED), (OTHER[1], MessageState.ACCEPTED)]
    assert disabled(desk) == {}
    assert len(smtp.mails) == 1


def test_after_so_many_passing_failures_the_next_address_has_its_turn(desk: SmallOffice, smtp: SmtpServer) -> None:
    owe(desk, MAIL, OTHER)
    smtp.behave(Smtp.DEFER, MAIL[1])
    moment = MORNING
    for wait in BACKOFF[:3]:
        assert desk.deliver(MORNING, lambda: moment) == Delivered(retry=1)  # noqa: B023 - called at once
        moment += wait
    assert desk.deliver(MORNING, lambda: moment) == Delivered(retry=1, accepted=1)
    assert chain(desk) == [(MAIL[1], MessageState.REFUSED), (OTHER[1], MessageState.ACCEPTED)]
    assert disabled(desk) == {}
    assert [mail.recipient for mail in smtp.mails] == [OTHER[1]]


def test_a_channel_that_is_down_is_passed_over_and_its_addresses_stay_in_use(
    desk: SmallOffice, smtp: SmtpServer
) -> None:
    holder, closed = refused_address()
    with holder:
        desk.open_channels(
            mail=f"mailto://{smtp.address}?from=duban@office.example", hook=f"json://{closed}/in?rto=5"
        )
        owe(desk, ("hook", "li"), MAIL)
        moment = MORNING
        for wait in BACKOFF[:4]:
            desk.deliver(MORNING, lambda: moment)  # noqa: B023 - called at once
            moment += wait
    assert chain(desk) == [("li", MessageState.REFUSED), (MAIL[1], MessageState.ACCEPTED)]
    assert disabled(desk) == {}


def test_where_all_addresses_are_dead_it_is_refused_and_what_comes_later_waits(
    desk: SmallOffice, smtp: SmtpServer
) -> None:
    owe(desk, MAIL, OTHER)
    smtp.behave(Smtp.REFUSE)
    assert desk.deliver(MORNING) == Delivered(refused=2)
    assert chain(desk) == [(MAIL[1], MessageState.REFUSED), (OTHER[1], MessageState.REFUSED)]
    assert set(disabled(desk)) == {MAIL[1], OTHER[1]}
    assert desk.night(MONDAY + timedelta(days=9)).unreachable == 1
    assert [one for one, state in chain(desk) if state is MessageState.HELD] == ["bus-deputy"]


def test_a_person_without_an_address_is_written_to_when_there_is_one(desk: SmallOffice, smtp: SmtpServer) -> None:
    desk.owe("local", "li")
    with desk.changing() as session:
        desk.readdress(session, "local-li")
    composed = desk.night(MONDAY)
    assert (composed.messages, composed.withdrawn, composed.unreachable) == (0, 1, 1)
    with desk.changing() as session:
        desk.readdress(session, "local-li", MAIL)
    assert desk.night(MONDAY).unreachable == 0
    assert desk.deliver(MORNING) == Delivered(accepted=1)
    assert [mail.recipient for mail in smtp.mails] == [MAIL[1]]


def test_a_dead_address_in_the_middle_of_a_batch_holds_nobody_up(desk: SmallOffice, smtp: SmtpServer) -> None:
    for number in range(5):
        owe(desk, ("mail", f"p{number}@office.example"), ("mail", f"p{number}@elsewhere.example"), slug=f"p{number}")
    smtp.behave(Smtp.REFUSE, "p2@office.example")
    assert desk.deliver(MORNING) == Delivered(accepted=5, refused=1)
    assert sorted(mail.recipient for mail in smtp.mails) == [
        *(f"p{number}@office.example" for number in (0, 1)),
        "p2@elsewhere.example",
        *(f"p{number}@office.example" for number in (3, 4)),
    ]


def test_two_workers_move_each_message_on_once(
    desk: SmallOffice, smtp: SmtpServer, http: HttpServer, migrated_url: str
) -> None:
    for number in range(12):
        owe(desk, ("mail", f"p{number}@office.example"), ("hook", f"p{number}"), slug=f"p{number}")
    for number in range(0, 12, 2):
        smtp.behave(Smtp.REFUSE, f"p{number}@office.example")
    urls = {name: url.get_secret_value() for name, url in desk.place.settings.channels.items()}
    both_have_begun = threading.Barrier(2, timeout=30)
    done: list[Delivered] = []

    def work() -> None:
        place = workplace(open_database(migrated_url), desk.place.settings.home, urls)
        readings = itertools.count()

        def clock() -> datetime:
            if next(readings) == 0:
                both_have_begun.wait()
            return MORNING

        done.append(deliver(place, MORNING, clock))
        place.engine.dispose()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(one.accepted for one in done) == 12
    assert len(smtp.mails) == 6
    assert sorted(str(post.body["target"]) for post in http.posts) == sorted(f"p{n}" for n in range(0, 12, 2))


# addresses disabled by hand


def disable(desk: SmallOffice, slug: str, channel: str, target: str) -> None:
    with desk.changing() as session:
        disable_address(session, f"local-{slug}", channel, target, "换号", actor(session, "bus-supervisor", MONDAY))


def test_a_held_digest_follows_the_person_to_the_next_address(desk: SmallOffice, smtp: SmtpServer) -> None:
    owe(desk, MAIL, OTHER)
    disable(desk, "li", *MAIL)
    desk.compose(MORNING)
    assert desk.deliver(MORNING) == Delivered(accepted=1)
    assert [mail.recipient for mail in smtp.mails] == [OTHER[1]]
    assert "未能送达" not in smtp.mails[0].text


def test_what_was_held_and_not_composed_anew_changes_its_address_too(desk: SmallOffice, smtp: SmtpServer) -> None:
    owe(desk, MAIL, OTHER)
    disable(desk, "li", *MAIL)
    assert desk.deliver(MORNING) == Delivered(accepted=1)
    assert [mail.recipient for mail in smtp.mails] == [OTHER[1]]
    (told,) = desk.facts(FactKind.REDIRECT)
    assert (told["key"], told["target"]) == (last(desk).key, OTHER[1])


def test_what_was_tried_goes_on_from_an_address_that_was_disabled_meanwhile(
    desk: SmallOffice, smtp: SmtpServer
) -> None:
    owe(desk, MAIL, OTHER)
    smtp.behave(Smtp.DEFER, MAIL[1])
    desk.deliver(MORNING)
    disable(desk, "li", *MAIL)
    assert desk.deliver(MORNING) == Delivered(accepted=1)
    assert chain(desk) == [(MAIL[1], MessageState.REFUSED), (OTHER[1], MessageState.ACCEPTED)]


def test_where_the_only_address_was_disabled_nothing_leaves_and_that_is_on_record(
    desk: SmallOffice, smtp: SmtpServer
) -> None:
    owe(desk, MAIL)
    disable(desk, "li", *MAIL)
    assert desk.deliver(MORNING) == Delivered()
    assert chain(desk) == [(MAIL[1], MessageState.REFUSED)]
    assert smtp.mails == []
    assert {"key": last(desk).key, "reason": "unreachable"}.items() <= desk.facts(FactKind.WITHHOLD)[-1].items()


# in doubt


def test_what_is_in_doubt_is_held_by_default_although_there_is_another_address(
    desk: SmallOffice, smtp: SmtpServer
) -> None:
    owe(desk, MAIL, OTHER)
    smtp.behave(Smtp.DROP_AFTER_DOT, MAIL[1])
    assert desk.deliver(MORNING) == Delivered(in_doubt=1)
    assert desk.deliver(MORNING, lambda: MORNING + timedelta(days=1)) == Delivered()
    assert chain(desk) == [(MAIL[1], MessageState.IN_DOUBT)]


def test_a_second_copy_leaves_under_the_same_key_and_says_what_it_is(desk: SmallOffice, smtp: SmtpServer) -> None:
    resend(desk)
    owe(desk, MAIL, OTHER)
    smtp.behave(Smtp.DROP_AFTER_DOT, MAIL[1])
    assert desk.deliver(MORNING) == Delivered(in_doubt=1)
    smtp.behave(Smtp.ACCEPT, MAIL[1])
    assert desk.deliver(MORNING) == Delivered()
    assert desk.deliver(MORNING, lambda: MORNING + COPY_AFTER) == Delivered(accepted=1)
    assert chain(desk) == [(MAIL[1], MessageState.IN_DOUBT), (MAIL[1], MessageState.ACCEPTED)]
    first, second = smtp.mails
    assert first.message_id == second.message_id  # so that a receiver who honours it keeps one
    assert str(second.message["Subject"]) == f"（可能重复）{first.message['Subject']}"
    assert second.text.startswith("（可能重复：此前一次发送未获确认，现再次发送；如已收到，请忽略本条。）")
    assert last(desk).key not in second.message_id
    (told,) = desk.facts(FactKind.REDIRECT)
    assert told["onward"] == Onward.COPY


def test_a_copy_in_doubt_is_left_to_people(desk: SmallOffice, http: HttpServer) -> None:
    resend(desk)
    owe(desk, ("hook", "li"))
    http.behave(Http.DROP)
    moment = MORNING
    for _ in range(4):
        desk.deliver(MORNING, lambda: moment)  # noqa: B023 - called at once
        moment += timedelta(hours=1)
    assert chain(desk) == [("li", MessageState.IN_DOUBT)] * 2
    assert len({post.key for post in http.posts}) == 1


def test_a_dead_workers_mail_is_sent_again_where_the_policy_says_so(desk: SmallOffice, smtp: SmtpServer) -> None:
    resend(desk)
    owe(desk, MAIL)
    with connected(desk.place.engine) as connection, connection.begin(), Session(connection) as session:
        claim(session, "dead", Choice(MORNING, (), urgent_only=False, size=100), MORNING)
        session.flush()
    back = MORNING + 2 * LEASE
    assert desk.deliver(MORNING, lambda: back).in_doubt == 1
    assert desk.deliver(MORNING, lambda: back + COPY_AFTER) == Delivered(accepted=1)
    assert len(smtp.mails) == 1


# broken off


class PowerCut(BaseException):
    """What a test breaks a delivery off with, as Ctrl-C does."""


def test_a_delivery_that_is_broken_off_keeps_its_receipts_and_gives_back_the_rest(
    desk: SmallOffice, smtp: SmtpServer
) -> None:
    for number in range(6):
        owe(desk, ("mail", f"p{number}@office.example"), slug=f"p{number}")
    readings = itertools.count()

    def clock() -> datetime:
        if next(readings) == 4:  # taking back, leasing, two receipts; then Ctrl-C before the third is noted
            raise PowerCut
        return MORNING

    with pytest.raises(PowerCut):
        desk.deliver(MORNING, clock)
    assert [state for _, state in chain(desk)] == [
        *[MessageState.ACCEPTED] * 2,
        MessageState.IN_DOUBT,
        *[MessageState.HELD] * 3,
    ]
    assert [attempt.outcome for attempt in desk.attempts()] == [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.IN_DOUBT]
    assert desk.deliver(MORNING) == Delivered(accepted=3)
    assert len(smtp.mails) == 6


# the words


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("li@office.example", "l***@office.example"),
        ("a@office.example", "***@office.example"),
        ("+86 138-0000-1234", "1234"),
        ("wang-xiaoming", ""),
        ("12345", ""),
    ],
)
def test_of_an_address_only_so_much_is_said_as_its_owner_needs(target: str, shown: str) -> None:
    assert wording.hint(target).shown == shown


BEFORE = wording.Before("题", "文\n", wording.hint("+86 138-0000-1234"), attached=False)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("onward", list(Onward))
def test_what_follows_a_message_keeps_its_text_and_says_why_it_comes(locale: str, onward: Onward) -> None:
    subject, body = wording.onward(BEFORE, onward, locale)
    assert subject.endswith("题")
    note, rest = body.split("\n\n")
    assert rest == "文\n"
    assert ("1234" in note) is (onward is Onward.NEXT)
    assert "0000" not in note
