"""An organiser approves the certificates of all who wait for it: of a portion of them, in the order of the list."""

from datetime import datetime
from uuid import UUID

from services.certificates.storage.approvals import list_waiting
from services.certificates.storage.audit_log import Organiser
from services.certificates.use_cases.approve_certificates import approve_certificates
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.database import Connection

PORTION = 500
"""So that nobody who has news of these people waits for long."""


async def approve_next_portion(
    connection: Connection, workshop: WorkshopRecorded, after: UUID | None, *, by: Organiser, now: datetime
) -> UUID | None:
    """Approve those who come after somebody on the list. Returns the last of them, for the next call; None where nobody was left."""
    waiting = [one.registration_id for one in await list_waiting(connection, workshop, after=after, limit=PORTION)]
    if not waiting:
        return None
    await approve_certificates(connection, workshop, waiting, by=by, now=now)
    return waiting[-1]
