"""Registration's figures for Prometheus."""

from collections.abc import Sequence
from datetime import datetime

from shared.runtime.database import Connection
from shared.runtime.health import Reading


async def read_gauges(connection: Connection, now: datetime) -> Sequence[Reading]:
    """Workshops by state, and places by what became of them in workshops that take registrations at `now`."""
    readings = [
        Reading("atelier_workshops", "Workshops by state", row["workshops"], {"state": row["state"]})
        for row in await connection.fetch("SELECT state, count(*) AS workshops FROM workshops GROUP BY state")
    ]
    row = await connection.fetchrow(
        """
        SELECT coalesce(sum(confirmed_count), 0) AS confirmed, coalesce(sum(waiting_count), 0) AS waiting
        FROM workshops WHERE state = 'open' AND ends_at > $1
        """,
        now,
    )
    return [
        *readings,
        *(
            Reading("atelier_registrations", "Live registrations of open workshops", row[state], {"state": state})
            for state in ("confirmed", "waiting")
        ),
    ]
