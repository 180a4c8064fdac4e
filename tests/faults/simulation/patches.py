"""What a run puts in place of the world outside: chance, time, logs, and the relay's ways to database and broker."""

import asyncio
import contextlib
import os
import random
from collections.abc import Callable, Iterator
from logging import CRITICAL
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import structlog

from services.registration.web import admission_desk
from shared.runtime import relay
from tests.faults.simulation.broker import Broker, Producer
from tests.faults.simulation.process import Process
from tests.faults.simulation.scheduler import Scheduler


@contextlib.contextmanager
def in_place(scheduler: Scheduler, broker: Broker, connect: Callable[[Process], Any]) -> Iterator[None]:
    """For the time of one run: `connect` opens a connection of a process to its service's database."""
    chance = random.Random(0)  # noqa: S311 - the same in every run, on purpose

    async def connect_relay(_settings: Any, *, application_name: str) -> Any:
        process = scheduler.current()
        await process.point("connects to the database")
        found = connect(process)
        return await found if asyncio.iscoroutine(found) else found

    async def discard(producer: Producer) -> None:
        producer.discard()

    with (
        quiet(),
        patch.object(os, "urandom", chance.randbytes),
        patch.object(random, "_urandom", chance.randbytes),
        patch.object(random, "uniform", chance.uniform),
        patch.object(admission_desk, "time", SimpleNamespace(monotonic=scheduler.loop.time)),
        patch.object(relay, "connect", connect_relay),
        patch.object(relay, "create_producer", lambda _settings, **_name: Producer(broker, scheduler.current())),
        patch.object(relay, "discard", discard),
    ):
        yield


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No logs: what matters is in the story."""
    before = structlog.get_config() if structlog.is_configured() else None
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(CRITICAL), cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.reset_defaults()
        if before is not None:
            structlog.configure(**before)
