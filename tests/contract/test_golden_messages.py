"""Golden messages: what once stood on a topic must be readable for ever, so these files are only ever added to.

A new contract writes its own golden message once: `python tests/contract/write_golden.py`. One that got further fields writes another
beside it, with a number.
"""

import json
from pathlib import Path

import pytest
from examples import EARLIER, EXAMPLES, FACT, MOMENT

from shared.contracts.catalogue import EVENTS, decode
from shared.contracts.envelope import Event, envelop
from shared.contracts.topics import Kind

GOLDEN = Path(__file__).parent / "golden"


def wire(event: Event) -> bytes:
    sequence = 2 if event.topic.kind is Kind.FACT else None
    return envelop(
        event,
        event_id=FACT,
        source=f"/services/{event.topic.owner}",
        time=MOMENT,
        sequence=sequence,
        correlation_id="correlation-1",
    ).to_bytes()


def golden_messages(event_type: str) -> list[Path]:
    """Of one type, oldest first."""
    return sorted(GOLDEN.glob(f"{event_type}.*json"), key=lambda path: (len(path.name), path.name))


def test_every_contract_has_an_example_with_every_field() -> None:
    assert {type(example) for example in EXAMPLES} == set(EVENTS)
    for example in EXAMPLES:
        assert example.model_fields_set == set(type(example).model_fields), example.type


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.type)
def test_what_is_written_now_equals_the_newest_golden_message(example: Event) -> None:
    golden = json.loads(golden_messages(example.type)[-1].read_text())

    assert json.loads(wire(example)) == golden


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_every_golden_message_can_still_be_read(path: Path) -> None:
    envelope, event = decode(path.read_bytes())

    assert event in EXAMPLES + EARLIER
    assert envelope.time == MOMENT
    assert event.key == envelope.subject
