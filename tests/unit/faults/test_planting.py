"""What was put on the topics by hand is never taken for something that a service has said."""

from types import SimpleNamespace

import pytest
from aiokafka import ConsumerRecord

from deploy.reconcile.kafka_log import Position
from shared.contracts.topics import REGISTRATIONS
from shared.runtime.records import HEARTBEAT
from tests.faults.matrix import planting
from tests.faults.matrix.planting import Planting


def record(offset: int, key: bytes) -> ConsumerRecord:
    return ConsumerRecord(REGISTRATIONS.name, 0, offset, 0, 0, key, b"{}", None, 0, 0, ())


async def test_what_was_planted_and_heartbeats_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    on_kafka = [record(0, b"ana"), record(1, HEARTBEAT.encode()), record(2, b"ana"), record(3, b"beka")]

    async def read(_bootstrap: str, topics: dict[str, int]) -> list[ConsumerRecord]:
        assert topics == {f"w1.{REGISTRATIONS.name}": REGISTRATIONS.partitions}
        return on_kafka

    monkeypatch.setattr(planting, "read_records", read)
    servers = SimpleNamespace(topic_prefix="w1.", kafka="127.0.0.1:1")
    stage = SimpleNamespace(servers=servers, planted={str(Position(REGISTRATIONS.name, 0, 2))})
    told = await Planting(stage).records(REGISTRATIONS)  # type: ignore[arg-type]  # only these two of a stage are asked for
    assert [one.offset for one in told] == [0, 3]
