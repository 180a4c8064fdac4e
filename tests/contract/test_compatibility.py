import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.catalogue import EVENTS
from shared.contracts.compatibility import breaking_changes
from shared.contracts.envelope import Event
from shared.contracts.workshops import WorkshopRecorded

SCHEMAS = Path(__file__).parents[2] / "shared" / "contracts" / "schemas"
SCHEMA = WorkshopRecorded.model_json_schema()


def without(schema: dict[str, Any], *path: str) -> dict[str, Any]:
    changed = deepcopy(schema)
    place = changed
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return changed


def with_(schema: dict[str, Any], value: object, *path: str) -> dict[str, Any]:
    changed = deepcopy(schema)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_no_contract_breaks_what_is_committed(event: type[Event]) -> None:
    committed = json.loads((SCHEMAS / f"{event.type}.json").read_text())

    assert breaking_changes(committed, event.model_json_schema()) == []


def test_a_new_optional_field_and_new_words_are_additive() -> None:
    changed = with_(SCHEMA, {"type": "string", "default": ""}, "properties", "dress_code")

    assert breaking_changes(SCHEMA, with_(changed, "Other words", "description")) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (without(SCHEMA, "properties", "slug"), ".slug: was removed"),
        (with_(SCHEMA, "string", "properties", "version", "type"), ".version: type was 'integer' and is 'string'"),
        (with_(SCHEMA, [*SCHEMA["required"], "contact"], "required"), ".contact: is now required"),
        (without(SCHEMA, "$defs", "Session", "properties", "starts", "format"), ".sessions[].starts: format was 'date-time' and is None"),
        (with_(SCHEMA, ["draft"], "$defs", "WorkshopState", "enum"), ".state: enum was"),
        (with_(SCHEMA, 2, "properties", "sessions", "minItems"), ".sessions: minItems was 1 and is 2"),
    ],
)
def test_what_breaks_is_named(changed: dict[str, Any], told: str) -> None:
    assert any(told in change for change in breaking_changes(SCHEMA, changed)), breaking_changes(SCHEMA, changed)
