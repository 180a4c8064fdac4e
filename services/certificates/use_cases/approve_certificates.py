"""An organiser approves certificates, where the workshop's rule asks for it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.certificates.storage import approvals, audit_log, registrations
from services.certificates.storage.audit_log import Organiser
from services.certificates.use_cases.source import SOURCE
from shared.contracts.certificates import CertificateApproved
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.database import Connection
from shared.runtime.outbox import publish


async def approve_certificates(
    connection: Connection, workshop: WorkshopRecorded, chosen: Collection[UUID], *, by: Organiser, now: datetime
) -> int:
    """Approve those of the chosen who wait for it; the worker issues their certificates. Returns how many there were."""
    waiting = await approvals.find_waiting(connection, workshop, chosen)
    ids = await registrations.lock_registrations(connection, dict.fromkeys(waiting, workshop.workshop_id))
    await approvals.approve(connection, ids, organiser=by.name, at=now)
    await audit_log.note_for_each(connection, "certificate.approve", ids, by=by, at=now, workshop_id=workshop.workshop_id)
    told = [CertificateApproved(registration_id=one, workshop_id=workshop.workshop_id) for one in sorted(ids)]
    await publish(connection, told, source=SOURCE, now=now)
    return len(ids)
