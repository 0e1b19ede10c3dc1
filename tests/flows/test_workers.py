from __future__ import annotations

import itertools
import threading
from collections import Counter
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlmodel import Session

from flows.channels import Envelope, open_channel
from flows.deliver import Delivered, deliver, wording_onward
from flows.postoffice import PATIENCE
from models.commands.leases import LEASE, Choice, Dispatch, claim, give_back
from models.commands.receipts import BACKOFF, Settled, recover, settle
from models.database import connected, open_database
from models.failover import Failover
from models.vocabulary import FactKind, InDoubt, MessageState, Outcome
from tests.desk import MONDAY, SmallOffice, at, workplace
from tests.receivers import addresses, copies, hook_url, mail_url
from tests.servers.http import HttpServer
from tests.servers.scripted import refused_address
from tests.servers.smtp import Behaviour as Smtp
from tests.servers.smtp import SmtpServer

if TYPE_CHECKING:
    from datetime import datetime


MORNING = at(MONDAY, time(9))
HOLD = Failover(4, InDoubt.HOLD)


# one for all, none for the other


@pytest.mark.parametrize(
    "behaviour", [Smtp.REFUSE, Smtp.DEFER, Smtp.HANG_AT_RECIPIENT, Smtp.DROP_AT_RECIPIENT, Smtp.DROP_AFTER_DOT]
)
def test_a_bad_address_does_not_hold_up_the_others(desk: SmallOffice, smtp: SmtpServer, behaviour: Smtp) -> None:
    desk.open_channels(mail=mail_url(smtp.address, rto=2))
    everybody = addresses(20)
    smtp.behave(behaviour, everybody[1])
    desk.owe("mail", *everybody)
    assert desk.deliver(MORNING).accepted == len(everybody) - 1
    assert desk.states()[everybody[1]] is not MessageState.ACCEPTED
    arrived = copies(smtp, desk)
    del arrived[everybody.pop(1)]
    assert arrived == dict.fromkeys(everybody, 1)


def test_a_server_that_greylists_everybody_is_no_channel_that_fails(desk: SmallOffice, smtp: SmtpServer) -> None:
    desk.open_channels(mail=mail_url(smtp.address))
    smtp.behave(Smtp.GREYLIST)
    desk.owe("mail", *addresses(20))
    assert desk.deliver(MORNING) == Delivered(retry=20)
    assert desk.deliver(MORNING, lambda: MORNING + BACKOFF[0]) == Delivered(accepted=20)


def test_a_channel_that_fails_rests_and_its_untried_messages_are_as_they_were(desk: SmallOffice) -> None:
    holder, nowhere = refused_address()
    with holder:
        desk.open_channels(mail=mail_url(nowhere))
        desk.owe("mail", *addresses(20))
        desk.owe("local", "head", "deputy")
        before = desk.messages()
        delivered = desk.deliver(MORNING)
    assert delivered == Delivered(accepted=2, retry=PATIENCE, held=20 - PATIENCE, resting=["mail"])
    assert desk.messages()[PATIENCE:20] == before[PATIENCE:20]
    assert len(desk.attempts()) == PATIENCE + 2
    assert len(desk.facts(FactKind.COMPOSE)) == len(desk.facts(FactKind.RECEIPT)) == PATIENCE + 2


def test_after_the_rest_everything_arrives_once(desk: SmallOffice, smtp: SmtpServer) -> None:
    holder, nowhere = refused_address()
    with holder:
        desk.open_channels(mail=mail_url(nowhere))
        desk.owe("mail", *addresses(20))
        desk.deliver(MORNING)
    desk.open_channels(mail=mail_url(smtp.address))
    assert desk.deliver(MORNING, lambda: MORNING + BACKOFF[0]) == Delivered(accepted=20)
    assert copies(smtp, desk) == dict.fromkeys(addresses(20), 1)


def test_a_retry_that_a_resting_channel_gives_back_keeps_its_turn(desk: SmallOffice) -> None:
    holder, nowhere = refused_address()
    with holder:
        desk.open_channels(mail=mail_url(nowhere))
        desk.owe("mail", *addresses(PATIENCE))
        desk.deliver(MORNING)
        desk.owe("mail", "one-more@office.example")
        desk.deliver(MORNING, lambda: MORNING + BACKOFF[0])
        before = desk.messages()[-1]
        desk.deliver(MORNING, lambda: MORNING + timedelta(hours=1))
    assert desk.messages()[-1] == before
    assert [message.tries for message in desk.messages()] == [3, 3, 3, 0]


# several workers, living and dead


