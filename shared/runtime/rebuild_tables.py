"""What a rebuild keeps in the database while it runs: what the service's own topic tells, and events that nobody may hear of yet.

All of it is in a schema of its own, whose presence says that the database is not to be worked on.
"""

from collections.abc import Sequence
from datetime import datetime

from shared.contracts.catalogue import BY_TYPE
from shared.contracts.topics import Topic
from shared.runtime.database import Connection
from shared.runtime.outbox import publish
from shared.runtime.records import ReadEvent

_BEGIN = """
CREATE SCHEMA rebuild;
CREATE UNLOGGED TABLE rebuild.told (
    event_id uuid PRIMARY KEY,
    key uuid NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    time timestamptz NOT NULL,
    data jsonb NOT NULL
);
CREATE INDEX told_key ON rebuild.told (key, type);
CREATE UNLOGGED TABLE rebuild.untold (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key uuid NOT NULL,
    type text NOT NULL,
    correlation_id text,
    data jsonb NOT NULL
);
CREATE INDEX untold_key ON rebuild.untold (key, type);
"""
# Unlogged: a rebuild that was broken off is begun anew, so nothing of this has to survive a crash.


async def is_being_rebuilt(connection: Connection) -> bool:
    """Whether a rebuild runs, or was broken off: the database has a part of what happened, and whoever worked on it would do harm."""
    return bool(await connection.fetchval("SELECT to_regnamespace('rebuild') IS NOT NULL"))


async def tables_with_rows(connection: Connection) -> list[str]:
    """The tables that are not empty, the migrations' own left out."""
    tables = await connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY tablename"
    )
    return [name for (name,) in tables if await connection.fetchval(f'SELECT EXISTS (SELECT FROM public."{name}")')]  # noqa: S608  # a name from the catalogue


async def begin(connection: Connection) -> None:
    """Mark the database as being rebuilt."""
    await connection.execute(_BEGIN)


async def end(connection: Connection) -> None:
    """The database may be worked on."""
    await connection.execute("DROP SCHEMA rebuild CASCADE")


async def keep_told(connection: Connection, items: Sequence[ReadEvent]) -> None:
    """Keep what the service's own topic tells; a repeat counts once."""
    await connection.executemany(
        """
        INSERT INTO rebuild.told (event_id, key, sequence, type, time, data) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (event_id) DO NOTHING
        """,
        [
            (item.event_id, item.key, item.sequence or 0, item.type, item.envelope.time, item.event.model_dump(mode="json"))
            for item in items
        ],
    )


async def hold_back(connection: Connection) -> None:
    """Take what handlers have published out of the outbox again, in their own transaction: no relay ever sees it there."""
    await connection.execute(
        """
        WITH taken AS (
            DELETE FROM outbox WHERE published_at IS NULL RETURNING id, key, type, convert_from(payload, 'UTF8')::jsonb AS envelope
        )
        INSERT INTO rebuild.untold (key, type, correlation_id, data)
        SELECT key, type, envelope ->> 'correlationid', envelope -> 'data' FROM taken ORDER BY id
        """
    )


async def continue_sequences(connection: Connection, topic: Topic) -> None:
    """From now on, facts of each key are numbered after the highest that is on the topic."""
    await connection.execute("DELETE FROM outbox_sequences")
    await connection.execute(
        "INSERT INTO outbox_sequences (topic, key, last) SELECT $1, key, max(sequence) FROM rebuild.told GROUP BY key", topic.name
    )


async def publish_untold(connection: Connection, *, source: str, now: datetime) -> int:
    """Publish what is still held back, as news: the service it was rebuilt from never told it. Returns how much there was."""
    rows = await connection.fetch("DELETE FROM rebuild.untold RETURNING id, type, correlation_id, data")
    rows = sorted(rows, key=lambda row: row["id"])
    await publish(
        connection,
        [BY_TYPE[row["type"]].model_validate(row["data"]) for row in rows],
        source=source,
        now=now,
        correlation_ids=[row["correlation_id"] for row in rows],
    )
    return len(rows)
