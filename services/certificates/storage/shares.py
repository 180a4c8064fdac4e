"""By which tokens holders share their certificates, and what such a token shows."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.certificates.domain.certificate import CertificateState
from shared.contracts.certificate_template import Kind
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class SharedCertificate:
    """What a share page may show of a valid certificate: nothing that opens its document or its own page."""

    name: str = field(repr=False)
    kind: Kind
    attended: frozenset[str]
    issued_at: datetime
    workshop: WorkshopRecorded


@dataclass(frozen=True, slots=True)
class Share:
    """A page that is switched on. Without a valid certificate it names nobody; `in_the_making`: one is on its way."""

    certificate: SharedCertificate | None
    in_the_making: bool = False


async def save_token(connection: Connection, registration_id: UUID, token: str | None, *, sequence: int) -> None:
    """Keep what a fact says, None where it switches the page off, unless a later fact has spoken. The registration must be locked.

    The row stays when it is switched off: an earlier fact that is read again must not switch it on.
    """
    await connection.execute(
        """
        INSERT INTO certificate_shares AS s (registration_id, share_token, sequence) VALUES ($1, $2, $3)
        ON CONFLICT (registration_id) DO UPDATE SET share_token = excluded.share_token, sequence = excluded.sequence
        WHERE s.sequence < excluded.sequence
        """,
        registration_id,
        token,
        sequence,
    )


async def find_share(connection: Connection, token: str) -> Share | None:
    """The page behind a token that is switched on."""
    row = await connection.fetchrow(
        """
        SELECT c.state, c.name, c.kind, c.attended, c.issued_at, w.record
        FROM certificate_shares s
        LEFT JOIN certificates c ON c.registration_id = s.registration_id AND c.state IN ('eligible', 'issued')
        LEFT JOIN workshops w ON w.workshop_id = c.workshop_id
        WHERE s.share_token = $1
        """,
        token,
    )
    if row is None:
        return None
    if row["state"] != CertificateState.ISSUED:
        return Share(None, in_the_making=row["state"] == CertificateState.ELIGIBLE)
    return Share(
        SharedCertificate(
            name=row["name"],
            kind=Kind(row["kind"]),
            attended=frozenset(row["attended"]),
            issued_at=row["issued_at"],
            workshop=WorkshopRecorded.model_validate(row["record"]),
        )
    )
