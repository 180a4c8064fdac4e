"""Reading any bytes ends in an item, and a reason never repeats what was read."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import envelop
from shared.contracts.registrations import RegistrationPromoted
from shared.contracts.topics import PARTICIPANTS, REGISTRATIONS
from shared.runtime.records import ReadEvent, ReadTombstone, Unreadable, read

KEY = UUID("22222222-2222-4222-8222-222222222222")


def record(key: bytes | None, value: bytes | None, headers: tuple[tuple[str, bytes], ...] = ()) -> ConsumerRecord:
    return ConsumerRecord("registrations", 0, 0, 0, 0, key, value, None, -1, -1, headers)


def promoted() -> bytes:
    event = RegistrationPromoted(registration_id=KEY, workshop_id=uuid4())
    return envelop(event, event_id=uuid4(), source="/services/registration", time=datetime.now(UTC), sequence=3).to_bytes()


@given(key=st.none() | st.binary(max_size=40), value=st.none() | st.binary(max_size=200), header=st.binary(max_size=40))
def test_any_bytes_are_read_as_something(key: bytes | None, value: bytes | None, header: bytes) -> None:
    item = read(REGISTRATIONS, record(key, value, (("ce_id", header), ("ce_type", header))))
    assert item is None or isinstance(item, ReadTombstone | Unreadable)


def test_an_event_is_read_with_its_number() -> None:
    item = read(REGISTRATIONS, record(str(KEY).encode(), promoted()))
    assert isinstance(item, ReadEvent)
    assert (item.key, item.type, item.sequence) == (KEY, "registration.promoted.v1", 3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"registration.promoted.v1", b"ana@example.org"),
        (b'"specversion":"1.0"', b'"specversion":"ana@example.org"'),
        (b'"time":"', b'"time":"ana@example.org'),
        (str(KEY).encode(), b"ana@example.org"),
        (b'"sequence":3', b'"sequence":"ana@example.org"'),
        (b'"data":{', b'"data":"ana@example.org","x":{'),
        (b"{", b"ana@example.org{"),
    ],
)
def test_a_reason_repeats_nothing(old: bytes, new: bytes) -> None:
    value = promoted()
    assert old in value
    item = read(REGISTRATIONS, record(str(KEY).encode(), value.replace(old, new)))
    assert isinstance(item, Unreadable)
    assert item.key == KEY
    assert "ana" not in item.reason


def test_an_event_on_another_topic_is_not_taken() -> None:
    item = read(PARTICIPANTS, record(str(KEY).encode(), promoted()))
    assert isinstance(item, Unreadable)
    assert item.reason == "registration.promoted.v1 does not belong on participants"
