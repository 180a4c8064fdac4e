"""Take in a rendered certificate: the document, its checksum and the news of it, all or nothing."""

import hashlib
from datetime import datetime

from services.certificates.storage import registrations, rendering
from services.certificates.storage.rendering import Commission
from services.certificates.use_cases.source import SOURCE
from shared.contracts.certificates import CertificateIssued
from shared.runtime.database import Connection
from shared.runtime.outbox import publish


async def store_certificate(connection: Connection, commission: Commission, *, pdf: bytes, issued_at: datetime, now: datetime) -> bool:
    """Issue the certificate. `issued_at` is the moment printed on it.

    False where it is not to be issued as rendered: the lease has gone to another, the certificate was taken back or the person erased
    meanwhile, or what it says is no longer so, in which case it waits to be rendered anew.
    """
    if not await registrations.lock_registration(connection, commission.registration_id, commission.workshop_id):
        return False
    if not await rendering.still_says(connection, commission):
        await rendering.give_back(connection, commission, broken_off=False)
        return False
    sha256 = hashlib.sha256(pdf).hexdigest()
    if not await rendering.store_document(connection, commission, pdf=pdf, sha256=sha256, issued_at=issued_at):
        return False
    issued = CertificateIssued(
        registration_id=commission.registration_id,
        workshop_id=commission.workshop_id,
        edition=commission.edition,
        serial=commission.serial,
        verification_token=commission.verification_token,
        status_index=commission.status_index,
        sha256=sha256,
        issued_at=issued_at,
    )
    await publish(connection, [issued], source=SOURCE, now=now)
    return True
