"""An organiser says who teaches at the workshop, or that somebody does not."""

from datetime import datetime
from uuid import UUID

from services.certificates.storage import audit_log, registrations, trainers
from services.certificates.storage.audit_log import Organiser
from services.certificates.use_cases.source import SOURCE
from shared.contracts.certificates import TrainerNamed
from shared.runtime.database import Connection
from shared.runtime.outbox import publish


async def name_trainer(
    connection: Connection, workshop_id: UUID, registration_id: UUID, *, trains: bool, by: Organiser, now: datetime
) -> bool:
    """The worker makes what follows so. False where the workshop has nobody of this id."""
    if await registrations.find_workshop(connection, registration_id) != workshop_id:
        return False
    if not await registrations.lock_registration(connection, registration_id, workshop_id):
        return False
    if trains:
        await trainers.add(connection, registration_id, workshop_id, organiser=by.name, at=now)
    else:
        await trainers.remove(connection, registration_id)
    await audit_log.note(
        connection,
        "certificate.trainer" if trains else "certificate.no_trainer",
        by=by,
        at=now,
        workshop_id=workshop_id,
        registration_id=registration_id,
    )
    told = TrainerNamed(registration_id=registration_id, workshop_id=workshop_id, trains=trains)
    await publish(connection, [told], source=SOURCE, now=now)
    return True
