"""`atelier documents`: generated descriptions of interfaces, committed beside the code."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from faststream.specification import AsyncAPI
from pydantic import SecretStr

from deploy.command_line.consumers import consumers_of
from deploy.command_line.event_catalogue import write_catalogue
from deploy.command_line.service_name import Service
from deploy.command_line.settings_reference import write_settings
from deploy.embedded.locations import CHECKOUT
from services.registration.web.api.application import create_api
from shared.contracts.catalogue import EVENTS
from shared.contracts.compatibility import breaking_changes
from shared.contracts.envelope import Event
from shared.contracts.topics import Topic
from shared.runtime.broker import create_broker
from shared.runtime.settings import ServiceSettings

SCHEMAS = Path("shared/contracts/schemas")


def documents(*, check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if one is not current")] = False) -> None:
    """Write the events' JSON Schemas and catalogue, an AsyncAPI document per service, the organiser API's OpenAPI, and the settings."""
    broken = [f"{event.type}: {change}" for event in EVENTS for change in _breaks(event)]
    if broken:
        typer.echo("\n".join(["These changes break a committed contract; give it a new version beside the old one:", *broken]), err=True)
        raise typer.Exit(1)
    stale = {path: text for path, text in generate().items() if _differs(path, text)}
    for path, text in stale.items():
        if not check:
            (CHECKOUT / path).parent.mkdir(parents=True, exist_ok=True)
            (CHECKOUT / path).write_text(text)
        typer.echo(f"{path}: {'not current' if check else 'written'}")
    if check and stale:
        typer.echo("Write them anew with: make documents")
        raise typer.Exit(1)


def generate() -> Mapping[Path, str]:
    """Path in the checkout to text, of every document."""
    found = {SCHEMAS / f"{event.type}.json": _json(event.model_json_schema()) for event in EVENTS}
    for service in Service:
        found[Path("docs/events") / f"{service}.json"] = _asyncapi(service)
    found[Path("docs/api/registration.json")] = _json(create_api().openapi())
    found[Path("docs/events/README.md")] = write_catalogue()
    found[Path("docs/settings.md")] = write_settings()
    return found


def _breaks(event: type[Event]) -> list[str]:
    file = CHECKOUT / SCHEMAS / f"{event.type}.json"
    return breaking_changes(json.loads(file.read_text()), event.model_json_schema()) if file.exists() else []


def _asyncapi(service: Service) -> str:
    settings = ServiceSettings(database_url=SecretStr("postgresql://"), kafka_bootstrap="localhost:9092", topic_prefix="")
    consumers = consumers_of(service)
    broker = create_broker(settings, service, consumers)
    specification = AsyncAPI(broker, title=f"Atelier {service}", version="1", description=f"What {service} publishes and reads.")
    document = json.loads(specification.to_specification().to_json())
    for topic in consumers.topics:
        _describe_what_is_read(document, topic, [event for event in EVENTS if event.topic is topic and consumers.handles(event.type)])
    # Sorted: the broker keeps its subscribers and publishers in sets, whose order changes from run to run.
    return _json(document, sort_keys=True)


def _describe_what_is_read(document: dict[str, Any], topic: Topic, events: Sequence[type[Event]]) -> None:
    """A batch subscriber takes raw bytes and decodes them one by one, so the framework cannot know what is in them."""
    schemas = {event.__name__: event.model_json_schema(ref_template="#/components/schemas/{model}") for event in events}
    for schema in list(schemas.values()):
        schemas |= schema.pop("$defs", {})
    document["components"]["schemas"] |= schemas
    for reference in document["channels"][topic.name]["messages"].values():
        message = document["components"]["messages"][reference["$ref"].rpartition("/")[2]]
        message["payload"] = {"oneOf": [{"$ref": f"#/components/schemas/{event.__name__}"} for event in events]}


def _json(document: object, *, sort_keys: bool = False) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=sort_keys) + "\n"


def _differs(path: Path, text: str) -> bool:
    file = CHECKOUT / path
    return not file.exists() or file.read_text() != text
