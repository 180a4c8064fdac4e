"""Forgetting a registration: what is deleted and what stays."""

from collections.abc import Collection
from uuid import UUID

from shared.runtime.database import Connection


async def find_erased(connection: Connection, registration_ids: Collection[UUID]) -> set[UUID]:
    """Those that were erased for good."""
    rows = await connection.fetch("SELECT registration_id FROM erased WHERE registration_id = ANY($1)", list(registration_ids))
    return {row["registration_id"] for row in rows}


async def remember_erased(connection: Connection, registration_id: UUID) -> bool:
    """Keep the bare id. False if it is kept already."""
    status: str = await connection.execute("INSERT INTO erased (registration_id) VALUES ($1) ON CONFLICT DO NOTHING", registration_id)
    return status.endswith("1")


async def delete_traces(connection: Connection, registration_id: UUID) -> int:
    """Delete all records about a registration, dead letters included. Message rows stay: they name no one. Returns how many went."""
    deleted = 0
    for statement in (
        "DELETE FROM registrations WHERE registration_id = $1",  # first: whoever judges or plans holds this row
        "DELETE FROM participants WHERE registration_id = $1",
        "DELETE FROM attendance WHERE registration_id = $1",
        "DELETE FROM certificates WHERE registration_id = $1",
        "DELETE FROM dead_letters WHERE key = $1",
    ):
        status: str = await connection.execute(statement, registration_id)
        deleted += int(status.rpartition(" ")[2])
    return deleted
