"""Workshops: reading, locking, saving. The row's lock is the one under which places are decided."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from services.registration.domain.places import Places
from services.registration.domain.workshop import Workshop, WorkshopDefinition
from shared.contracts.workshops import WorkshopState
from shared.runtime.database import Connection

_COLUMNS = "id, state, version, definition::text, confirmed_count, waiting_count, last_number, starts_at, ends_at, created_at, updated_at"


async def insert(connection: Connection, workshop: Workshop) -> bool:
    """Store a new workshop; False where its slug is taken."""
    row = await connection.fetchval(
        """
        INSERT INTO workshops (id, state, version, definition, starts_at, ends_at, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
        ON CONFLICT (slug) DO NOTHING
        RETURNING id
        """,
        workshop.id,
        workshop.state,
        workshop.version,
        workshop.definition.model_dump(mode="json"),
        workshop.starts_at,
        workshop.ends_at,
        workshop.created_at,
    )
    return row is not None


async def save(connection: Connection, workshop: Workshop) -> None:
    """Write state, version, definition and times of a locked workshop. The counters are untouched: see save_places."""
    await connection.execute(
        """
        UPDATE workshops SET state = $2, version = $3, definition = $4, starts_at = $5, ends_at = $6, updated_at = $7 WHERE id = $1
        """,
        workshop.id,
        workshop.state,
        workshop.version,
        workshop.definition.model_dump(mode="json"),
        workshop.starts_at,
        workshop.ends_at,
        workshop.updated_at,
    )


async def slug_is_taken(connection: Connection, slug: str, *, by_other_than: UUID) -> bool:
    """Whether another workshop has this slug."""
    taken: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM workshops WHERE slug = $1 AND id <> $2)", slug, by_other_than)
    return taken


async def find(connection: Connection, workshop_id: UUID) -> Workshop | None:
    """Read without a lock."""
    return _workshop(await connection.fetchrow(f"SELECT {_COLUMNS} FROM workshops WHERE id = $1", workshop_id))  # noqa: S608 - constant


async def find_by_slugs(connection: Connection, slugs: Sequence[str]) -> dict[str, Workshop]:
    """Those there are, by slug, read without a lock and whatever their state: the caller hides drafts."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM workshops WHERE slug = ANY($1::text[])", slugs)  # noqa: S608 - constant
    return {workshop.definition.slug: workshop for workshop in map(_read, rows)}


async def lock(connection: Connection, workshop_id: UUID) -> Workshop | None:
    """Read and lock until the transaction ends. Always before any registration of it is locked."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM workshops WHERE id = $1 FOR UPDATE", workshop_id)  # noqa: S608 - constant
    return _workshop(row)


async def share(connection: Connection, workshop_id: UUID) -> Workshop | None:
    """Read and keep from changing, while others may share: for check-ins, of which many happen at once."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM workshops WHERE id = $1 FOR SHARE", workshop_id)  # noqa: S608 - constant
    return _workshop(row)


async def lock_places(connection: Connection, workshop_id: UUID) -> tuple[Places, str] | None:
    """Lock the workshop and read no more of it than admission needs: its places and its time zone."""
    row = await connection.fetchrow(
        """
        SELECT state, capacity, confirmed_count, waiting_count, last_number, ends_at,
               (definition ->> 'waitlist')::boolean AS waiting_list, definition ->> 'time_zone' AS time_zone
        FROM workshops WHERE id = $1 FOR UPDATE
        """,
        workshop_id,
    )
    if row is None:
        return None
    places = Places(
        capacity=row["capacity"],
        confirmed=row["confirmed_count"],
        waiting=row["waiting_count"],
        last_number=row["last_number"],
        waiting_list=row["waiting_list"],
        state=WorkshopState(row["state"]),
        ends_at=row["ends_at"],
    )
    return places, row["time_zone"]


async def save_places(connection: Connection, workshop_id: UUID, places: Places) -> None:
    """Write the counters of a locked workshop. The table refuses more confirmed than there are places."""
    await connection.execute(
        "UPDATE workshops SET confirmed_count = $2, waiting_count = $3, last_number = $4 WHERE id = $1",
        workshop_id,
        places.confirmed,
        places.waiting,
        places.last_number,
    )


async def latest_joining(connection: Connection, workshop_id: UUID) -> datetime | None:
    """The latest moment at which anybody was admitted or moved up, in business time; None where nobody was."""
    moment: datetime | None = await connection.fetchval(
        "SELECT greatest(max(submitted_at), max(promoted_at)) FROM registrations WHERE workshop_id = $1", workshop_id
    )
    return moment


async def list_open(connection: Connection, now: datetime, *, limit: int = 200) -> list[Workshop]:
    """Those that take registrations, the next first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM workshops WHERE state = 'open' AND ends_at > $1 ORDER BY starts_at, id LIMIT $2",  # noqa: S608 - constant
        now,
        limit,
    )
    return [_read(row) for row in rows]


async def list_all(connection: Connection, *, after: tuple[datetime, UUID] | None = None, limit: int = 50) -> list[Workshop]:
    """All workshops, the latest start first; `after` is (starts_at, id) of the last one seen."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM workshops
        WHERE $1::timestamptz IS NULL OR (starts_at, id) < ($1, $2)
        ORDER BY starts_at DESC, id DESC LIMIT $3
        """,  # noqa: S608 - constant
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_read(row) for row in rows]


def _workshop(row: Any) -> Workshop | None:
    return None if row is None else _read(row)


def _read(row: Any) -> Workshop:
    return Workshop(
        id=row["id"],
        state=WorkshopState(row["state"]),
        version=row["version"],
        definition=_definition(row["definition"]),
        confirmed=row["confirmed_count"],
        waiting=row["waiting_count"],
        last_number=row["last_number"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


@lru_cache(maxsize=1024)
def _definition(text: str) -> WorkshopDefinition:
    """Read once for as long as it stays as it is: every page of a workshop needs it, and checking it takes longer than the page."""
    return WorkshopDefinition.model_validate(json.loads(text))
