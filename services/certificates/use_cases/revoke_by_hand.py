"""An organiser takes a certificate back, with a reason. The rule does not give another by itself."""

from datetime import datetime
from uuid import UUID

from services.certificates.domain.certificate import CertificateState, Reason
from services.certificates.domain.refusals import RefusedError
from services.certificates.storage import audit_log, certificates, receipts, registrations
from services.certificates.storage.audit_log import Organiser
from services.certificates.use_cases.revoke_certificate import revoke_certificate
from services.certificates.use_cases.source import SOURCE
from services.certificates.use_cases.withhold_certificate import withhold_certificate
from shared.contracts.certificates import CertificateRevoked
from shared.runtime.database import Connection
from shared.runtime.outbox import publish

MOST_LETTERS = 500


async def revoke_by_hand(
    connection: Connection, workshop_id: UUID, serial: str, *, note: str, is_public: bool, by: Organiser, now: datetime
) -> None:
    """Revoke it; also one that is replaced, while its successor is not issued, which then never is.

    Raises RefusedError where no reason is given, or the certificate is neither (any more).
    """
    note = " ".join(note.split())
    if not note:
        raise RefusedError("reason_missing")
    if len(note) > MOST_LETTERS:
        raise RefusedError("reason_too_long")
    holder = await certificates.find_holder(connection, workshop_id, serial)
    if holder is None or not await registrations.lock_registration(connection, holder.registration_id, workshop_id):
        raise RefusedError("not_valid")
    registration_id = holder.registration_id
    live = (await certificates.lock_live(connection, [registration_id])).get(registration_id)
    events: list[CertificateRevoked] = []
    if live is not None and live.edition == holder.edition:
        events = await revoke_certificate(connection, registration_id, reason=Reason.ORGANISER, now=now)
    elif live is not None and live.state is CertificateState.ELIGIBLE and live.serial == holder.superseded_by:
        events = (await withhold_certificate(connection, registration_id, reason=Reason.ORGANISER, now=now)).events
    if not events:
        raise RefusedError("not_valid")
    await certificates.note_reason(connection, registration_id, holder.edition, note=note, is_public=is_public)
    await audit_log.note(
        connection,
        "certificate.revoke",
        by=by,
        at=now,
        workshop_id=workshop_id,
        registration_id=registration_id,
        serial=serial,
        details=note,
    )
    await receipts.note_change(connection, [workshop_id])
    await publish(connection, events, source=SOURCE, now=now)
