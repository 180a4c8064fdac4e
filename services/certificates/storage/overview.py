"""Counts: what is due, what there is."""

from shared.contracts.workshop_events import WorkshopCompleted
from shared.runtime.database import Connection


async def count_due(connection: Connection) -> int:
    """What waits to be done and can be.

    News to pass on, rules to apply, certificates to render or to issue again, status lists to sign, completions to answer, or answer anew.
    """
    return int(
        await connection.fetchval(
            """
            SELECT (SELECT count(*) FROM workshops WHERE unsettled)
                + (SELECT count(*) FROM workshops WHERE issue_again_before IS NOT NULL)
                + (SELECT count(*) FROM registrations WHERE unsettled)
                + (SELECT count(*) FROM certificates WHERE state = 'eligible' AND error IS NULL)
                + (SELECT count(*) FROM status_changes)
                + (
                    SELECT count(*) FROM receipts r JOIN workshops w USING (workshop_id)
                    WHERE r.registration_id IS NULL AND r.fact_type = $1 AND w.record IS NOT NULL
                        AND (r.acted_at IS NULL OR EXISTS (SELECT FROM certificate_changes h WHERE h.workshop_id = r.workshop_id))
                )
            """,
            WorkshopCompleted.type,
        )
    )


async def count_by_state(connection: Connection) -> dict[str, int]:
    """Certificates by state; those that cannot be set are counted as `error` and not as `eligible`."""
    rows = await connection.fetch(
        """
        SELECT CASE WHEN state = 'eligible' AND error IS NOT NULL THEN 'error' ELSE state END AS shown, count(*) AS certificates
        FROM certificates GROUP BY shown
        """
    )
    return {"eligible": 0, "issued": 0, "superseded": 0, "revoked": 0, "error": 0} | {row["shown"]: row["certificates"] for row in rows}


async def count_not_augmented(connection: Connection) -> int:
    """Valid certificates without a time-stamp."""
    return int(await connection.fetchval("SELECT count(*) FROM certificates WHERE state = 'issued' AND augment_after IS NOT NULL"))
