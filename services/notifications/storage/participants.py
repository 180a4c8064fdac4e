"""The only personal data here: whom to write to."""

from collections.abc import Sequence
from uuid import UUID

from shared.contracts.participants import ParticipantRecorded
from shared.runtime.database import Connection


async def store_participants(connection: Connection, records: Sequence[ParticipantRecorded]) -> None:
    """Keep records, one a registration, unless a newer one, or this one, is here already, or the registration was erased."""
    await connection.execute(
        """
        INSERT INTO participants AS p (registration_id, workshop_id, version, given_name, family_name, address, language, time_zone,
                                       personal_page)
        SELECT n.* FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
             AS n (registration_id, workshop_id, version, given_name, family_name, address, language, time_zone, personal_page)
        WHERE NOT EXISTS (SELECT FROM erased e WHERE e.registration_id = n.registration_id)
        ORDER BY n.registration_id
        ON CONFLICT (registration_id) DO UPDATE
        SET version = excluded.version, given_name = excluded.given_name, family_name = excluded.family_name, address = excluded.address,
            language = excluded.language, time_zone = excluded.time_zone, personal_page = excluded.personal_page
        WHERE p.version < excluded.version
        """,
        [record.registration_id for record in records],
        [record.workshop_id for record in records],
        [record.version for record in records],
        [record.given_name for record in records],
        [record.family_name for record in records],
        [record.address for record in records],
        [record.language for record in records],
        [record.time_zone for record in records],
        [record.personal_page for record in records],
    )


async def delete_participant(connection: Connection, registration_id: UUID) -> bool:
    """Delete a record. True if there was one."""
    status: str = await connection.execute("DELETE FROM participants WHERE registration_id = $1", registration_id)
    return not status.endswith(" 0")
