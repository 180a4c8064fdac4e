"""What the organisers' pages about messages show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.notifications.storage.workshops import parse_record
from shared.contracts.workshops import WorkshopRecorded
from shared.runtime.database import Connection

Cursor = tuple[datetime, UUID]
"""The last message of a page: the next begins after it."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One message for a table. Names are None where nobody is known (any more); `overtaken_by` is the type of the fact that did."""

    message_id: UUID
    registration_id: UUID
    workshop_id: UUID
    purpose: str
    occurrence: str
    rule_id: str | None
    due_at: datetime
    state: str
    skip_reason: str | None
    failure: str | None
    settled_at: datetime | None
    attempts: int
    given_name: str | None
    family_name: str | None
    overtaken_by: str | None


_ROW = """
    SELECT m.message_id, m.registration_id, m.workshop_id, m.purpose, m.occurrence, m.rule_id, m.due_at, m.state, m.skip_reason, m.failure,
           m.settled_at, m.attempts, p.given_name, p.family_name, coalesce(x.fact_type, f.type) AS overtaken_by
    FROM messages m
    LEFT JOIN participants p ON p.registration_id = m.registration_id
    LEFT JOIN receipts x ON x.fact_id = m.superseded_by
    LEFT JOIN workshop_facts f ON f.fact_id = m.superseded_by
"""


async def list_workshops(connection: Connection, *, limit: int = 200) -> list[tuple[WorkshopRecorded, dict[str, int]]]:
    """The latest workshops with their messages by state, the latest first. Only the messages of these are counted."""
    rows = await connection.fetch(
        """
        SELECT w.record::text AS record, coalesce(c.counts, '{}'::jsonb) AS counts
        FROM (
            SELECT workshop_id, record, record->'sessions'->0->>'starts' AS starts FROM workshops ORDER BY starts DESC, workshop_id LIMIT $1
        ) AS w
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(state, count) AS counts
            FROM (SELECT state, count(*) AS count FROM messages WHERE workshop_id = w.workshop_id GROUP BY state) AS by_state
        ) AS c
        ORDER BY w.starts DESC, w.workshop_id
        """,
        limit,
    )
    return [(parse_record(row["record"]), row["counts"]) for row in rows]


async def find_workshop(connection: Connection, workshop_id: UUID) -> WorkshopRecorded | None:
    """A workshop's newest record."""
    text = await connection.fetchval("SELECT record::text FROM workshops WHERE workshop_id = $1", workshop_id)
    return None if text is None else parse_record(text)


async def count_by_purpose(connection: Connection, workshop_id: UUID) -> dict[tuple[str, str | None, str], int]:
    """(purpose, rule, state) -> messages of a workshop."""
    rows = await connection.fetch(
        "SELECT purpose, rule_id, state, count(*) AS count FROM messages WHERE workshop_id = $1 GROUP BY purpose, rule_id, state",
        workshop_id,
    )
    return {(row["purpose"], row["rule_id"], row["state"]): row["count"] for row in rows}


async def list_messages(
    connection: Connection, workshop_id: UUID, *, state: str | None, purpose: str | None, after: Cursor | None, limit: int
) -> list[BoardRow]:
    """A workshop's messages in the order in which they are due."""
    conditions, values = ["m.workshop_id = $1"], [workshop_id, limit]
    for condition, chosen in (
        ("m.state = ${0}", (state,)),
        ("m.purpose = ${0}", (purpose,)),
        ("(m.due_at, m.message_id) > (${0}, ${1})", after or (None,)),
    ):
        if chosen[0] is not None:
            numbers = range(len(values) + 1, len(values) + 1 + len(chosen))
            conditions.append(condition.format(*numbers))
            values += chosen
    rows = await connection.fetch(f"{_ROW} WHERE {' AND '.join(conditions)} ORDER BY m.due_at, m.message_id LIMIT $2", *values)
    return _rows(rows)


async def list_uncertain(connection: Connection, *, limit: int) -> list[BoardRow]:
    """Messages that wait for an organiser's decision, of all workshops."""
    return _rows(await connection.fetch(f"{_ROW} WHERE m.state = 'uncertain' ORDER BY m.due_at, m.message_id LIMIT $1", limit))


async def find_message(connection: Connection, message_id: UUID) -> BoardRow | None:
    """One message."""
    return next(iter(_rows(await connection.fetch(f"{_ROW} WHERE m.message_id = $1", message_id))), None)


def _rows(rows: Sequence[asyncpg.Record]) -> list[BoardRow]:
    found: list[dict[str, Any]] = [dict(row) for row in rows]
    return [BoardRow(**row) for row in found]
