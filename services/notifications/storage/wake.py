"""Waking jobs: a notification reaches them when the transaction commits, and only shortens their wait."""

from uuid import UUID

from shared.runtime.database import Connection

MESSAGES = "messages"
"""There may be messages to send."""
PLANS = "plans"
"""There may be an agenda to compute, messages to derive from it, or receipts to give."""


async def wake(connection: Connection, channel: str) -> None:
    """Wake the jobs that listen on a channel."""
    await connection.execute("SELECT pg_notify($1, '')", channel)


async def wake_for_following(connection: Connection, registration_id: UUID) -> None:
    """Wake the delivery if the registration has another message that waited for its turn."""
    await connection.execute(
        "SELECT pg_notify($2, '') WHERE EXISTS (SELECT FROM messages WHERE registration_id = $1 AND state = 'planned')",
        registration_id,
        MESSAGES,
    )
