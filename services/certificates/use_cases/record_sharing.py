"""Keep whether a holder shares the certificate, and by which token."""

from datetime import datetime
from uuid import UUID

from services.certificates.storage import registrations, shares
from services.certificates.storage.receipts import Fact
from services.certificates.use_cases.acknowledge_fact import acknowledge_fact
from shared.runtime.database import Connection


async def record_sharing(
    connection: Connection, registration_id: UUID, token: str | None, fact: Fact, *, sequence: int, now: datetime
) -> None:
    """Keep what a fact says, None where it ends sharing, unless a later one was read before; and answer it."""
    if await registrations.lock_registration(connection, registration_id, fact.workshop_id):
        await shares.save_token(connection, registration_id, token, sequence=sequence)
        await acknowledge_fact(connection, fact, now=now)
