"""What every worker clears away: old inbox entries and expired dead letters."""

from datetime import timedelta

from shared.runtime import dead_letter_rows, inbox
from shared.runtime.database import Pool
from shared.runtime.jobs import Job
from shared.runtime.settings import ServiceSettings


def maintenance(settings: ServiceSettings, pool: Pool) -> Job:
    """The job that clears away, a portion at a time, every ten minutes."""

    async def clear() -> bool:
        async with pool.acquire() as connection, connection.transaction():
            trimmed = await inbox.trim(connection, older_than=timedelta(days=settings.inbox_retention_days))
            expired = await dead_letter_rows.expire(connection, older_than=timedelta(days=settings.dead_letter_retention_days))
        return trimmed + expired > 0

    return Job("maintenance", clear, every=600.0)
