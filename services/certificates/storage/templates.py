"""How certificates of workshops look, where an organiser said so."""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from services.certificates.storage.channels import ELIGIBLE, wake
from shared.contracts.certificate_template import CertificateTemplate
from shared.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Saved:
    """A workshop's template; versions count from 1, and 0 is the usual one."""

    version: int = 0
    template: CertificateTemplate = field(default_factory=CertificateTemplate)


async def read_templates(connection: Connection, workshop_ids: Collection[UUID]) -> dict[UUID, Saved]:
    """Those of workshops that have one of their own."""
    rows = await connection.fetch(
        "SELECT workshop_id, version, template FROM certificate_templates WHERE workshop_id = ANY($1)", list(workshop_ids)
    )
    return {row["workshop_id"]: Saved(row["version"], CertificateTemplate.model_validate(row["template"])) for row in rows}


async def keep_template(connection: Connection, workshop_id: UUID, saved: Saved) -> bool:
    """Keep it in place of the version before it, as a workshop's first where that is none. Returns whether it was kept."""
    kept = await connection.fetchval(
        """
        INSERT INTO certificate_templates AS t (workshop_id, version, template)
        SELECT $1, $2::integer, $3 WHERE $2 = 1 OR EXISTS (SELECT FROM certificate_templates WHERE workshop_id = $1)
        ON CONFLICT (workshop_id) DO UPDATE SET version = excluded.version, template = excluded.template
        WHERE t.version = excluded.version - 1
        RETURNING true
        """,
        workshop_id,
        saved.version,
        saved.template.model_dump(mode="json"),
    )
    if not kept:
        return False
    # What could not be set before may fit now
    await connection.execute(
        "UPDATE certificates SET error = NULL, retry_at = NULL WHERE workshop_id = $1 AND state = 'eligible' AND error IS NOT NULL",
        workshop_id,
    )
    await wake(connection, ELIGIBLE)
    return True
