"""Sending what lies in an outbox: `python -m benchmarks.outbox fill|duban|raw mail|post DATABASE ADDRESS`."""

import json
import os
import smtplib
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx

from benchmarks.process import report
from config.settings import load_settings
from config.workplace import open_workplace
from flows.deliver import deliver
from models.clock import now
from models.database import open_database, upgrade, writing
from models.office import Office, Person
from models.outbox import Message
from models.vocabulary import MessageState

MESSAGES = 2_000
MORNING = datetime(2026, 6, 16, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
SUBJECT = "【督办】3项整改事项请您阅处（督办2项、提醒1项），最长已逾期38天"
BODY = "时限11月17日，已逾期38天\n责任单位：局党组\n请您：过问并协调解决\n" * 5


def main() -> None:
    what, kind, url, address = sys.argv[1:5]
    if what == "fill":
        _fill(kind, url)
    elif what == "duban":
        os.environ["DUBAN_HOME"] = mkdtemp(prefix="duban-bench-")
        os.environ["DUBAN_DATABASE_URL"] = url
        channel = (
            f"mailto://{address}?from=office@office.example&mode=insecure" if kind == "mail" else f"json://{address}"
        )
        os.environ["DUBAN_CHANNELS"] = json.dumps({kind: channel})
        place = open_workplace(load_settings())
        report(lambda: {"accepted": deliver(place, MORNING, now).accepted})
        place.engine.dispose()
        Path(os.environ["DUBAN_HOME"]).rmdir()
    else:
        report((_mail if kind == "mail" else _post)(address))


def _fill(kind: str, url: str) -> None:
    upgrade(url)
    engine = open_database(url)
    with writing(engine) as session:
        session.add(Office(slug="bench", name="局", timezone="Asia/Shanghai", calendar="cn", locale="zh_CN"))
        person = Person(slug="head", name="局长", channel=kind, target="head@office.example")
        session.add(person)
        session.flush()
        for number in range(MESSAGES):
            session.add(
                Message(
                    key=uuid4().hex,
                    person_id=person.id or 0,
                    channel=kind,
                    target=f"p{number}@office.example",
                    subject=SUBJECT,
                    body=BODY,
                    state=MessageState.HELD,
                    composed_at=MORNING,
                    release_at=MORNING,
                )
            )
    engine.dispose()


def _mail(address: str) -> Callable[[], Mapping[str, int]]:
    """Return what sends as many mails, written beforehand, on one connection, and records nothing."""
    host, _, port = address.partition(":")
    mails = []
    for number in range(MESSAGES):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "office@office.example", f"p{number}@office.example", SUBJECT
        mail.set_content(BODY)
        mails.append((mail["To"], mail.as_bytes()))

    def send() -> Mapping[str, int]:
        with smtplib.SMTP(host, int(port)) as client:
            for to, content in mails:
                client.sendmail("office@office.example", to, content)
        return {"accepted": MESSAGES}

    return send


def _post(address: str) -> Callable[[], Mapping[str, int]]:
    """Return what sends as many posts with one client, and records nothing."""

    def send() -> Mapping[str, int]:
        with httpx.Client() as client:
            for number in range(MESSAGES):
                content = {
                    "key": uuid4().hex,
                    "target": f"p{number}@office.example",
                    "subject": SUBJECT,
                    "body": BODY,
                }
                client.post(f"http://{address}", json=content).raise_for_status()
        return {"accepted": MESSAGES}

    return send


if __name__ == "__main__":
    main()
