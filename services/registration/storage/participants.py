"""The person behind a registration, as corrected. Callers hold the registration's lock."""

from collections.abc import Mapping
from uuid import UUID

from shared.runtime.database import Connection


async def correct(connection: Connection, registration_id: UUID, version: int, values: Mapping[str, str]) -> None:
    """Store every correctable field under the record's next version."""
    await connection.execute(
        """
        WITH answered AS (
            UPDATE answers SET institution = $7, position = $8 WHERE registration_id = $1
        )
        UPDATE participants SET version = $2, given_name = $3, family_name = $4, certificate_name = $5, language = $6
        WHERE registration_id = $1
        """,
        registration_id,
        version,
        *(values[name] for name in ("given_name", "family_name", "certificate_name", "language", "institution", "position")),
    )
