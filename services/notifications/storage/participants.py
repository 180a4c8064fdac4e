"""The only personal data here: whom to write to."""

from uuid import UUID

from shared.contracts.participants import ParticipantRecorded
from shared.runtime.database import Connection


async def store_participant(connection: Connection, record: ParticipantRecorded) -> None:
    """Keep a record unless a newer one, or this one, is here already, or the registration was erased."""
    await connection.execute(
        """
        INSERT INTO participants AS p (registration_id, workshop_id, version, given_name, family_name, address, language, time_zone,
                                       personal_page)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
        WHERE NOT EXISTS (SELECT FROM erased WHERE registration_id = $1)
        ON CONFLICT (registration_id) DO UPDATE
        SET version = excluded.version, given_name = excluded.given_name, family_name = excluded.family_name, address = excluded.address,
            language = excluded.language, time_zone = excluded.time_zone, personal_page = excluded.personal_page
        WHERE p.version < excluded.version
        """,
        record.registration_id,
        record.workshop_id,
        record.version,
        record.given_name,
        record.family_name,
        record.address,
        record.language,
        record.time_zone,
        record.personal_page,
    )


async def delete_participant(connection: Connection, registration_id: UUID) -> bool:
    """Delete a record. True if there was one."""
    status: str = await connection.execute("DELETE FROM participants WHERE registration_id = $1", registration_id)
    return not status.endswith(" 0")
