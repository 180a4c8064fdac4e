"""An organiser has a certificate issued anew: in place of one that is valid, or after one that was taken back by hand."""

from datetime import datetime
from uuid import UUID

from services.certificates.domain.certificate import CertificateState
from services.certificates.domain.refusals import RefusedError
from services.certificates.storage import audit_log, certificates, receipts, registrations
from services.certificates.storage.audit_log import Organiser
from services.certificates.use_cases.source import SOURCE
from services.certificates.use_cases.supersede_certificate import supersede_certificate
from shared.contracts.envelope import Event
from shared.runtime.database import Connection
from shared.runtime.outbox import publish


async def issue_again(connection: Connection, workshop_id: UUID, serial: str, *, by: Organiser, now: datetime) -> str:
    """Make the next edition eligible; the worker renders it, and it is mailed. Returns its serial.

    Raises RefusedError where the certificate is neither valid nor the last one, taken back by hand, of somebody who has earned it.
    """
    holder = await certificates.find_holder(connection, workshop_id, serial)
    if holder is None or not await registrations.lock_registration(connection, holder.registration_id, workshop_id):
        raise RefusedError("not_valid")
    registration_id = holder.registration_id
    live = (await certificates.lock_live(connection, [registration_id])).get(registration_id)
    events: list[Event] = []
    if live is not None:
        if live.edition != holder.edition or live.state is not CertificateState.ISSUED:
            raise RefusedError("not_valid")
        superseded = await supersede_certificate(connection, live, edition=live.edition + 1, year=now.year, now=now, trainer=live.trainer)
        events, successor = [superseded], superseded.superseded_by
    else:
        standing, last_edition = await registrations.read_standing(connection, registration_id)
        if holder.edition != last_edition or not standing.revoked_by_hand:
            raise RefusedError("not_valid")
        if not standing.earned:
            raise RefusedError("not_earned")
        successor = await certificates.draw_serial(connection, now.year)
        await certificates.insert_eligible(
            connection,
            registration_id=registration_id,
            workshop_id=workshop_id,
            edition=last_edition + 1,
            serial=successor,
            now=now,
            trainer=standing.trainer,
        )
    await audit_log.note(
        connection,
        "certificate.issue_again",
        by=by,
        at=now,
        workshop_id=workshop_id,
        registration_id=registration_id,
        serial=serial,
        details=successor,
    )
    await receipts.note_change(connection, [workshop_id])
    await publish(connection, events, source=SOURCE, now=now)
    return successor
