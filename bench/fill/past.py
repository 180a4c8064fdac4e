"""People who registered for a workshop earlier, as each service remembers them: confirmed, told so, and waiting for what comes.

Each statement takes the workshop, the number of the first person and that of the last. Ids follow from workshop and number, so that the
services agree on them.
"""

from collections.abc import Sequence
from hashlib import md5
from uuid import UUID

import asyncpg

PORTION = 100_000
"""People in one transaction."""

_ID = "md5($1::uuid::text || '/' || i)::uuid"
_EACH = "FROM generate_series($2::bigint, $3::bigint) AS i"
_WHEN = "now() - interval '1 day'"

_TOLD = f"""
    INSERT INTO outbox (event_id, topic, key, type, sequence, source, occurred_at, payload, published_at)
    SELECT gen_random_uuid(), 'registrations', {_ID}, 'registration.confirmed.v1', 1, '/services/bench', {_WHEN}, NULL, {_WHEN} {_EACH}
"""
_NUMBERED = f"INSERT INTO outbox_sequences SELECT 'registrations', {_ID}, 1 {_EACH}"
_HEARD = f"""
    INSERT INTO inbox (event_id, topic, key, type, sequence, processed_at)
    SELECT gen_random_uuid(), 'registrations', {_ID}, 'registration.confirmed.v1', 1, {_WHEN} {_EACH}
"""

REGISTRATION = (
    f"""
    INSERT INTO registrations (id, workshop_id, number, state, form_token, address_key, answered, submitted_at)
    SELECT {_ID}, $1, i, 'confirmed', md5('form' || i)::uuid, 'past' || i || '@sink.example', 'confirmed', {_WHEN} {_EACH}
    """,
    f"""
    INSERT INTO participants
    SELECT {_ID}, 1, 'past' || i || '@sink.example', 'Ana', 'Kovač ' || i, 'Ana Kovač ' || i, 'en', 'Europe/Paris' {_EACH}
    """,
    f"INSERT INTO answers SELECT {_ID}, (ARRAY['RS', 'GE', 'UA', 'FR'])[1 + i % 4], 'Police academy', 'Officer', '', '' {_EACH}",
    f"""
    INSERT INTO audit_log (at, actor, action, workshop_id, registration_id, fact_id)
    SELECT {_WHEN}, 'visitor', 'registration.confirm', $1, {_ID}, gen_random_uuid() {_EACH}
    """,
    f"""
    INSERT INTO notification_outcomes (registration_id, purpose, occurrence, workshop_id, sequence, state, language, due_at, reported_at,
                                       sent_at)
    SELECT {_ID}, 'confirmation', i::text, $1, 1, 'sent', 'en', {_WHEN}, {_WHEN}, {_WHEN} {_EACH}
    """,
    # Triggers do not fire here.
    """
    INSERT INTO outcome_counts AS c VALUES ($1, 'notifications', 'confirmation', 'sent', $3::bigint - $2::bigint + 1)
    ON CONFLICT (workshop_id, told_by, purpose, state) DO UPDATE SET outcomes = c.outcomes + excluded.outcomes
    """,
    "UPDATE workshops SET last_number = $3::bigint, confirmed_count = confirmed_count + $3::bigint - $2::bigint + 1 WHERE id = $1",
    _TOLD,
    _NUMBERED,
    _HEARD,
)
NOTIFICATIONS = (
    f"""
    INSERT INTO registrations (registration_id, workshop_id, standing, standing_sequence, standing_fact, admitted_at, confirmed_at,
                               last_fact_at, agenda_digest)
    SELECT {_ID}, $1, 'confirmed', 1, gen_random_uuid(), {_WHEN}, {_WHEN}, {_WHEN}, w.agenda_digest
    {_EACH} JOIN workshops w ON w.workshop_id = $1
    """,
    f"""
    INSERT INTO participants
    SELECT {_ID}, $1, 1, 'Ana', 'Kovač ' || i, 'past' || i || '@sink.example', 'en', 'Europe/Paris', '/my/' || repeat('x', 60) || i {_EACH}
    """,
    f"""
    INSERT INTO messages (registration_id, workshop_id, purpose, occurrence, rank, sequence, due_at, state, settled_at, language)
    SELECT {_ID}, $1, 'confirmation', i::text, 0, 1, {_WHEN}, 'sent', {_WHEN}, 'en' {_EACH}
    """,
    f"""
    INSERT INTO messages (registration_id, workshop_id, purpose, occurrence, rule_id, rank, sequence, due_at, expires_at)
    SELECT {_ID}, $1, a.purpose, a.occurrence, a.rule_id, a.rank, a.sequence, a.due_at, a.expires_at
    {_EACH} JOIN agenda a ON a.workshop_id = $1
    """,
    _TOLD,
    _NUMBERED,
    _HEARD,
)
CERTIFICATES = (
    f"""
    INSERT INTO registrations (registration_id, workshop_id, state, sequence, participant_version, certificate_name, language, unsettled)
    SELECT {_ID}, $1, 'confirmed', 1, 1, 'Ana Kovač ' || i, 'en', false {_EACH}
    """,
    _HEARD,
)


async def fill(url: str, statements: Sequence[str], workshop_id: UUID, first: int, last: int) -> None:
    """Add the people numbered from `first` to `last` to one service's database; `url` is the administrator's.

    References are not checked, since each was made here; everything else is as if the service had done it itself.
    """
    connection = await asyncpg.connect(url, server_settings={"session_replication_role": "replica", "maintenance_work_mem": "256MB"})
    try:
        for begin in range(first, last + 1, PORTION):
            async with connection.transaction():
                for statement in statements:
                    await connection.execute(statement, workshop_id, begin, min(begin + PORTION - 1, last))
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def person(workshop_id: UUID, number: int) -> UUID:
    """The id of one of them."""
    return UUID(md5(f"{workshop_id}/{number}".encode(), usedforsecurity=False).hexdigest())
