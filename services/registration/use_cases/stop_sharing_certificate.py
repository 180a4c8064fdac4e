"""Switch a registration's share page off, for good: if it is switched on again, it is under another address."""

from datetime import datetime
from uuid import UUID

from services.registration.domain.actor import Actor
from services.registration.domain.refusals import NotFoundError
from services.registration.storage import audit_log, registrations, shares
from services.registration.storage.audit_log import Change
from services.registration.use_cases.workshop_changes import SOURCE
from shared.contracts.registrations import CertificateSharingEnded
from shared.runtime import outbox
from shared.runtime.database import Connection


async def stop_sharing_certificate(connection: Connection, registration_id: UUID, *, actor: Actor, now: datetime) -> bool:
    """Switch it off, whatever became of registration and certificate meanwhile. Where none is on, nothing changes.

    Returns:
        Whether one was on.

    Raises:
        NotFoundError: there is no such registration.
    """
    registration = await registrations.lock(connection, registration_id)
    if registration is None:
        raise NotFoundError("There is no such registration.")
    if not await shares.switch_off(connection, registration_id):
        return False
    fact = CertificateSharingEnded(registration_id=registration_id, workshop_id=registration.workshop_id)
    [fact_id] = await outbox.publish(connection, [fact], source=SOURCE, now=now)
    change = Change("registration.stop_sharing_certificate", registration.workshop_id, registration_id, fact_id)
    await audit_log.append(connection, actor, [change], now=now)
    return True
