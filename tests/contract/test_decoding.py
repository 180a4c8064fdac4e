import json

import pytest
from examples import EXAMPLES
from test_golden_messages import wire

from shared.contracts.catalogue import UndecodableError, UnknownTypeError, decode
from shared.contracts.registrations import RegistrationConfirmed

CONFIRMED = next(example for example in EXAMPLES if isinstance(example, RegistrationConfirmed))


def changed(**changes: object) -> bytes:
    return json.dumps({**json.loads(wire(CONFIRMED)), **changes}).encode()


def test_a_field_that_is_not_known_is_ignored() -> None:
    data = {**json.loads(wire(CONFIRMED))["data"], "from_the_future": 1}

    _, event = decode(changed(data=data, extension="x"))

    assert event == CONFIRMED


def test_a_producer_cannot_send_a_field_that_the_contract_lacks() -> None:
    event = RegistrationConfirmed.model_validate({**CONFIRMED.model_dump(), "diet": "vegetarian"})

    assert b"vegetarian" not in wire(event)


def test_a_type_that_is_not_known_is_told_apart_from_one_that_is_broken() -> None:
    with pytest.raises(UnknownTypeError, match=r"registration\.confirmed\.v2"):
        decode(changed(type="registration.confirmed.v2"))


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (b"", "value"),
        (b"\xff\xfe", "value"),
        (b"[]", "value"),
        (changed(specversion="2.0"), "specversion"),
        (changed(id="not-a-uuid"), "id"),
        (changed(time="2023-10-17T09:00:00"), "time"),
        (changed(sequence=0), "sequence"),
        (changed(data={"registration_id": "x"}), "registration_id"),
        (changed(data={**json.loads(wire(CONFIRMED))["data"], "number": 0}), "number"),
        (changed(subject="0b1f3c52-8d0e-4c52-9a5e-6f6f0f7b1a01"), "subject"),
    ],
)
def test_what_is_broken_is_named_by_its_field(value: bytes, names: str) -> None:
    with pytest.raises(UndecodableError, match=names):
        decode(value)


def test_the_reason_never_repeats_a_value() -> None:
    participant = next(example for example in EXAMPLES if example.type == "participant.recorded.v1")
    message = json.loads(wire(participant))
    message["data"]["version"] = "djordje@example.org"

    with pytest.raises(UndecodableError) as raised:
        decode(json.dumps(message).encode())

    assert "djordje" not in str(raised.value)


def test_events_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        CONFIRMED.number = 3  # type: ignore[misc]