def test_two_workers_at_once_send_nothing_twice(
    desk: SmallOffice, migrated_url: str, smtp: SmtpServer, http: HttpServer
) -> None:
    count = 20
    channels = {"mail": mail_url(smtp.address), "hook": hook_url(http.address)}
    desk.open_channels(**channels)
    desk.owe("mail", *addresses(count))
    desk.owe("hook", *addresses(count))
    desk.owe("local", *addresses(count))
    both_have_begun = threading.Barrier(2, timeout=30)
    accepted: list[int] = []

    def work() -> None:
        place = workplace(open_database(migrated_url), desk.place.settings.home, channels)
        readings = itertools.count()

        def clock() -> datetime:
            if next(readings) == 2:  # after recovering and leasing: now the first message is sent
                both_have_begun.wait()
            return MORNING

        accepted.append(deliver(place, MORNING, clock).accepted)
        place.engine.dispose()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(accepted) == 3 * count
    assert all(accepted)
    assert len(desk.attempts()) == len(smtp.mails) + len(http.posts) + count == 3 * count
    kept = Counter(mail.message_id for mail in smtp.mails)
    assert all(kept[f"<{m.key}@duban>"] == 1 for m in desk.messages() if m.channel == "mail")
    assert all(http.copies(m.key) == 1 for m in desk.messages() if m.channel == "hook")
    assert [len(desk.mailbox(target)) for target in addresses(count)] == [1] * count


def lease(desk: SmallOffice) -> list[Dispatch]:
    """Take everything as a worker would that is then never heard of again."""
    with connected(desk.place.engine) as connection, connection.begin(), Session(connection) as session:
        taken = claim(session, "dead", Choice(MORNING, (), urgent_only=False, size=100), MORNING)
        session.flush()
    return taken


def send(desk: SmallOffice, dispatch: Dispatch) -> None:
    envelope = Envelope(
        dispatch.key, dispatch.target, dispatch.recipient, dispatch.subject, dispatch.body, dispatch.composed_at
    )
    url = desk.place.settings.channel_url(dispatch.channel)
    assert url is not None
    with open_channel(url) as channel:
        channel.send(envelope)


def test_while_a_lease_runs_nobody_else_sends(desk: SmallOffice) -> None:
    desk.owe("local", "head")
    lease(desk)
    assert desk.deliver(MORNING, lambda: MORNING + LEASE) == Delivered()
    assert desk.states() == {"head": MessageState.SENDING}


@pytest.mark.parametrize("sent", [False, True])
def test_a_mail_that_a_worker_died_over_is_in_doubt(desk: SmallOffice, smtp: SmtpServer, *, sent: bool) -> None:
    desk.open_channels(mail=mail_url(smtp.address))
    desk.owe("mail", "p@office.example")
    (dispatch,) = lease(desk)
    if sent:
        send(desk, dispatch)
    assert desk.deliver(MORNING, lambda: MORNING + LEASE + timedelta(seconds=1)) == Delivered(in_doubt=1)
    assert desk.states() == {"p@office.example": MessageState.IN_DOUBT}
    assert [attempt.outcome for attempt in desk.attempts()] == [Outcome.IN_DOUBT]
    assert [fact["outcome"] for fact in desk.facts(FactKind.RECEIPT)] == [Outcome.IN_DOUBT]
    assert copies(smtp, desk) == {"p@office.example": int(sent)}
    assert len(desk.facts(FactKind.COMPOSE)) == 1


@pytest.mark.parametrize("sent", [False, True])
def test_a_maildir_gets_what_a_worker_died_over_exactly_once(desk: SmallOffice, *, sent: bool) -> None:
    desk.owe("local", "head")
    (dispatch,) = lease(desk)
    if sent:
        send(desk, dispatch)
    delivered = desk.deliver(MORNING, lambda: MORNING + LEASE + timedelta(seconds=1))
    assert delivered == Delivered(accepted=1, in_doubt=1)
    assert [attempt.outcome for attempt in desk.attempts()] == [Outcome.IN_DOUBT, Outcome.ACCEPTED]
    assert len(desk.mailbox("head")) == 1
    assert len(desk.facts(FactKind.COMPOSE)) == 1


def test_a_worker_that_comes_back_late_tells_the_truth_and_gives_nothing_back(desk: SmallOffice) -> None:
    desk.owe("local", "head", "deputy")
    late, untried = lease(desk)
    back, word = MORNING + 2 * LEASE, wording_onward(desk.place)
    with connected(desk.place.engine) as connection, connection.begin(), Session(connection) as session:
        assert recover(session, (), HOLD, word, back) == 2
        settle(session, [Settled(late, Outcome.ACCEPTED, "250 ok", back)], HOLD, word)
        give_back(session, [untried])
        session.flush()
    assert desk.states() == {"head": MessageState.ACCEPTED, "deputy": MessageState.IN_DOUBT}
    assert [attempt.outcome for attempt in desk.attempts()] == [Outcome.ACCEPTED, Outcome.IN_DOUBT]
    assert len(desk.facts(FactKind.COMPOSE)) == 2
