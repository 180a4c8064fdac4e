"""Keep the name for the certificate, and its language."""

from services.certificates.storage import registrations
from shared.contracts.participants import ParticipantRecorded
from shared.runtime.database import Connection


async def record_participant(connection: Connection, participant: ParticipantRecorded) -> None:
    """Keep these two and nothing else of the record, unless a newer one is there or the person was erased."""
    if await registrations.lock_registration(connection, participant.registration_id, participant.workshop_id):
        await registrations.save_participant(
            connection,
            participant.registration_id,
            version=participant.version,
            name=participant.certificate_name,
            language=participant.language,
        )
