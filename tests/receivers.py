"""Where the small office sends to, as its settings name it, and what the receiver keeps."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.desk import SmallOffice
    from tests.servers.smtp import SmtpServer

HASTY, PATIENT = 0.3, 10.0
"""Seconds until an answer counts as missing: of a server that is told to hang, and of any other."""


def mail_url(address: str, login: str = "", rto: float = PATIENT) -> str:
    """Return the URL of a mail channel."""
    return f"mailto://{login}{address}?from=duban@office.example&rto={rto}"


def hook_url(address: str, rto: float = PATIENT) -> str:
    """Return the URL of a webhook."""
    return f"json://{address}/in?rto={rto}"


def addresses(count: int) -> list[str]:
    """Return some mail addresses."""
    return [f"p{number}@office.example" for number in range(count)]


def copies(smtp: SmtpServer, desk: SmallOffice) -> dict[str, int]:
    """Count what the mail server keeps of each message, by target."""
    kept = Counter(mail.message_id for mail in smtp.mails)
    return {message.target: kept[f"<{message.key}@duban>"] for message in desk.messages()}
