"""A worker as its own process: notes what it consumes, and has one slow job. Started by tests."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from shared.runtime.database import Connection
from shared.runtime.health import Reading
from shared.runtime.jobs import Job
from shared.runtime.serving import serve
from shared.runtime.settings import ServiceSettings
from shared.runtime.worker import Due, WorkerContext, create_worker
from tests.component.runtime.parts import note_taker


def jobs(context: WorkerContext[ServiceSettings]) -> Sequence[Job]:
    failures = iter(range(2))

    async def slow() -> bool:
        claimed = await context.pool.fetchval(
            "UPDATE work SET state = 'begun' WHERE id = (SELECT min(id) FROM work WHERE state = 'new') RETURNING id"
        )
        if claimed is None:
            return False
        await asyncio.sleep(0.2)
        await context.pool.execute("UPDATE work SET state = 'finished' WHERE id = $1", claimed)
        return True

    async def clumsy() -> bool:
        if next(failures, None) is not None:
            raise ValueError("Ana Kovač <ana@example.org>")
        await context.pool.execute("INSERT INTO work (state) SELECT 'clumsy' WHERE NOT EXISTS (SELECT FROM work WHERE state = 'clumsy')")
        return False

    async def timely() -> bool:
        await context.pool.execute("INSERT INTO seen (at) VALUES ($1)", context.clock.now())
        return False

    return [Job("slow", slow, wake_on="work", every=600), Job("clumsy", clumsy), Job("timely", timely, every=600)]


async def due(connection: Connection, now: datetime) -> Due:
    return Due(await connection.fetchval("SELECT count(*) FROM work WHERE state = 'new'"), now)


async def gauges(connection: Connection, _now: datetime) -> Sequence[Reading]:
    rows = await connection.fetch("SELECT state, count(*) FROM work GROUP BY state")
    return [Reading("work_items", "Work by state", row["count"], {"state": row["state"]}) for row in rows]


def main() -> None:
    settings = ServiceSettings()  # type: ignore[call-arg]  # filled from the environment
    app = create_worker(settings, service="notifications", consumers=note_taker(), jobs=jobs, due=due, gauges=gauges)
    serve(app, settings, service="notifications")


if __name__ == "__main__":
    main()
