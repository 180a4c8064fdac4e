"""Real servers that can be struck: a durable PostgreSQL, and a Kafka of one broker or three."""

import asyncio
import contextlib
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg
import psutil

from deploy.embedded.errors import LaunchError
from deploy.embedded.jars import ensure_jars
from deploy.embedded.kafka import Door, KafkaServer, Seat
from deploy.embedded.ports import LOOPBACK, free_ports
from deploy.embedded.postgres import PostgresServer
from shared.runtime.provisioning import provision_topics
from tests.faults.matrix import volume
from tests.faults.matrix.crowd import Crowd
from tests.faults.matrix.fault import Brokers
from tests.faults.matrix.partitions import Partition, Partitions

MAX_CONNECTIONS = 100
POSTGRES = {
    "max_connections": str(MAX_CONNECTIONS),
    "max_wal_size": "256MB",
    # The crash recovery of a backend that was killed goes through the whole log since: kept short, and often.
    "checkpoint_timeout": "60s",
    "log_min_messages": "warning",
}
KAFKA = {"group.min.session.timeout.ms": "1000"}
CLUSTER = {
    # A broker that was killed is missed after seconds, and the other two go on.
    "broker.session.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "1000",
}
HEAP = {1: 384, 3: 256}
"""Megabytes for each broker, by the number of brokers."""


