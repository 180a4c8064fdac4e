"""Switch a registration's share page on: whoever is given its address sees the valid certificate."""

from datetime import datetime
from uuid import UUID

from services.registration.domain.actor import Actor
from services.registration.domain.refusals import ConflictError, NotFoundError
from services.registration.domain.registration import RegistrationState
from services.registration.domain.share_token import new_share_token
from services.registration.storage import audit_log, registrations, reports, shares
from services.registration.storage.audit_log import Change
from services.registration.use_cases.workshop_changes import SOURCE
from shared.contracts.registrations import CertificateShared
from shared.runtime import outbox
from shared.runtime.database import Connection


async def share_certificate(connection: Connection, registration_id: UUID, *, actor: Actor, now: datetime) -> str:
    """Switch it on under a new token; one that is on keeps its own.

    Returns:
        The token.

    Raises:
        NotFoundError: there is no such registration.
        ConflictError: it is not confirmed, or no certificate of it is known to be valid.
    """
    registration = await registrations.lock(connection, registration_id)
    if registration is None:
        raise NotFoundError("There is no such registration.")
    if registration.state is not RegistrationState.CONFIRMED:
        raise ConflictError(f"registration_is_{registration.state.value}", "Only confirmed people have a certificate to share.")
    if (token := await shares.find_token(connection, registration_id)) is not None:
        return token
    if not any(certificate.state == "issued" for certificate in await reports.certificates_of(connection, registration_id)):
        raise ConflictError("no_certificate", "There is no valid certificate to share.")
    token = new_share_token()
    await shares.switch_on(connection, registration_id, token, now=now)
    fact = CertificateShared(registration_id=registration_id, workshop_id=registration.workshop_id, share_token=token)
    [fact_id] = await outbox.publish(connection, [fact], source=SOURCE, now=now)
    change = Change("registration.share_certificate", registration.workshop_id, registration_id, fact_id)
    await audit_log.append(connection, actor, [change], now=now)
    return token
