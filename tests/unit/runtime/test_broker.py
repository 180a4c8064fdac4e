"""What is declared: subscribers and publishers as the AsyncAPI document shows them."""

import json
from collections.abc import Sequence

import pytest
from faststream import AckPolicy
from faststream.kafka.subscriber.usecase import BatchSubscriber
from faststream.specification import AsyncAPI

from shared.contracts.catalogue import EVENTS
from shared.contracts.participants import ParticipantRecorded
from shared.contracts.registrations import RegistrationConfirmed, RegistrationErased
from shared.contracts.topics import PARTICIPANTS, REGISTRATIONS
from shared.runtime.broker import create_broker
from shared.runtime.consumption import Consumers, Received, ReceivedTombstone
from shared.runtime.database import Connection
from shared.runtime.settings import ServiceSettings

SETTINGS = ServiceSettings(database_url="postgresql://x", topic_prefix="demo.")


def example() -> Consumers:
    consumers = Consumers("notifications")

    @consumers.on(RegistrationConfirmed)
    async def on_confirmed(connection: Connection, received: Received[RegistrationConfirmed]) -> None:
        """Never called."""

    @consumers.on(ParticipantRecorded)
    async def on_recorded(connection: Connection, received: Received[ParticipantRecorded]) -> None:
        """Never called."""

    @consumers.on_tombstone(PARTICIPANTS)
    async def on_tombstone(connection: Connection, received: ReceivedTombstone) -> None:
        """Never called."""

    return consumers


def test_one_batch_subscriber_a_topic_that_cannot_lose_a_record() -> None:
    broker = create_broker(SETTINGS, "notifications", example())
    assert {tuple(subscriber.topic_names) for subscriber in broker.subscribers} == {("demo.participants",), ("demo.registrations",)}
    for subscriber in broker.subscribers:
        assert isinstance(subscriber, BatchSubscriber)
        assert subscriber.ack_policy is AckPolicy.NACK_ON_ERROR
        assert subscriber._connection_args["auto_offset_reset"] == "earliest"
        assert subscriber._connection_args["enable_auto_commit"] is False
        assert subscriber.group_id == f"demo.notifications.{subscriber.topic_names[0].removeprefix('demo.')}"
    assert broker.config.allow_auto_create_topics is False


@pytest.mark.parametrize(("seconds", "session", "heartbeat"), [(10, 10_000, 3000), (6, 6000, 2000), (45, 45_000, 3000)])
def test_a_worker_is_heard_of_several_times_a_session(seconds: float, session: int, heartbeat: int) -> None:
    broker = create_broker(SETTINGS.model_copy(update={"consumer_session_seconds": seconds}), "notifications", example())
    for subscriber in broker.subscribers:
        assert isinstance(subscriber, BatchSubscriber)
        assert subscriber._connection_args["session_timeout_ms"] == session
        assert subscriber._connection_args["heartbeat_interval_ms"] == heartbeat


@pytest.mark.parametrize("service", ["registration", "notifications", "certificates"])
def test_the_document_names_every_event_a_service_publishes(service: str) -> None:
    document = json.dumps(AsyncAPI(create_broker(SETTINGS, service, Consumers(service))).to_specification().to_jsonable())
    for event in EVENTS:
        assert (f'"{event.__name__}"' in document) == (event.topic.owner == service), event


def test_what_ends_a_key_is_not_handled_together() -> None:
    with pytest.raises(ValueError, match=r"not to be handled together: registration.erased.v1"):

        @Consumers("example").on_together(RegistrationErased)
        async def on_erased(connection: Connection, received: Sequence[Received[RegistrationErased]]) -> None:
            """Never called."""


def test_a_type_has_one_handler() -> None:
    consumers = example()
    with pytest.raises(ValueError, match=r"registration.confirmed.v1 has a handler already"):

        @consumers.on(RegistrationConfirmed)
        async def on_confirmed_too(connection: Connection, received: Received[RegistrationConfirmed]) -> None:
            """Never called."""

    assert consumers.topics == (PARTICIPANTS, REGISTRATIONS)
