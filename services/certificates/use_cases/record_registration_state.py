"""Keep whether a registration is confirmed, waiting or withdrawn."""

from uuid import UUID

from services.certificates.domain.certificate_rule import RegistrationState
from services.certificates.storage import receipts, registrations
from services.certificates.storage.receipts import Fact
from shared.runtime.database import Connection


async def record_registration_state(
    connection: Connection,
    registration_id: UUID,
    workshop_id: UUID,
    *,
    state: RegistrationState,
    sequence: int,
    withdrawn_by: str | None = None,
    answer: Fact | None = None,
) -> None:
    """Keep what a fact says, unless a later one was read before. `answer`: the fact, where it gets a receipt once the rule was applied."""
    if await registrations.lock_registration(connection, registration_id, workshop_id):
        if answer:
            await receipts.open_receipt(connection, answer)
        await registrations.save_state(connection, registration_id, state=state, sequence=sequence, withdrawn_by=withdrawn_by)
