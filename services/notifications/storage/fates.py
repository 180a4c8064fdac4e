"""What has become of messages, as rows that the facts about it are made from."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg


@dataclass(frozen=True, slots=True)
class Fate:
    """One message after its state has changed. Times are business time; `language` is None where nobody is known (any more)."""

    message_id: UUID
    registration_id: UUID
    workshop_id: UUID
    purpose: str
    occurrence: str
    language: str | None
    due_at: datetime
    state: str
    skip_reason: str | None
    superseded_by: UUID | None
    failure: str | None
    settled_at: datetime | None


COLUMNS = """m.message_id, m.registration_id, m.workshop_id, m.purpose, m.occurrence, m.due_at, m.state, m.skip_reason, m.superseded_by,
    m.failure, m.settled_at,
    coalesce(m.language, (SELECT p.language FROM participants p WHERE p.registration_id = m.registration_id)) AS language"""
"""For RETURNING, with `messages` known as m."""


def to_fate(row: asyncpg.Record) -> Fate:
    """One row of COLUMNS."""
    return Fate(**dict(row))
