"""Waking jobs: a notification reaches them when the transaction commits, and only shortens their wait."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from shared.runtime.database import Connection

MESSAGES = "messages"
"""There may be messages to send."""
PLANS = "plans"
"""There may be an agenda to compute, messages to derive from it, or receipts to give."""


async def wake(connection: Connection, *channels: str) -> None:
    """Wake the jobs that listen on these channels."""
    await connection.execute("SELECT pg_notify(channel, '') FROM unnest($1::text[]) AS channel", channels)


async def wake_for_following(connection: Connection, registration_ids: Collection[UUID], *, now: datetime) -> None:
    """Wake the delivery if one of the registrations has another message that waited for its turn. `now` is business time."""
    await connection.execute(
        """
        SELECT pg_notify($3, '')
        WHERE EXISTS (SELECT FROM messages WHERE registration_id = ANY($1) AND state = 'planned' AND (rank < 3 OR due_at <= $2))
        """,
        registration_ids,
        now,
        MESSAGES,
    )
