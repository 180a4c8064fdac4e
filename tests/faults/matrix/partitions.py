"""Who leads which partition, and which copies are complete."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.contracts.topics import TOPICS
from tests.waiting import eventually

Partition: TypeAlias = tuple[str, int]
"""A topic's name without the prefix, and the partition's number."""
NOBODY = -1
OFFSETS = "__consumer_offsets"


class Partitions:
    """Asked of the brokers each time, over a connection of its own."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._bootstrap = bootstrap
        self._prefix = prefix

    async def leaders(self) -> Mapping[Partition, int]:
        """The leader of each partition of the system's topics; NOBODY where there is none at the moment."""
        return {key: described["leader"] for key, described in (await self._described()).items()}

    async def until_led(self, *, but_by: int, within: float = 180) -> None:
        """Wait until every partition has a leader, and none that broker."""

        async def led() -> bool:
            leaders = set((await self.leaders()).values())
            return not leaders & {NOBODY, but_by}

        await eventually(_patient(led), within=within, what=f"every partition to have a leader other than broker {but_by}")

    async def until_copied(self, *, within: float = 90) -> None:
        """Wait until every copy of every partition holds what its leader holds."""

        async def copied() -> bool:
            partitions = (await self._described(OFFSETS)).values()
            return all(one["leader"] != NOBODY and set(one["isr"]) == set(one["replicas"]) for one in partitions)

        await eventually(_patient(copied), within=within, what="every copy of every partition to be complete")

    async def _described(self, *others: str) -> Mapping[Partition, Mapping[str, Any]]:
        """The system's topics, and others of the brokers' own where they exist."""
        names = {f"{self._prefix}{topic.name}": topic.name for topic in TOPICS} | {name: name for name in others}
        async with asyncio.timeout(10), self._admin() as admin:
            topics = await admin.describe_topics(list(names))
        found = {(names[topic["topic"]], one["partition"]): one for topic in topics for one in topic["partitions"]}
        if sum(name not in others for name, _ in found) != sum(topic.partitions for topic in TOPICS):
            raise KafkaError("some partitions are not known to the broker that was asked")
        return found

    @contextlib.asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap.split(","), request_timeout_ms=5000)
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()


def _patient(look: Callable[[], Awaitable[bool]]) -> Callable[[], Awaitable[bool]]:
    """A look that fails is one that saw nothing yet."""

    async def patiently() -> bool:
        try:
            return await look()
        except (KafkaError, OSError) as error:
            raise AssertionError(f"the brokers do not tell: {error}") from error

    return patiently
