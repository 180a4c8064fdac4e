"""Erase a person: revoke first, then delete the documents and the name, keep the bare id."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from services.certificates.domain.certificate import Reason
from services.certificates.storage import audit_log, certificates, receipts, registrations
from services.certificates.storage.receipts import Fact
from services.certificates.use_cases.revoke_certificate import revoke_certificate
from services.certificates.use_cases.source import SOURCE
from services.certificates.use_cases.withhold_certificate import withhold_certificate
from shared.runtime.database import Connection
from shared.runtime.outbox import publish


async def forget_participant(connection: Connection, registration_id: UUID, fact: Fact, *, now: datetime) -> None:
    """Erase at once, and answer the fact. Terminal: whatever comes for this id afterwards is ignored, this fact again included."""
    if not await registrations.lock_registration(connection, registration_id, fact.workshop_id):
        return
    withheld = await withhold_certificate(connection, registration_id, reason=Reason.ERASED, now=now)
    revoked = await revoke_certificate(connection, registration_id, reason=Reason.ERASED, now=now)
    effects = Counter(withheld.effects)
    effects["certificates_revoked"] += len(revoked)
    effects["documents_deleted"] = await certificates.erase_certificates(connection, registration_id)
    await audit_log.forget_details(connection, registration_id)
    await registrations.erase(connection, registration_id)
    if effects["certificates_withheld"] or effects["certificates_revoked"]:
        await receipts.note_change(connection, [fact.workshop_id])
    await receipts.open_receipt(connection, fact)
    done = {name: count for name, count in effects.items() if count}
    closed = await receipts.close_receipts_of(connection, {registration_id: done}, [registration_id], now=now)
    await publish(connection, [*withheld.events, *revoked, *closed], source=SOURCE, now=now)
