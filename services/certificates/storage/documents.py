"""The PDF files of certificates, as a backup takes and gives them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.runtime.database import Connection

_AT_A_TIME = 8


@dataclass(frozen=True, slots=True)
class WithoutDocument:
    """A certificate that was issued and whose PDF is not here; `sha256` is that of its bytes."""

    registration_id: UUID
    workshop_id: UUID
    edition: int
    state: str
    serial: str
    sha256: str


async def read_without_document(connection: Connection) -> list[WithoutDocument]:
    """In order of serials."""
    rows = await connection.fetch(
        """
        SELECT c.registration_id, c.workshop_id, c.edition, c.state, c.serial, c.sha256
        FROM certificates c LEFT JOIN documents d USING (registration_id, edition)
        WHERE c.sha256 IS NOT NULL AND d.edition IS NULL ORDER BY c.serial
        """
    )
    return [WithoutDocument(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that is valid, as a file, with what was appended to it since."""

    serial: str
    name: str
    issued_at: datetime
    pdf: bytes


async def read_issued(connection: Connection, workshop_id: UUID, *, after: str) -> list[Issued]:
    """The next few valid certificates of a workshop, by serial; none when there are no more."""
    rows = await connection.fetch(
        """
        SELECT c.serial, c.name, c.issued_at, d.pdf || coalesce(d.augmentation, '') AS pdf
        FROM certificates c JOIN documents d USING (registration_id, edition)
        WHERE c.workshop_id = $1 AND c.state = 'issued'
            AND (CASE WHEN c.state = 'eligible' AND c.error IS NOT NULL THEN '0 ' ELSE '1 ' END) || c.serial > '1 ' || $2
        ORDER BY (CASE WHEN c.state = 'eligible' AND c.error IS NOT NULL THEN '0 ' ELSE '1 ' END) || c.serial LIMIT $3
        """,  # in the words of the index certificates_in_lists
        workshop_id,
        after,
        _AT_A_TIME,
    )
    return [Issued(**row) for row in rows]


async def store_document(connection: Connection, registration_id: UUID, edition: int, pdf: bytes, credential: str | None) -> None:
    """Put a certificate's PDF back, and the credential in it."""
    await connection.execute(
        """
        INSERT INTO documents (registration_id, edition, pdf, credential)
        SELECT registration_id, edition, $3, $4 FROM certificates
        WHERE registration_id = $1 AND edition = $2 AND sha256 = encode(sha256($3), 'hex')
        ON CONFLICT DO NOTHING
        """,
        registration_id,
        edition,
        pdf,
        credential,
    )


async def read_documents(connection: Connection) -> AsyncIterator[tuple[str, int]]:
    """The serials of all certificates whose PDF is here, and its length in bytes. Needs an open transaction."""
    async for row in connection.cursor(
        """
        SELECT c.serial, octet_length(d.pdf) + coalesce(octet_length(d.augmentation), 0) AS length
        FROM documents d JOIN certificates c USING (registration_id, edition)
        """
    ):
        yield row["serial"], row["length"]


async def read_pdf(connection: Connection, serial: str) -> bytes | None:
    """The PDF of a certificate with what was appended to it, whatever its state; None where there is none."""
    pdf: bytes | None = await connection.fetchval(
        """
        SELECT d.pdf || coalesce(d.augmentation, '') FROM documents d JOIN certificates c USING (registration_id, edition)
        WHERE c.serial = $1
        """,
        serial,
    )
    return pdf


async def read_erased_serials(connection: Connection) -> list[str]:
    """The serials of certificates whose holders were erased."""
    return [row["serial"] for row in await connection.fetch("SELECT serial FROM certificates WHERE erased")]
