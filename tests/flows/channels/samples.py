"""Envelopes for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flows.channels import Envelope

SAMPLE = Envelope(
    key="4f1c9a",
    target="head@office.example",
    recipient="县交通运输局主要负责人",
    subject="【督办通知单】3 项整改措施已逾期，1 项将于 2023-12-28 到期",
    body="1. 种白公路路面修复，应于 2023-12-25 前完成。\n.\n.. 请尽快办理。\n",
    composed_at=datetime(2023, 12, 25, 0, 30, tzinfo=UTC),
)


def envelope(**changes: Any) -> Envelope:
    """Return the sample with changes."""
    return replace(SAMPLE, **changes)
