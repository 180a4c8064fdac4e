"""Apache's own image as a test container; the library's Kafka container knows another vendor's image only."""

import time

from testcontainers.core.container import DockerContainer

from deploy.embedded.ports import free_ports

PORT = 9092


class ApacheKafkaContainer(DockerContainer):
    """One KRaft node. Its port on the host is chosen beforehand, because the broker must advertise it when it starts."""

    def __init__(self, image: str) -> None:
        super().__init__(image)
        self._host_port = free_ports(1)[0]
        self.with_bind_ports(PORT, self._host_port)
        for name, value in {
            "KAFKA_NODE_ID": "1",
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_LISTENERS": f"PLAINTEXT://:{PORT},CONTROLLER://:9093",
            "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{self.get_container_host_ip()}:{self._host_port}",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
            "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
            "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
            "KAFKA_LOG_CLEANER_BACKOFF_MS": "1000",
        }.items():
            self.with_env(name, value)

    @property
    def bootstrap(self) -> str:
        """The address for clients, host:port."""
        return f"{self.get_container_host_ip()}:{self._host_port}"

    def start(self) -> "ApacheKafkaContainer":
        """Start, and wait until the broker says that it serves."""
        super().start()
        deadline = time.monotonic() + 60
        while b"Kafka Server started" not in self.get_logs()[0]:
            if time.monotonic() > deadline:
                raise TimeoutError("the Kafka container did not start within 60 seconds")
            time.sleep(0.2)
        return self
