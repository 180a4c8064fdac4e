"""What lies in the mailbox of the embedded system, asked through its own interface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from deploy.reconcile.read_notifications import MessageKey

PATH = "/mailbox/api/messages"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that was accepted. `arrived` is real time; `key` is None for a mail that no message row can explain."""

    number: int
    key: MessageKey | None
    recipients: tuple[str, ...]
    language: str
    arrived: datetime


async def read_mailbox(address: str) -> Sequence[Mail]:
    """All mails, oldest first. `address` is where the mailbox's pages are, scheme and port, without a trailing slash."""
    async with httpx.AsyncClient(base_url=address, timeout=30, trust_env=False) as browser:
        answer = await browser.get(PATH)
        answer.raise_for_status()
        return [describe_mail(entry) for entry in answer.json()]


def describe_mail(entry: Mapping[str, Any]) -> Mail:
    """One entry of the mailbox's list."""
    return Mail(
        number=entry["number"],
        key=_key(entry),
        recipients=tuple(entry["recipients"]),
        language=entry["language"],
        arrived=datetime.fromisoformat(entry["received_at"]),
    )


def _key(entry: Mapping[str, Any]) -> MessageKey | None:
    try:
        registration_id = UUID(entry["registration"])
    except ValueError:
        return None
    return MessageKey(registration_id, entry["purpose"], entry["occurrence"]) if entry["purpose"] and entry["occurrence"] else None
