"""Workshops like one that there is, put straight into registration's database: no other service hears of them."""

import uuid

import asyncpg

COPIES = """
    INSERT INTO workshops (id, state, version, definition, starts_at, ends_at, created_at, updated_at)
    SELECT gen_random_uuid(), w.state, w.version, jsonb_set(w.definition, '{slug}', to_jsonb(n.slug)), w.starts_at, w.ends_at, w.created_at,
           w.updated_at
    FROM workshops w, unnest($2::text[]) AS n (slug) WHERE w.id = $1
"""


async def fill(url: str, like: str, count: int) -> list[str]:
    """So many more, each with all places free; returns their slugs. `like` is a workshop's id."""
    slugs = [f"bench-{uuid.uuid4().hex[:10]}" for _ in range(count)]
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(COPIES, uuid.UUID(like), slugs)
        await connection.execute("ANALYZE workshops")
    finally:
        await connection.close()
    return slugs
