"""Forgetting a person: what remains is the bare id, its number in the line and when things happened to it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from shared.runtime import dead_letter_rows
from shared.runtime.database import Connection

_FORGET = (
    "DELETE FROM answers WHERE registration_id = $1",
    "DELETE FROM participants WHERE registration_id = $1",
    "DELETE FROM attendance WHERE registration_id = $1",
    "DELETE FROM notification_outcomes WHERE registration_id = $1",
    "DELETE FROM certificate_shares WHERE registration_id = $1",
    "DELETE FROM certificate_outcomes WHERE registration_id = $1",
)


async def forget(connection: Connection, registration_id: UUID, *, now: datetime) -> None:
    """Delete everything about the person; the registration's row stays as erased, without address and form token."""
    for statement in _FORGET:
        await connection.execute(statement, registration_id)
    await dead_letter_rows.delete_for_key(connection, registration_id)
    await connection.execute(
        "UPDATE registrations SET state = 'erased', erased_at = $2, address_key = NULL, form_token = NULL WHERE id = $1",
        registration_id,
        now,
    )


async def find_erased(connection: Connection, registration_ids: Collection[UUID]) -> set[UUID]:
    """Those that were erased."""
    rows = await connection.fetch("SELECT id FROM registrations WHERE id = ANY($1) AND state = 'erased'", list(registration_ids))
    return {row["id"] for row in rows}
