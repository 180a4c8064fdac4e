"""The connection pool, with the conversions that all storage relies on: jsonb to Python values, uuid to UUID, timestamptz to UTC."""

import json
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from shared.runtime.failures import transient
from shared.runtime.settings import ServiceSettings

__all__ = ["Connection", "Pool", "connect", "create_pool", "transient"]

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy
"""What use cases and storage take: an open connection, inside a transaction that they never end."""
Pool: TypeAlias = asyncpg.Pool


PLANNING = {
    # A statement is planned once for each connection, and not with each new value.
    "plan_cache_mode": "force_generic_plan",
    # By an index wherever there is one. What statistics say of tables that double every minute is out of date, and a table that was empty
    # when its statement was planned would be read as a whole for ever after. Scans of bitmaps never learn which entries are dead, of which
    # queues have many.
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    # Planned for any limit, a list of twenty-five rows looks like a tenth of all, and the server would start helpers for it: ten times the
    # work of reading the rows.
    "max_parallel_workers_per_gather": "0",
}
"""How the server is to plan for our connections: see docs/decisions/planned-by-index.md."""


class PooledConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """Goes back to its pool without being cleaned by the server, which would be one more journey for every transaction.

    Nothing is ever left on it: what lives longer than a transaction (an advisory lock, LISTEN) has a connection of its own, see `connect`,
    and asyncpg rolls back what is still open by itself.
    """

    def get_reset_query(self) -> str:
        """Nothing."""
        return ""


async def _prepare(connection: asyncpg.Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, encoder=_to_json, decoder=json.loads, schema="pg_catalog")


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def create_pool(settings: ServiceSettings, *, application_name: str) -> asyncpg.Pool:
    """A pool that opens its first connection when it is first needed, so that a process starts while its database is away.

    A statement is given up after `database_command_timeout` with TimeoutError, which counts as transient.
    """
    return await asyncpg.create_pool(
        settings.dsn,
        min_size=0,
        max_size=settings.database_connections,
        timeout=5.0,
        command_timeout=settings.database_command_timeout,
        init=_prepare,
        connection_class=PooledConnection,
        server_settings=_session(settings, application_name),
    )


async def connect(settings: ServiceSettings, *, application_name: str) -> asyncpg.Connection:
    """A connection of its own, for what must live and die with one connection: an advisory lock, LISTEN."""
    connection = await asyncpg.connect(
        settings.dsn,
        timeout=5.0,
        command_timeout=settings.database_command_timeout,
        server_settings=_session(settings, application_name),
    )
    await _prepare(connection)
    return connection


def _session(settings: ServiceSettings, application_name: str) -> dict[str, str]:
    """How the server is to treat a connection: a client that vanished or fell silent must not keep its locks from the others for hours."""
    return {
        "application_name": application_name,
        "timezone": "UTC",
        **PLANNING,
        # The other end has vanished: noticed within seconds
        "tcp_keepalives_idle": "5",
        "tcp_keepalives_interval": "2",
        "tcp_keepalives_count": "3",
        # It is there and says nothing in the middle of a transaction: given up once its own statement would have been
        "idle_in_transaction_session_timeout": str(int(2000 * settings.database_command_timeout)),
    }
