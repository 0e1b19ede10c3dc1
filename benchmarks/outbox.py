"""Sending an outbox: `python -m benchmarks.outbox fill|duban|raw mail|post DATABASE ADDRESS MESSAGES WORKERS`."""

import json
import os
import smtplib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from tempfile import mkdtemp
from zoneinfo import ZoneInfo

import httpx

from benchmarks.process import report
from config.settings import load_settings
from config.workplace import open_workplace
from flows.channels import open_channel
from flows.channels.envelope import Envelope
from flows.channels.letter import Sender, letter
from flows.deliver import deliver
from models.clock import now
from models.database import open_database, upgrade, writing
from models.office import Address, Office, Person
from models.outbox import Message
from models.reminder import Reminder
from models.vocabulary import MessageState, Slip, WatchKind

_FORK = get_context("fork")
SENDER, RECIPIENT = "office@office.example", "局长"
MORNING = datetime(2026, 6, 16, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
SUBJECT = "【督办】3项整改事项请您阅处（督办2项、提醒1项），最长已逾期38天"
BODY = "时限11月17日，已逾期38天\n责任单位：局党组\n请您：过问并协调解决\n" * 5


def main() -> None:
    what, kind, url, address = sys.argv[1:5]
    messages, workers = map(int, sys.argv[5:7])
    if what == "fill":
        _fill(kind, url, messages)
    elif what == "duban":
        os.environ["DUBAN_HOME"] = mkdtemp(prefix="duban-bench-")
        os.environ["DUBAN_DATABASE_URL"] = url
        channel = f"mailto://{address}?from={SENDER}&mode=insecure" if kind == "mail" else f"json://{address}"
        os.environ["DUBAN_CHANNELS"] = json.dumps({kind: channel})
        open_channel(channel)  # imports Apprise, which is no part of the rate
        report(lambda: _together(workers, lambda _: _deliver()))
        Path(os.environ["DUBAN_HOME"]).rmdir()
    else:
        write = _mail if kind == "mail" else _post
        shares = [write(address, range(share, messages, workers)) for share in range(workers)]
        report(lambda: _together(workers, lambda share: shares[share]()))


def _deliver() -> int:
    place = open_workplace(load_settings())
    accepted = deliver(place, MORNING, now).accepted
    place.engine.dispose()
    return accepted


def _together(workers: int, work: Callable[[int], int]) -> Mapping[str, int]:
    """Let so many processes work at once, forked from this one, and add up what they say was accepted."""
    if workers == 1:
        return {"accepted": work(0)}
    queue: SimpleQueue[int] = _FORK.SimpleQueue()
    processes = [
        _FORK.Process(target=lambda share: queue.put(work(share)), args=(share,)) for share in range(workers)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return {"accepted": sum(queue.get() for _ in processes)}


def _envelopes(numbers: Iterable[int]) -> Iterator[Envelope]:
    for number in numbers:
        yield Envelope(
            key=f"{number:032x}",
            target=f"p{number}@office.example",
            recipient=RECIPIENT,
            subject=SUBJECT,
            body=BODY,
            composed_at=MORNING.astimezone(UTC),
        )


def _fill(kind: str, url: str, messages: int) -> None:
    """Put the messages into the outbox of a new database, each the digest of three reminders."""
    upgrade(url)
    engine = open_database(url)
    with writing(engine) as session:
        session.add(Office(slug="bench", name="局", timezone="Asia/Shanghai", calendar="cn", locale="zh_CN"))
        session.add(Person(id=1, slug="head", name=RECIPIENT))
        session.flush()
        session.add(Address(person_id=1, rank=1, channel=kind, target="head@office.example"))
        for number, envelope in enumerate(_envelopes(range(messages)), 1):
            message = Message(
                id=number,
                key=envelope.key,
                person_id=1,
                channel=kind,
                target=envelope.target,
                subject=SUBJECT,
                body=BODY,
                state=MessageState.HELD,
                composed_at=MORNING,
                release_at=MORNING,
            )
            session.add(message)
            session.add_all(
                Reminder(
                    measure_id=number,
                    watch=WatchKind.DELIVERY,
                    anchor=MORNING.date(),
                    step="overdue",
                    repetition=repetition,
                    post_id=1,
                    slip=Slip.URGE,
                    run_id=1,
                    message_id=number,
                )
                for repetition in range(3)
            )
    engine.dispose()


def _mail(address: str, numbers: Iterable[int]) -> Callable[[], int]:
    """Return what sends the same mails, written beforehand, on one connection, and records nothing."""
    host, _, port = address.partition(":")
    sender = Sender("", SENDER)
    mails = [(one.target, letter(one, sender=sender, to=one.target)) for one in _envelopes(numbers)]

    def send() -> int:
        with smtplib.SMTP(host, int(port)) as client:
            for to, content in mails:
                client.sendmail(SENDER, to, content)
        return len(mails)

    return send


def _post(address: str, numbers: Iterable[int]) -> Callable[[], int]:
    """Return what sends the same posts, written beforehand, with one client, and records nothing."""
    posts = [
        (
            json.dumps(_said(one), ensure_ascii=False, default=datetime.isoformat).encode(),
            {"Idempotency-Key": one.key},
        )
        for one in _envelopes(numbers)
    ]

    def send() -> int:
        with httpx.Client(headers={"Content-Type": "application/json; charset=utf-8"}) as client:
            for content, headers in posts:
                client.post(f"http://{address}", content=content, headers=headers).raise_for_status()
        return len(posts)

    return send


def _said(envelope: Envelope) -> dict[str, object]:
    said = asdict(envelope)
    return {name: said[name] for name in ("key", "target", "recipient", "subject", "body", "composed_at")}


if __name__ == "__main__":
    main()
