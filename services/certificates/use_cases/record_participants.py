"""Keep what certificates need of people: names, languages, and by what their addresses can be recognised."""

from collections.abc import Sequence

from services.certificates.storage import registrations
from shared.contracts.participants import ParticipantRecorded
from shared.runtime.database import Connection


async def record_participants(connection: Connection, records: Sequence[ParticipantRecorded]) -> None:
    """Keep these three of each record, one a registration, and nothing else, unless a newer one is there or the person was erased."""
    kept = await registrations.lock_registrations(connection, {record.registration_id: record.workshop_id for record in records})
    await registrations.save_participants(connection, [record for record in records if record.registration_id in kept])
