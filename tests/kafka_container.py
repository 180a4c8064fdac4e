"""Apache's own image as a test container; the library's Kafka container knows another vendor's image only."""

import time

from testcontainers.core.container import DockerContainer

from deploy.embedded.ports import LOOPBACK, free_ports

PORT = 9092


def host_of(container: DockerContainer) -> str:
    """Where a container's published ports are reached; the library's TESTCONTAINERS_HOST_OVERRIDE can say otherwise."""
    host: str = container.get_docker_client().host()
    # By its number: a published port may be another container's on ::1, which the name can mean too.
    return LOOPBACK if host == "localhost" else host


class ApacheKafkaContainer(DockerContainer):
    """One KRaft node. Its port on the host is chosen beforehand, because the broker must advertise it when it starts."""

    def __init__(self, image: str) -> None:
        super().__init__(image)
        [port] = free_ports(1)
        self.bootstrap = f"{host_of(self)}:{port}"
        """The address for clients, host:port."""
        self.with_bind_ports(PORT, port)
        for name, value in {
            "KAFKA_NODE_ID": "1",
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_LISTENERS": f"PLAINTEXT://:{PORT},CONTROLLER://:9093",
            "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{self.bootstrap}",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_INTER_BROKER_LISTENER_NAME": "PLAINTEXT",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
            "KAFKA_HEAP_OPTS": "-Xmx512m -Xms256m",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "8",
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
            "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
            "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
            "KAFKA_LOG_CLEANER_BACKOFF_MS": "1000",
        }.items():
            self.with_env(name, value)

    def start(self) -> "ApacheKafkaContainer":
        """Start, and wait until the broker says that it serves."""
        super().start()
        deadline = time.monotonic() + 60
        while b"Kafka Server started" not in self.get_logs()[0]:
            if time.monotonic() > deadline:
                raise TimeoutError("the Kafka container did not start within 60 seconds")
            time.sleep(0.2)
        return self
