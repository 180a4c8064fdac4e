"""An organiser has a certificate that could not be set tried again at once, instead of when its turn comes."""

from datetime import datetime
from uuid import UUID

from services.certificates.domain.certificate import CertificateState
from services.certificates.domain.refusals import RefusedError
from services.certificates.storage import audit_log, certificates, receipts, registrations
from services.certificates.storage.audit_log import Organiser
from shared.runtime.database import Connection


async def try_again(connection: Connection, workshop_id: UUID, serial: str, *, by: Organiser, now: datetime) -> None:
    """The worker renders it; where it still cannot be set, the list says so again.

    Raises RefusedError where it was issued meanwhile, or is not earned any more.
    """
    holder = await certificates.find_holder(connection, workshop_id, serial)
    if holder is None or not await registrations.lock_registration(connection, holder.registration_id, workshop_id):
        raise RefusedError("not_waiting")
    live = (await certificates.lock_live(connection, [holder.registration_id])).get(holder.registration_id)
    if live is None or live.edition != holder.edition or live.state is not CertificateState.ELIGIBLE:
        raise RefusedError("not_waiting")
    await certificates.renew_eligible(connection, [holder.registration_id])
    await receipts.note_change(connection, [workshop_id])
    await audit_log.note(
        connection,
        "certificate.try_again",
        by=by,
        at=now,
        workshop_id=workshop_id,
        registration_id=holder.registration_id,
        serial=serial,
    )
