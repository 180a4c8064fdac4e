"""How the services' connections are opened."""

import asyncpg

from shared.runtime.database import PLANNING, Pool, connect
from shared.runtime.settings import ServiceSettings


async def settings_of(connection: asyncpg.Connection) -> dict[str, str]:
    return {name: await connection.fetchval("SELECT current_setting($1)", name) for name in PLANNING}


async def test_every_connection_says_how_the_server_is_to_plan_for_it(database_settings: ServiceSettings, pool: Pool) -> None:
    async with pool.acquire() as pooled:
        assert await settings_of(pooled) == PLANNING
    alone = await connect(database_settings, application_name="test")
    try:
        assert await settings_of(alone) == PLANNING
    finally:
        await alone.close()
