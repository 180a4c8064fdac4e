"""Give those whose certificate has lost its document a new edition, with a document and a serial of its own."""

from datetime import datetime

from services.certificates.domain.certificate import CertificateState
from services.certificates.storage import audit_log, certificates, documents, receipts, registrations
from services.certificates.storage.audit_log import OPERATOR
from services.certificates.use_cases.source import SOURCE
from services.certificates.use_cases.supersede_certificate import supersede_certificate
from shared.contracts.certificates import CertificateSuperseded
from shared.runtime.database import Connection
from shared.runtime.outbox import publish


async def replace_without_document(connection: Connection, *, now: datetime) -> int:
    """Supersede every valid certificate whose PDF is not here. Returns how many. The worker renders the successors, and they are mailed."""
    events: list[CertificateSuperseded] = []
    for lost in await documents.read_without_document(connection):
        if not await registrations.lock_registration(connection, lost.registration_id, lost.workshop_id):
            continue
        live = (await certificates.lock_live(connection, [lost.registration_id])).get(lost.registration_id)
        if live is not None and live.edition == lost.edition and live.state is CertificateState.ISSUED:
            event = await supersede_certificate(connection, live, edition=live.edition + 1, year=now.year, now=now, trainer=live.trainer)
            events.append(event)
            await audit_log.note(
                connection,
                "certificate.replace",
                by=OPERATOR,
                at=now,
                workshop_id=lost.workshop_id,
                registration_id=lost.registration_id,
                serial=event.serial,
            )
    if events:
        await receipts.note_change(connection, {event.workshop_id for event in events})
    await publish(connection, events, source=SOURCE, now=now)
    return len(events)
