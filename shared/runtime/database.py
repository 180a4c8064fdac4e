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
        server_settings={"application_name": application_name, "timezone": "UTC"},
    )


async def connect(settings: ServiceSettings, *, application_name: str) -> asyncpg.Connection:
    """A connection of its own, for what must live and die with one connection: an advisory lock, LISTEN.

    The server is told to notice within seconds when this end has vanished.
    """
    connection = await asyncpg.connect(
        settings.dsn,
        timeout=5.0,
        command_timeout=settings.database_command_timeout,
        server_settings={
            "application_name": application_name,
            "timezone": "UTC",
            "tcp_keepalives_idle": "5",
            "tcp_keepalives_interval": "2",
            "tcp_keepalives_count": "3",
        },
    )
    await _prepare(connection)
    return connection
