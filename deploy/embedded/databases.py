"""One database and one user per service, who cannot open each other's."""

from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

SERVICES = ("registration", "notifications", "certificates")


class Databases:
    """On one PostgreSQL server. `suffix` keeps several systems on a shared server apart."""

    def __init__(self, administrator_url: str, passwords: dict[str, str], *, suffix: str = "") -> None:
        self._administrator_url = administrator_url
        self._passwords = passwords
        self._suffix = suffix

    def name(self, service: str) -> str:
        """Of the database, and of its user."""
        return f"{service}{self._suffix}"

    def url(self, service: str) -> str:
        """The address that the service itself uses."""
        parts = urlsplit(self._administrator_url)
        name, password = self.name(service), quote(self._passwords[service], safe="")
        location = f"{name}:{password}@{parts.hostname}:{parts.port or 5432}"
        return urlunsplit(parts._replace(netloc=location, path=f"/{name}"))

    async def create(self) -> None:
        """Make what is missing; safe to repeat."""
        connection = await asyncpg.connect(self._administrator_url)
        try:
            for service in SERVICES:
                await self._create(connection, service)
        finally:
            await connection.close()

    async def drop(self) -> None:
        """Remove databases and users, whoever is connected."""
        connection = await asyncpg.connect(self._administrator_url)
        try:
            for service in SERVICES:
                await connection.execute(f'DROP DATABASE IF EXISTS "{self.name(service)}" WITH (FORCE)')
                await connection.execute(f'DROP ROLE IF EXISTS "{self.name(service)}"')
        finally:
            await connection.close()

    async def _create(self, connection: asyncpg.Connection, service: str) -> None:
        name, password = self.name(service), self._passwords[service].replace("'", "''")
        if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", name):
            await connection.execute(f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{password}'")
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
        # Everybody may connect to a new database unless told otherwise.
        await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
