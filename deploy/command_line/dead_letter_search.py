"""How dead letters are described on the command line."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from shared.contracts.topics import TOPICS


def topic_name(text: str) -> str:
    """The name of a topic, without prefix. Raises BadParameter, which lists those there are."""
    known = [topic.name for topic in TOPICS]
    if text not in known:
        raise typer.BadParameter(f"there is no topic {text}; there are {', '.join(known)}")
    return text


def moment(text: str) -> datetime:
    """A moment in ISO form, UTC where it names no zone. Raises BadParameter."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a moment such as 2023-10-24T09:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


TopicName = Annotated[str | None, typer.Option("--topic", parser=topic_name, metavar="NAME", help="Only those of this topic")]
Type = Annotated[str | None, typer.Option("--type", help="Only those of this event type, such as registration.confirmed.v1")]
Reason = Annotated[str | None, typer.Option("--reason", help="Only those whose reason contains this text")]
Key = Annotated[UUID | None, typer.Option("--key", help="Only those of this key: a registration's or a workshop's id")]
From = Annotated[datetime | None, typer.Option("--from", parser=moment, metavar="MOMENT", help="Only those set aside then or later (UTC)")]
To = Annotated[datetime | None, typer.Option("--to", parser=moment, metavar="MOMENT", help="Only those set aside before (UTC)")]
