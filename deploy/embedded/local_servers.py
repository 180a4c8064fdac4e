"""PostgreSQL and Kafka of one data directory."""

import asyncio
from pathlib import Path

from deploy.embedded.jars import ensure_jars
from deploy.embedded.kafka import KafkaServer
from deploy.embedded.postgres import PostgresServer
from deploy.embedded.processes import ManagedProcess


class LocalServers:
    """Started together, since each takes seconds; the addresses are known from then on."""

    def __init__(self, directory: Path, *, durable: bool) -> None:
        self._directory = directory
        self._durable = durable
        self._postgres: PostgresServer | None = None
        self._kafka: KafkaServer | None = None

    @property
    def database_url(self) -> str:
        """The administrator's address."""
        if self._postgres is None:
            raise RuntimeError("PostgreSQL has not started")
        return self._postgres.url()

    @property
    def kafka(self) -> str:
        """The broker's address, host:port."""
        if self._kafka is None:
            raise RuntimeError("Kafka has not started")
        return self._kafka.bootstrap

    def processes(self) -> list[ManagedProcess]:
        """Both, once they have started."""
        return [server.process for server in (self._postgres, self._kafka) if server]

    async def start(self, password: str) -> None:
        """Start both and wait until they answer."""
        jars = await asyncio.to_thread(ensure_jars)
        self._postgres = PostgresServer(self._directory / "postgres", password=password, durable=self._durable)
        self._kafka = KafkaServer(self._directory / "kafka", jars=jars)
        # Each is waited for even if the other fails: a start that was given up in the middle could not be stopped.
        outcomes = await asyncio.gather(self._postgres.start(), self._kafka.start(), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def stop(self) -> None:
        """Kafka first: nothing depends on the order, but it takes longer."""
        await asyncio.gather(*(server.stop() for server in (self._kafka, self._postgres) if server))
