"""Which holders share their certificate now, and by which token. One that was switched off is in no row."""

from datetime import datetime
from uuid import UUID

from shared.runtime.database import Connection


async def find_token(connection: Connection, registration_id: UUID) -> str | None:
    """The token of the page that is switched on, if one is."""
    token: str | None = await connection.fetchval("SELECT share_token FROM certificate_shares WHERE registration_id = $1", registration_id)
    return token


async def switch_on(connection: Connection, registration_id: UUID, token: str, *, now: datetime) -> None:
    """Store it. The registration must be locked, and none be switched on."""
    await connection.execute(
        "INSERT INTO certificate_shares (registration_id, share_token, shared_at) VALUES ($1, $2, $3)", registration_id, token, now
    )


async def switch_off(connection: Connection, registration_id: UUID) -> bool:
    """Forget the token; False where none was switched on. The registration must be locked."""
    token = await connection.fetchval("DELETE FROM certificate_shares WHERE registration_id = $1 RETURNING share_token", registration_id)
    return token is not None
