"""Everything that judging, composing and sending a message takes, joined at the last moment."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.notifications.domain.message import Audience, Purpose, Standing
from services.notifications.domain.outgoing import Basis, Outgoing, Present, Recipient
from services.notifications.domain.truth import Situation
from services.notifications.storage.workshop_facts import parse_fact
from services.notifications.storage.workshops import parse_record
from shared.runtime.database import Connection

_ANNOUNCED_AS = """
    FROM messages i
    WHERE i.registration_id = m.registration_id AND i.purpose = 'certificate' AND i.state IN ('sent', 'uncertain') AND i.occurrence =
"""
_PRESENT = f"""
           m.message_id, m.purpose, m.expires_at, w.version AS workshop_version, w.cancelled_by, p.version AS participant_version,
           r.standing, r.standing_fact, r.confirmed_at IS NOT NULL AS ever_confirmed, a.audience,
           coalesce((SELECT true FROM attendance t WHERE t.registration_id = m.registration_id AND t.present LIMIT 1), false) AS attended,
           c.state AS certificate_state, c.fact_id AS certificate_fact,
           coalesce((SELECT true {_ANNOUNCED_AS} c.serial || ':issued' LIMIT 1), false) AS announced,
           (SELECT CASE WHEN o.state = 'superseded' THEN o.serial END FROM certificates o
            WHERE m.rank = 2 AND o.registration_id = m.registration_id AND o.sequence < c.sequence
              AND (SELECT true {_ANNOUNCED_AS} o.serial || ':issued' LIMIT 1)
            ORDER BY o.sequence DESC LIMIT 1) AS replaces
"""  # noqa: S608  # fragments of our own, no values
# Not EXISTS, which may be answered for all registrations at once: for a few messages all attendance and all mails would be read.
_FROM = """
    FROM messages m
    JOIN registrations r ON r.registration_id = m.registration_id
    JOIN workshops w ON w.workshop_id = m.workshop_id
    JOIN participants p ON p.registration_id = m.registration_id
    LEFT JOIN agenda a ON a.workshop_id = m.workshop_id AND a.purpose = m.purpose AND a.occurrence = m.occurrence
    LEFT JOIN certificates c ON m.rank = 2 AND c.registration_id = m.registration_id
         AND c.serial = regexp_replace(m.occurrence, ':[a-z]+$', '')
"""
_LOAD_PRESENT = f"SELECT {_PRESENT} {_FROM} WHERE m.message_id = ANY($1)"
_LOAD = f"""
    SELECT {_PRESENT},
           m.fence, m.registration_id, m.occurrence, m.rule_id, m.due_at, m.attempts, m.correlation_id, m.traceparent,
           p.given_name, p.family_name, p.address, p.language, p.time_zone, p.personal_page,
           w.record::text AS record, w.recorded_at, f.type AS fact_type, f.data::text AS fact_data, c.verification_token,
           c.revocation_reason
    {_FROM}
    LEFT JOIN workshop_facts f ON m.rank = 1 AND f.fact_id = CASE WHEN m.rank = 1 THEN m.occurrence::uuid END
    WHERE m.message_id = ANY($1)
    ORDER BY m.rank = 3, m.due_at, m.rank, m.sequence
"""


async def load_outgoing(connection: Connection, message_ids: Sequence[UUID]) -> list[Outgoing]:
    """The messages whose participant, registration and workshop are all here, in the order in which they are to leave."""
    return [_outgoing(row) for row in await connection.fetch(_LOAD, message_ids)]


async def load_present(connection: Connection, message_ids: Collection[UUID]) -> dict[UUID, Present]:
    """What is true at this moment of the messages whose participant, registration and workshop are all here."""
    return {row["message_id"]: Present(**_present(row)) for row in await connection.fetch(_LOAD_PRESENT, message_ids)}


def _present(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "purpose": Purpose(row["purpose"]),
        "expires_at": row["expires_at"],
        "situation": Situation(
            standing=Standing(row["standing"]),
            standing_fact=row["standing_fact"],
            ever_confirmed=row["ever_confirmed"],
            cancelled_by=row["cancelled_by"],
            audience=Audience(row["audience"]) if row["audience"] else None,
            attended=row["attended"],
            certificate_state=row["certificate_state"],
            certificate_fact=row["certificate_fact"],
            certificate_announced=row["announced"],
            certificate_replaces=row["replaces"],
        ),
        "basis": Basis(row["workshop_version"], row["participant_version"], row["standing_fact"]),
    }


def _outgoing(row: asyncpg.Record) -> Outgoing:
    return Outgoing(
        message_id=row["message_id"],
        fence=row["fence"],
        registration_id=row["registration_id"],
        occurrence=row["occurrence"],
        rule_id=row["rule_id"],
        due_at=row["due_at"],
        attempts=row["attempts"],
        correlation_id=row["correlation_id"],
        traceparent=row["traceparent"],
        recipient=Recipient(
            given_name=row["given_name"],
            family_name=row["family_name"],
            address=row["address"],
            language=row["language"],
            time_zone=row["time_zone"],
            personal_page=row["personal_page"],
        ),
        workshop=parse_record(row["record"]),
        workshop_recorded_at=row["recorded_at"],
        fact=parse_fact(row["fact_type"], row["fact_data"]) if row["fact_type"] else None,
        certificate_token=row["verification_token"],
        revocation_reason=row["revocation_reason"],
        **_present(row),
    )
