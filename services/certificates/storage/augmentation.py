"""Which documents are to be augmented with a time-stamp, and what was appended to them. Leases run in real time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Sealed:
    """A document as it was issued."""

    registration_id: UUID
    edition: int
    serial: str
    pdf: bytes


async def claim(connection: Connection, *, limit: int, seconds: float) -> list[Sealed]:
    """Take the next few valid certificates without a time-stamp. Others take them only once the seconds are over."""
    rows = await connection.fetch(
        """
        WITH next AS (
            SELECT registration_id, edition FROM certificates
            WHERE state = 'issued' AND augment_after IS NOT NULL AND augment_after < clock_timestamp()
            ORDER BY augment_after LIMIT $1 FOR UPDATE SKIP LOCKED
        )
        UPDATE certificates c SET augment_after = clock_timestamp() + $2
        FROM next JOIN documents d USING (registration_id, edition)
        WHERE (c.registration_id, c.edition) = (next.registration_id, next.edition)
        RETURNING c.registration_id, c.edition, c.serial, d.pdf
        """,
        limit,
        timedelta(seconds=seconds),
    )
    return [Sealed(**row) for row in rows]


async def put_off(connection: Connection, documents: Sequence[Sealed], *, seconds: float) -> None:
    """Try these again after so many seconds."""
    await connection.execute(
        """
        UPDATE certificates c SET augment_after = clock_timestamp() + $3
        FROM unnest($1::uuid[], $2::integer[]) AS n (registration_id, edition)
        WHERE (c.registration_id, c.edition) = (n.registration_id, n.edition) AND c.augment_after IS NOT NULL
        """,
        [document.registration_id for document in documents],
        [document.edition for document in documents],
        timedelta(seconds=seconds),
    )


async def store(connection: Connection, registration_id: UUID, edition: int, augmentation: bytes) -> bool:
    """Keep what was appended. False where there is something already, or no document any more."""
    status: str = await connection.execute(
        """
        UPDATE documents SET augmentation = $3, augmented_sha256 = encode(sha256(pdf || $3), 'hex')
        WHERE registration_id = $1 AND edition = $2 AND augmentation IS NULL
        """,
        registration_id,
        edition,
        augmentation,
    )
    await connection.execute(
        "UPDATE certificates SET augment_after = NULL WHERE registration_id = $1 AND edition = $2", registration_id, edition
    )
    return status.endswith(" 1")
