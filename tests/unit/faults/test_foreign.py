"""What was put on the topics by hand is left out of the comparison, and never stays the last of a key that is kept."""

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID, uuid4

from aiokafka import ConsumerRecord

from deploy.reconcile.kafka_log import KafkaLog, Position, Published
from deploy.reconcile.world import World
from shared.contracts.envelope import envelop
from shared.contracts.registrations import RegistrationPromoted
from tests.faults.matrix.foreign import not_last, overtaken, without


def record(offset: int, key: str, value: str | None, *, partition: int = 0) -> ConsumerRecord:
    return ConsumerRecord("t", partition, offset, 0, 0, key.encode(), value and value.encode(), None, 0, 0, ())


def offsets(records: list[ConsumerRecord]) -> list[int]:
    return [one.offset for one in records]


def published(position: Position) -> Published:
    event = RegistrationPromoted(registration_id=uuid4(), workshop_id=UUID(int=1))
    return Published(position, envelop(event, event_id=uuid4(), source="/s", time=datetime(2023, 10, 24, tzinfo=UTC), sequence=1), event)


def test_only_what_was_put_there_is_left_out() -> None:
    here, there = Position("registrations", 0, 7), Position("registrations", 0, 8)
    both = (here, there)
    log = KafkaLog([published(at) for at in both], [(at, uuid4()) for at in both], [(at, "torn") for at in both], both)
    rest = SimpleNamespace(
        **dict.fromkeys(("registration", "notifications", "certificates", "bookkeeping", "progress", "mails", "left_behind"))
    )
    found = without(World(log=log, **vars(rest)), {str(here)}).log
    assert [one.position for one in found.published] == [there]
    assert [position for position, _ in found.tombstones] == [there]
    assert [position for position, _ in found.undecodable] == [there]
    assert found.keys_differ == [there]


def test_the_newest_of_a_service_s_own_is_put_behind_an_old_one() -> None:
    records = [record(0, "a", "1"), record(1, "a", "2"), record(2, "b", "1"), record(3, "a", "1")]
    assert offsets(not_last(records, {(0, 3)})) == [1]


def test_what_is_the_newest_once_more_hides_nothing() -> None:
    assert not_last([record(0, "a", "1"), record(1, "a", "1")], {(0, 1)}) == []


def test_a_service_that_was_quicker_is_believed() -> None:
    """Its newer record came between the old one and the repeat that was to mend that."""
    records = [record(0, "a", "1"), record(1, "a", "old"), record(2, "a", "2"), record(3, "a", "1")]
    assert offsets(not_last(records, {(0, 1), (0, 3)})) == [2]


def test_an_erasure_is_put_behind_again() -> None:
    records = [record(0, "a", "1"), record(1, "a", None), record(2, "a", "1")]
    assert offsets(not_last(records, {(0, 2)})) == [1]


def test_a_key_that_nobody_but_us_has_used_stays() -> None:
    assert not_last([record(0, "x", "noise")], {(0, 0)}) == []


def test_overtaken_are_those_with_something_newer_and_nobody_who_was_erased() -> None:
    records = [record(0, "a", "1"), record(1, "a", "2"), record(2, "b", "1"), record(3, "c", "1"), record(4, "c", None)]
    assert offsets(overtaken(records)) == [0]
