"""Certificates and receipts as this service's own topic told them, put beside what handlers recorded. Runs at the end of a rebuild only.

`rebuild.told` has the facts of the service's own topic, `rebuild.untold` what handlers would have published.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.certificates.domain.certificate import STATUS_LIST_SIZE
from shared.runtime.database import Connection

REBUILT = {
    "workshops": "SELECT workshop_id, version, record, completed_at, completion_correlation_id FROM workshops",
    "registrations": """
        SELECT registration_id, workshop_id, state, sequence, withdrawn_by, participant_version, certificate_name, language,
            address_digest
        FROM registrations
    """,
    "attendance": "SELECT * FROM attendance",
    "trainers": "SELECT registration_id, workshop_id FROM trainers",
    "approvals": "SELECT registration_id FROM approvals",
    "certificate_shares": "SELECT * FROM certificate_shares",
    "certificates": """
        SELECT registration_id, edition, workshop_id, state, serial, verification_token, status_index, eligible_at, issued_at, language,
            attended, sha256, superseded_by, superseded_at, revoked_at, revocation_reason, erased,
            kind, CASE WHEN state = 'issued' THEN name END AS name
        FROM certificates
    """,
    "certificate_templates": "SELECT * FROM certificate_templates",
    "documents": "SELECT registration_id, edition, sha256(pdf) AS sha256 FROM documents",
    "receipts": "SELECT fact_id, fact_type, workshop_id, registration_id, effects, acted_at FROM receipts",
    "outbox_sequences": "SELECT topic, key, last FROM outbox_sequences",
}
"""What a rebuilt database has in common with the one that was lost, table by table."""


@dataclass(frozen=True, slots=True)
class Promised:
    """An edition that was named as the successor of another, and not issued yet."""

    registration_id: UUID
    workshop_id: UUID
    edition: int
    serial: str
    superseded_at: datetime
    trainer: bool


async def restore_certificates(connection: Connection) -> int:
    """Store every certificate that was issued, with what became of it later. Returns how many there are.

    The name is on no fact: a valid certificate has the one that the participant has now, since another name would have replaced it. Of an
    edition that is no longer valid, the name is not known any more. Facts from before language and attendance were told leave them
    to what is known now.
    """
    await connection.execute(
        """
        INSERT INTO registrations (registration_id, workshop_id)
        SELECT DISTINCT ON (key) key, (data ->> 'workshop_id')::uuid FROM rebuild.told WHERE type = 'certificate.issued.v1'
        ON CONFLICT DO NOTHING
        """
    )
    status: str = await connection.execute(
        """
        WITH issued AS (
            SELECT DISTINCT ON (key, (data ->> 'edition')::integer) *, (data ->> 'edition')::integer AS edition
            FROM rebuild.told WHERE type = 'certificate.issued.v1' ORDER BY key, (data ->> 'edition')::integer, sequence DESC
        ), attended AS (
            SELECT a.registration_id, array_agg(a.session_code ORDER BY a.session_code COLLATE "C") AS codes
            FROM attendance a JOIN registrations g USING (registration_id) JOIN workshops w USING (workshop_id)
            WHERE a.present AND EXISTS (SELECT FROM jsonb_array_elements(w.record -> 'sessions') s WHERE s ->> 'code' = a.session_code)
            GROUP BY a.registration_id
        )
        INSERT INTO certificates (registration_id, edition, workshop_id, state, serial, verification_token, status_index, eligible_at,
                                  issued_at, name, language, attended, kind, sha256, superseded_by, superseded_at, revoked_at,
                                  revocation_reason)
        SELECT i.key, i.edition, (i.data ->> 'workshop_id')::uuid,
               CASE WHEN r.key IS NOT NULL THEN 'revoked' WHEN s.key IS NOT NULL THEN 'superseded' ELSE 'issued' END,
               i.data ->> 'serial', i.data ->> 'verification_token', (i.data ->> 'status_index')::integer,
               coalesce((i.data ->> 'eligible_at')::timestamptz, (i.data ->> 'issued_at')::timestamptz),
               (i.data ->> 'issued_at')::timestamptz,
               CASE WHEN r.key IS NULL AND s.key IS NULL THEN coalesce(g.certificate_name, '') END,
               coalesce(i.data ->> 'language', g.language, 'en'),
               CASE jsonb_typeof(i.data -> 'attended')
                   WHEN 'array' THEN ARRAY(SELECT jsonb_array_elements_text(i.data -> 'attended')) ELSE coalesce(a.codes, '{}') END,
               coalesce(i.data ->> 'kind', 'participation'), i.data ->> 'sha256',
               CASE WHEN r.key IS NULL THEN s.data ->> 'superseded_by' END, CASE WHEN r.key IS NULL THEN s.time END,
               (r.data ->> 'revoked_at')::timestamptz, r.data ->> 'reason'
        FROM issued i
        JOIN registrations g ON g.registration_id = i.key
        LEFT JOIN attended a ON a.registration_id = i.key
        LEFT JOIN LATERAL (
            SELECT * FROM rebuild.told t
            WHERE t.key = i.key AND t.type = 'certificate.superseded.v1' AND t.data -> 'edition' = i.data -> 'edition' LIMIT 1
        ) s ON true
        LEFT JOIN LATERAL (
            SELECT * FROM rebuild.told t
            WHERE t.key = i.key AND t.type = 'certificate.revoked.v1' AND t.data -> 'edition' = i.data -> 'edition' LIMIT 1
        ) r ON true
        """
    )
    await connection.execute(
        "INSERT INTO status_changes (number) SELECT DISTINCT status_index / $1 FROM certificates WHERE issued_at IS NOT NULL",
        STATUS_LIST_SIZE,
    )
    await connection.execute("SELECT setval('certificate_count', (SELECT count(*) FROM certificates), false)")
    return int(status.rpartition(" ")[2])


async def erased_with_certificates(connection: Connection) -> list[UUID]:
    """Erased registrations that have certificates: nothing about the person may be kept with them."""
    rows = await connection.fetch(
        """
        SELECT registration_id FROM registrations g
        WHERE state = 'erased' AND EXISTS (SELECT FROM certificates c WHERE c.registration_id = g.registration_id)
        """
    )
    return [row["registration_id"] for row in rows]


async def read_promised(connection: Connection) -> list[Promised]:
    """Successors that were named, with a serial, and never issued."""
    rows = await connection.fetch(
        """
        SELECT c.registration_id, c.workshop_id, c.edition + 1 AS edition, c.superseded_by AS serial, c.superseded_at,
            c.kind = 'trainer' AS trainer
        FROM certificates c
        WHERE c.state = 'superseded'
          AND NOT EXISTS (SELECT FROM certificates n WHERE n.registration_id = c.registration_id AND n.edition > c.edition)
        """
    )
    return [Promised(**row) for row in rows]


async def restore_receipts(connection: Connection) -> None:
    """The facts that were answered, when, and with which counts: those told last."""
    await connection.execute(
        """
        INSERT INTO receipts (fact_id, fact_type, workshop_id, registration_id, effects, acted_at)
        SELECT DISTINCT ON (data ->> 'fact_id') (data ->> 'fact_id')::uuid, data ->> 'fact_type', (data ->> 'workshop_id')::uuid,
               (data ->> 'registration_id')::uuid, data -> 'effects', (data ->> 'acted_at')::timestamptz
        FROM rebuild.told WHERE type = 'certificates.acted.v1'
        ORDER BY data ->> 'fact_id', sequence DESC
        ON CONFLICT (fact_id) DO UPDATE SET effects = excluded.effects, acted_at = excluded.acted_at
        """
    )


async def restore_trainers(connection: Connection, *, now: datetime) -> None:
    """Those of whom it was told last that they teach.

    Where nothing was told, as by versions before that, whoever had a trainer's certificate last, unless that was taken back.
    """
    await connection.execute(
        """
        WITH named AS (
            SELECT DISTINCT ON (key) key AS registration_id, (data ->> 'workshop_id')::uuid AS workshop_id,
                (data ->> 'trains')::boolean AS trains
            FROM rebuild.told WHERE type = 'certificate.trainer_named.v1' ORDER BY key, sequence DESC
        ), last AS (
            SELECT DISTINCT ON (registration_id) * FROM certificates WHERE issued_at IS NOT NULL ORDER BY registration_id, edition DESC
        ), found AS (
            SELECT registration_id, workshop_id FROM named WHERE trains
            UNION ALL
            SELECT registration_id, workshop_id FROM last
            WHERE kind = 'trainer' AND NOT erased AND revocation_reason IS DISTINCT FROM 'no_trainer'
                AND NOT EXISTS (SELECT FROM named n WHERE n.registration_id = last.registration_id)
        )
        INSERT INTO trainers (registration_id, workshop_id, at, organiser)
        SELECT f.registration_id, f.workshop_id, $1::timestamptz, '' FROM found f
        WHERE NOT EXISTS (SELECT FROM registrations g WHERE g.registration_id = f.registration_id AND g.state = 'erased')
        ON CONFLICT DO NOTHING
        """,
        now,
    )


async def restore_approvals(connection: Connection, *, now: datetime) -> None:
    """Those that were told; of people who were erased there is nothing to approve."""
    await connection.execute(
        """
        INSERT INTO approvals (registration_id, at, organiser)
        SELECT DISTINCT t.key, $1::timestamptz, '' FROM rebuild.told t
        WHERE t.type = 'certificate.approved.v1'
            AND NOT EXISTS (SELECT FROM registrations g WHERE g.registration_id = t.key AND g.state = 'erased')
        ON CONFLICT DO NOTHING
        """,
        now,
    )


async def restore_templates(connection: Connection) -> None:
    """How certificates of each workshop look: what was saved last."""
    await connection.execute(
        """
        INSERT INTO certificate_templates (workshop_id, version, template)
        SELECT DISTINCT ON (key) key, (data ->> 'version')::integer, data -> 'template'
        FROM rebuild.told WHERE type = 'certificate.template_saved.v1'
        ORDER BY key, (data ->> 'version')::integer DESC
        """
    )


async def forget_told(connection: Connection) -> None:
    """Take out of what is held back all that was told."""
    await connection.execute(
        """
        DELETE FROM rebuild.untold u USING rebuild.told t
        WHERE t.key = u.key AND t.type = u.type
          AND CASE WHEN u.type = 'certificates.acted.v1'
              THEN t.data ->> 'fact_id' = u.data ->> 'fact_id' ELSE t.data -> 'edition' = u.data -> 'edition' END
        """
    )
