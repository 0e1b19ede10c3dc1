"""Wordings: what left, on record from its first attempt on."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlmodel import Session, col, select

from models.commands.leases import attachments
from models.outbox import Attachment, Attempt, Message
from models.reminder import Reminder
from models.vocabulary import FactKind


def wordings(session: Session, tried: Iterable[tuple[Message, Attempt]]) -> list[dict[str, Any]]:
    """Return the facts of what left first: from its first attempt on a message's text is fixed."""
    first = [(message, attempt) for message, attempt in tried if attempt.number == 1 and attempt.outcome is None]
    if not first:
        return []
    rows = session.exec(
        select(Reminder.message_id, Reminder.id)
        .where(col(Reminder.message_id).in_([message.id for message, _ in first]))
        .order_by(col(Reminder.id))
    ).all()
    reminders: dict[int | None, list[int | None]] = defaultdict(list)
    for message_id, reminder_id in rows:
        reminders[message_id].append(reminder_id)
    files = attachments(session, [message for message, _ in first])
    return [
        _wording(message, attempt.started_at, reminders[message.id], files.get(message.id))
        for message, attempt in first
    ]


def _wording(message: Message, at: datetime, reminders: list[int | None], file: Attachment | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "key": message.key,
        "channel": message.channel,
        "target": message.target,
        "answers_for": message.answers_for,
        "subject": message.subject,
        "body_sha256": sha256(message.body.encode()).hexdigest(),
        "reminders": reminders,
    }
    if file is not None:
        told["attachment_sha256"] = sha256(file.content).hexdigest()
    return {"kind": FactKind.COMPOSE, "at": at, "person_id": message.person_id, "payload": told}