class FaultServers:
    """`async with FaultServers(directory, advertised=…) as servers:` starts both; System takes them as its `servers`.

    Args:
        directory: of their data and logs.
        advertised: by service, the port that Kafka tells it to connect to: that of the proxy between the two. The broker has a
            listener for each, at `kafka_address(service)`, which is what the proxy connects to.
        brokers: one, or three that copy everything (replication 3, min.insync 2). Three are too many for one proxy: services are
            told all their addresses, and `advertised` is left aside.
        topic_prefix: of the topics that are provisioned here.
        erasure_bound_seconds: as the system has it.
    """

    def __init__(
        self,
        directory: Path,
        advertised: Mapping[str, int],
        *,
        brokers: Brokers = 1,
        topic_prefix: str = "",
        erasure_bound_seconds: int = 86_400,
    ) -> None:
        self.directory = directory.resolve()
        self.topic_prefix = topic_prefix
        self._advertised = dict(advertised) if brokers == 1 else {}
        self._doors = {
            service: Door(port, out)
            for port, (service, out) in zip(free_ports(len(self._advertised)), self._advertised.items(), strict=True)
        }
        self._erasure_bound = erasure_bound_seconds
        self._brokers = brokers
        self._nodes: dict[int, KafkaServer] = {}
        self.volume = None if volume.why_not() else volume.Volume(self.directory / "postgres")
        self._postgres = PostgresServer(self.directory / "postgres", password=secrets.token_urlsafe(12), settings=POSTGRES)
        # Beside its volume: what it says while that is full must be written somewhere.
        self._postgres.process.log = self.directory / "postgres.log"
        self._crowd = Crowd(self._postgres)
        self.lost_leaders: set[Partition] = set()
        """Partitions that have lost their leader so far."""

    @property
    def database_url(self) -> str:
        """The administrator's address, past every proxy."""
        return self._postgres.url()

    @property
    def kafka(self) -> str:
        """All brokers, as host:port with commas, past every proxy: for the matrix itself."""
        return ",".join(node.bootstrap for node in self._nodes.values())

    @property
    def postgres_address(self) -> tuple[str, int]:
        """Where proxies find PostgreSQL."""
        return LOOPBACK, self._postgres.port

    @property
    def nodes(self) -> list[int]:
        """The numbers of the brokers."""
        return list(self._nodes)

    @property
    def partitions(self) -> Partitions:
        """Who leads which partition, as the brokers tell."""
        return Partitions(self.kafka, self.topic_prefix)

    def kafka_address(self, service: str) -> tuple[str, int]:
        """Where the service's proxy finds Kafka."""
        if service in self._doors:
            return LOOPBACK, self._doors[service].port
        return LOOPBACK, next(iter(self._nodes.values())).port

    def bootstrap(self, service: str) -> str:
        """What the service is told as Kafka's address: its proxy, or all brokers where there are three."""
        return f"{LOOPBACK}:{self._advertised[service]}" if service in self._advertised else self.kafka

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start all on empty folders, and make the topics where there are three brokers: nobody else would ask for three copies."""
        self._nodes = self._make_nodes(await asyncio.to_thread(ensure_jars))
        if self.volume:
            await asyncio.to_thread(self.volume.mount)
        starts = [self._postgres.start(), *(node.start(within=300) for node in self._nodes.values())]
        # Each is waited for even if another fails: a start that was given up in the middle could not be stopped.
        for outcome in await asyncio.gather(*starts, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        await self._crowd.admit()
        if self._brokers > 1:
            await provision_topics(
                self.kafka, prefix=self.topic_prefix, erasure_bound_seconds=self._erasure_bound, replication_factor=self._brokers
            )
            await self.partitions.until_copied()

    async def stop(self) -> None:
        """Stop all; nothing is kept."""
        await self._crowd.leave()
        for node in self._nodes.values():
            node.process.kill()
        await asyncio.gather(*(node.stop() for node in self._nodes.values()))
        await self.kill_postgres()
        await self._postgres.stop()
        if self.volume:
            await asyncio.to_thread(self.volume.unmount)

    async def kill_kafka(self, node: int = 1) -> None:
        """kill -9 of a broker."""
        self._nodes[node].process.kill()
        await self._nodes[node].process.gone()

    async def start_kafka(self, node: int = 1, *, within: float = 300) -> None:
        """Start it where it is gone, and wait until it answers; of three, until it holds a copy of everything again."""
        server = self._nodes[node]
        if server.process.running:
            await server.process.ready(server.answers, within=within)
        else:
            await server.start(within=within)
        if self._brokers > 1:
            await self.partitions.until_copied(within=within)

    @contextlib.asynccontextmanager
    async def frozen_kafka(self, node: int = 1) -> AsyncIterator[None]:
        """A broker that holds its connections and answers nothing, as in a long pause of its memory or its disk."""
        self._nodes[node].process.kill(signal.SIGSTOP)
        try:
            yield
        finally:
            self._nodes[node].process.kill(signal.SIGCONT)

    async def leader_of(self, partition: Partition) -> int:
        """The number of the broker that leads a partition now."""
        return (await self.partitions.leaders())[partition]

    async def kill_postgres(self) -> None:
        """kill -9 of the postmaster and of everything that it has started; the next start recovers from the log."""
        if not self._postgres.process.running:
            return
        postmaster = psutil.Process(self._postgres.process.pid)
        postmaster.suspend()  # it would start new ones in place of those that fall first
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        await self._postgres.process.gone()
        await asyncio.to_thread(psutil.wait_procs, family[1:], 10)

    async def start_postgres(self, *, within: float = 300) -> None:
        """Start it again where it is gone, and wait until it takes connections: after its crash recovery.

        One that is about to give up, as on a volume that was full, is waited for and then started.
        """
        for last in (False, False, True):
            try:
                if self._postgres.process.running:
                    await self._postgres.process.ready(self._postgres.answers, within=within)
                else:
                    await self._postgres.start(within=within)
            except LaunchError:
                if last or self._postgres.process.running:
                    raise
            else:
                return

    def postgres_said(self, words: str, *, after: int = 0) -> int:
        """How often PostgreSQL has logged these words after a position in its log, which `postgres_log_size` tells."""
        with self._postgres.process.log.open("rb") as log:
            log.seek(after)
            return log.read().count(words.encode())

    @property
    def postgres_log_size(self) -> int:
        """Bytes that PostgreSQL has logged so far."""
        return self._postgres.process.log.stat().st_size

    @contextlib.asynccontextmanager
    async def hold_connections(self, number: int = MAX_CONNECTIONS) -> AsyncIterator[int]:
        """Take so many of PostgreSQL's connections, or all that are free, and every one that becomes free meanwhile.

        Those reserved for the administrator stay. Yields how many are held at the beginning.
        """
        async with self._crowd.holding(number) as held:
            yield held

    @contextlib.asynccontextmanager
    async def administrator(self, database: str = "postgres") -> AsyncIterator[asyncpg.Connection]:
        """A connection of the administrator's to a database, past every proxy."""
        connection = await asyncpg.connect(self._postgres.url(database), server_settings={"application_name": "matrix"})
        try:
            yield connection
        finally:
            await connection.close(timeout=5)

    def _make_nodes(self, jars: Path) -> dict[int, KafkaServer]:
        numbers = range(1, self._brokers + 1)
        seat = Seat(1, dict(zip(numbers, free_ports(self._brokers), strict=True)))
        return {
            number: KafkaServer(
                self.directory / f"kafka-{number}",
                jars=jars,
                heap_megabytes=HEAP[self._brokers],
                doors=self._doors,
                seat=Seat(number, seat.controllers, seat.cluster_id),
                settings=KAFKA | (CLUSTER if self._brokers > 1 else {}),
            )
            for number in numbers
        }
