"""Kafka, as far as the protocol leans on it: logs, producers whose answers may be lost, groups that are rebalanced."""

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiokafka import ConsumerRecord
from aiokafka.errors import RequestTimedOutError

from tests.faults.simulation.group import Group
from tests.faults.simulation.process import Happening, Process

PARTITIONS = 2
"""Of every topic: a key stays on one, and two workers can share a topic."""


@dataclass(eq=False, slots=True)
class Sending:
    """A record on its way."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    confirmation: "asyncio.Future[None]"

    def __str__(self) -> str:
        named = json.loads(self.value)["type"] if self.value else "a tombstone"
        return f"{named} of {self.key[-4:].decode()}"


class Producer:
    """One producer's life: what it was given, in order, and what the broker has taken and not confirmed yet."""

    def __init__(self, broker: "Broker", process: Process) -> None:
        self.owner = process.name
        self.given: deque[Sending] = deque()
        self.taken: list[Sending] = []
        self.discarded = False
        self.changed = asyncio.Event()
        self._process = process
        broker.introduce(self)
        process.at_death.append(lambda: broker.hang_up(self))

    async def start(self) -> None:
        await self._process.point("connects to Kafka")

    async def send(self, topic: str, *, value: bytes | None, key: bytes, headers: Sequence[tuple[str, bytes]]) -> "asyncio.Future[None]":
        confirmation: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.given.append(Sending(topic, key, value, headers, confirmation))
        self.changed.set()
        return confirmation

    def discard(self) -> None:
        """Nobody waits for answers any more. What was on its way may still arrive."""
        self.discarded = True

    def lose_answers(self) -> None:
        """The connection breaks: nobody knows what has arrived."""
        for sending in (*self.taken, *self.given):
            if not sending.confirmation.done():
                sending.confirmation.set_exception(RequestTimedOutError())
                sending.confirmation.exception()
        self.taken.clear()

    def lose_the_rest(self) -> None:
        """What was on its way does not arrive."""
        self.given.clear()


class Broker:
    """Takes records in each producer's order and confirms them, each at a moment of the scheduler's choosing."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.logs: dict[tuple[str, int], list[ConsumerRecord]] = {}
        self.groups: list[Group] = []
        self._producers: list[Producer] = []

    def introduce(self, producer: Producer) -> None:
        """Serve a producer."""
        self._producers.append(producer)
        self.process.spawn(self._take(producer))
        self.process.spawn(self._confirm(producer))

    def hang_up(self, producer: Producer) -> None:
        """Its process was killed: some of what it had in hand may have left, the rest never will."""
        producer.discard()
        self.process.spawn(self._break_off(producer))

    async def _break_off(self, producer: Producer) -> None:
        await self.process.point(f"gets nothing more from {producer.owner}")
        producer.lose_the_rest()

    def group(self, topic: str) -> Group:
        """A consumer group of a topic."""
        made = Group(self.process, topic, {partition: self.log(topic, partition) for partition in range(PARTITIONS)})
        self.groups.append(made)
        return made

    def log(self, topic: str, partition: int) -> list[Any]:
        """The records of a partition."""
        return self.logs.setdefault((topic, partition), [])

    def strikes(self) -> list[Happening]:
        """What may go wrong here now."""
        found: list[Happening] = []
        for producer in self._producers:
            if producer.given or producer.taken:
                what = f"loses its answers to {producer.owner}"
                found.append((self.process.name, what, producer.lose_answers))
        found += [strike for group in self.groups for strike in group.strikes()]
        return found

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way."""
        return not any(producer.given or producer.taken for producer in self._producers)

    def heal(self) -> None:
        """What dead producers left on the wire is gone."""
        for producer in self._producers:
            if producer.discarded:
                producer.lose_the_rest()

    async def _take(self, producer: Producer) -> None:
        while True:
            while not producer.given:
                producer.changed.clear()
                await producer.changed.wait()
            sending = producer.given[0]
            await self.process.point(lambda sending=sending: f"takes {sending} from {producer.owner}")
            if producer.given and producer.given[0] is sending:
                producer.given.popleft()
                self.append(sending)
                producer.taken.append(sending)
                producer.changed.set()

    async def _confirm(self, producer: Producer) -> None:
        while True:
            while not producer.taken:
                producer.changed.clear()
                await producer.changed.wait()
            await self.process.point(lambda: f"confirms {len(producer.taken)} to {producer.owner}")
            for sending in producer.taken:
                if not sending.confirmation.done():
                    sending.confirmation.set_result(None)
            producer.taken.clear()

    def append(self, sending: Sending) -> None:
        """Write a record to the log of its key."""
        partition = UUID(sending.key.decode()).int % PARTITIONS
        log = self.log(sending.topic, partition)
        record: Any = ConsumerRecord(
            topic=sending.topic,
            partition=partition,
            offset=len(log),
            timestamp=1_700_000_000_000 + len(log),
            timestamp_type=0,
            key=sending.key,
            value=sending.value,
            checksum=None,
            serialized_key_size=len(sending.key),
            serialized_value_size=len(sending.value or b""),
            headers=sending.headers,
        )
        log.append(record)
        for group in self.groups:
            if group.topic == sending.topic:
                group.tell_news()
