"""The CloudEvents 1.0 structured-mode envelope that carries every event, and the headers that carry a tombstone.

Source of the attribute names: CloudEvents 1.0.2, https://github.com/cloudevents/spec. Extension attributes of ours:
`sequence` (int, counts the facts of one key from 1; absent on state records, which have a version of their own) and
`correlationid` (follows one submission from the form to the mail).
"""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.contracts.topics import Topic

CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"


class Event(BaseModel):
    """The base of all contracts. Frozen; fields a consumer does not know are ignored, a producer cannot send any."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    """Past tense with a version, such as `registration.confirmed.v1`."""
    topic: ClassVar[Topic]

    @property
    def key(self) -> UUID:
        """The Kafka key: what the topic table says."""
        raise NotImplementedError


class Envelope(BaseModel):
    """One event on the wire. `time` is business time with its offset; `data` is the event's own JSON."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str = Field(min_length=1, description="The publishing service, as /services/registration")
    type: str = Field(min_length=1)
    subject: UUID = Field(description="The key of the record")
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any]
    sequence: int | None = Field(default=None, ge=1)
    correlationid: str | None = None
    traceparent: str | None = None

    def to_bytes(self) -> bytes:
        """The record's value."""
        return self.model_dump_json(exclude_none=True).encode()


def envelop(
    event: Event,
    *,
    event_id: UUID,
    source: str,
    time: datetime,
    sequence: int | None,
    correlation_id: str | None = None,
    traceparent: str | None = None,
) -> Envelope:
    """Put an event into its envelope. `time` must carry a zone."""
    return Envelope(
        id=event_id,
        source=source,
        type=event.type,
        subject=event.key,
        time=time,
        data=event.model_dump(mode="json"),
        sequence=sequence,
        correlationid=correlation_id,
        traceparent=traceparent,
    )


def tombstone_headers(*, event_id: UUID, source: str, event_type: str, subject: UUID, time: datetime) -> list[tuple[str, bytes]]:
    """Headers of a record whose value is null, so that its origin can still be read (CloudEvents Kafka binding, binary mode)."""
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": str(event_id),
        "ce_source": source,
        "ce_type": event_type,
        "ce_subject": str(subject),
        "ce_time": time.isoformat(),
    }
    return [(name, value.encode()) for name, value in attributes.items()]
