"""What the matrix puts on the topics as broken is broken in the eyes of the product, and is nobody's."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from aiokafka import ConsumerRecord

from shared.contracts.envelope import envelop
from shared.contracts.registrations import RegistrationConfirmed
from shared.contracts.topics import REGISTRATIONS, TOPICS, Topic
from shared.runtime.records import Unreadable, read
from tests.faults.matrix.faults.events import BROKEN, UNKNOWN, Maker
from tests.faults.matrix.planting import Plant

KEY = UUID("22222222-2222-4222-8222-222222222222")


def fact() -> ConsumerRecord:
    event = RegistrationConfirmed(registration_id=KEY, workshop_id=UUID(int=1), number=3)
    envelope = envelop(event, event_id=uuid4(), source="/services/registration", time=datetime(2023, 10, 24, tzinfo=UTC), sequence=1)
    return as_record(Plant(REGISTRATIONS, str(KEY).encode(), envelope.to_bytes()))


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  # repeatable on purpose


def as_record(plant: Plant) -> ConsumerRecord:
    return ConsumerRecord(plant.topic.name, 0, 0, 0, 0, plant.key, plant.value, None, 0, 0, plant.headers)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
@pytest.mark.parametrize("maker", [*BROKEN, *UNKNOWN], ids=lambda maker: maker.__name__)
def test_it_cannot_be_read_and_is_under_nobody_s_key(maker: Maker, topic: Topic) -> None:
    for seed in range(20):
        plant = maker(topic, fact(), seeded(seed))
        item = read(plant.topic, as_record(plant))
        assert isinstance(item, Unreadable)
        assert plant.key != str(KEY).encode()


@pytest.mark.parametrize("maker", UNKNOWN, ids=lambda maker: maker.__name__)
def test_an_unknown_one_is_whole_but_for_its_type(maker: Callable[[Topic, ConsumerRecord, random.Random], Plant]) -> None:
    item = read(REGISTRATIONS, as_record(maker(REGISTRATIONS, fact(), seeded(1))))
    assert isinstance(item, Unreadable)
    assert item.reason.startswith("unknown type registration")
