"""Rebuilding a service's database from the topics: what it consumed and what it told itself, read from the beginning."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from shared.contracts.registrations import RegistrationErased
from shared.contracts.topics import TOPICS, Topic
from shared.runtime import rebuild_tables
from shared.runtime.batch import Batch
from shared.runtime.clock import Clock, create_clock
from shared.runtime.consumption import Consumers
from shared.runtime.database import Connection, connect
from shared.runtime.failures import transient
from shared.runtime.rebuild_reading import TopicsReader, commit_offsets, committed_offsets, members_of_groups
from shared.runtime.records import Item, ReadEvent, read
from shared.runtime.relay import LEADER_LOCK
from shared.runtime.schema_version import schema_serves
from shared.runtime.settings import ServiceSettings

_STATEMENT_SECONDS = 4 * 3600.0
"""A statement that restores millions of rows takes longer than any that a worker makes."""


class RebuildError(Exception):
    """The rebuild cannot begin; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known when everything was read. `now` and `until` are business time.

    Until `until`, the worker that is gone is known to have been at work: the newest record that it had read, or has told itself. `stated`:
    an operator has said that it was lost then. Otherwise it may have worked on after that, without Kafka, and told nothing.
    """

    now: datetime
    until: datetime | None
    stated: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a service's database is made from what was read.

    Args:
        consumers: its handlers.
        restore: called once, when all topics were read, in the transaction that ends the rebuild. Makes the state from what handlers
            recorded and from `rebuild.told`, takes out of `rebuild.untold` what was told, and publishes the rest. Returns what an
            operator should know, in lines.
    """

    consumers: Consumers
    restore: Callable[[Connection, Heard], Awaitable[Sequence[str]]]

    @property
    def own(self) -> Topic:
        """The topic on which the service tells what it has done."""
        [topic] = [topic for topic in TOPICS if topic.owner == self.consumers.service]
        return topic

    @property
    def order(self) -> tuple[Topic, ...]:
        """Its topics in the order of reading.

        Last comes the one that tells of erasures: what others say of a person was then heard before, as the service heard it in its time.
        """
        return tuple(sorted(self.consumers.topics, key=lambda topic: topic == RegistrationErased.topic))


@dataclass(slots=True)
class Rebuilt:
    """What was done: records by topic, outcomes of all, and the lines of the recipe."""

    records: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    lines: Sequence[str] = ()


async def rebuild(
    settings: ServiceSettings, recipe: Recipe, *, lost_at: datetime | None = None, tell: Callable[[str], None] = lambda _line: None
) -> Rebuilt:
    """Rebuild an empty, migrated database.

    Nothing is delivered and nothing published meanwhile: what there is to publish stands in the outbox at the end. Broken off, it leaves a
    database that no process works on.

    Args:
        settings: of the service: database, Kafka, prefix, clock.
        recipe: of the service.
        lost_at: until when the worker that is gone may have been at work (business time), if the operator knows better.
        tell: hears of the progress.

    Raises:
        RebuildError: the database is not empty, not migrated, or somebody works on it or in its name.
        KafkaError, TimeoutError, PostgresError: a server failed; begin again with an empty database.
    """
    patient = settings.model_copy(update={"database_command_timeout": _STATEMENT_SECONDS})
    connection = await connect(patient, application_name=f"{recipe.consumers.service}-rebuild")
    try:
        await _check(connection, settings, recipe.consumers)
        committed = await committed_offsets(settings, recipe.consumers)
        rebuilding = Rebuilding(connection, recipe, clock=create_clock(settings))
        async with TopicsReader(settings, (*recipe.order, recipe.own)) as reader:
            await rebuilding.begin()
            for topic in (*recipe.order, recipe.own):
                async for records in reader.read(topic):
                    await rebuilding.hear(topic, records, committed)
                    tell(f"{topic.name}: {rebuilding.done.records[topic.name]} records")
        tell("all is read; restoring what became of it")
        done = await rebuilding.end(lost_at=lost_at)
        try:
            for topic in recipe.order:
                await commit_offsets(settings, recipe.consumers.group(topic, prefix=settings.topic_prefix), reader.offsets(topic))
        except (KafkaError, TimeoutError):
            # The database is whole: a worker that begins further back reads again what changes nothing.
            done.lines = [*done.lines, "Kafka did not note how far was read: the worker reads all of it once more, which changes nothing."]
        return done
    finally:
        await connection.close()


async def _check(connection: Connection, settings: ServiceSettings, consumers: Consumers) -> None:
    if await rebuild_tables.is_being_rebuilt(connection):
        raise RebuildError("a rebuild of this database runs, or was broken off: begin again with an empty database")
    if not await schema_serves(connection, consumers.service):
        raise RebuildError(f"the tables are not there: atelier migrate {consumers.service}")
    if full := await rebuild_tables.tables_with_rows(connection):
        raise RebuildError(f"the database is not empty: there are rows in {', '.join(full)}")
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LEADER_LOCK):
        raise RebuildError("a worker runs on this database: stop it")
    if members := await members_of_groups(settings, consumers):
        raise RebuildError(f"a worker of {consumers.service} reads as {', '.join(members)}: stop it")


class Rebuilding:
    """The steps of a rebuild on one connection: begin, hear each topic in the recipe's order and its own last, end."""

    def __init__(self, connection: Connection, recipe: Recipe, *, clock: Clock) -> None:
        self._connection = connection
        self._recipe = recipe
        self._clock = clock
        self._until: datetime | None = None
        self.done = Rebuilt()
        """So far."""

    async def begin(self) -> None:
        """From now on, no process works on the database."""
        await rebuild_tables.begin(self._connection)

    async def hear(self, topic: Topic, records: Sequence[ConsumerRecord], committed: Mapping[TopicPartition, int] | None = None) -> None:
        """Take in records of a topic. `committed` says how far the lost worker had read, by partition."""
        items = [item for item in (read(topic, record) for record in records) if item is not None]
        if topic == self._recipe.own:
            await self._keep(items)
            self._note_time(items)
        else:
            await self._apply(topic, items)
            self._note_time(item for item in items if item.record.offset < (committed or {}).get(_partition(item), 0))
        self.done.records[topic.name] += len(records)

    async def end(self, *, lost_at: datetime | None = None) -> Rebuilt:
        """Restore what was told; from the commit on, the service may start."""
        async with self._connection.transaction():
            await rebuild_tables.continue_sequences(self._connection, self._recipe.own)
            heard = Heard(self._clock.now(), lost_at or self._until, stated=lost_at is not None)
            self.done.lines = await self._recipe.restore(self._connection, heard)
            await rebuild_tables.end(self._connection)
        return self.done

    async def _keep(self, items: Sequence[Item]) -> None:
        readable = [item for item in items if isinstance(item, ReadEvent)]
        await rebuild_tables.keep_told(self._connection, readable)
        self.done.outcomes["told"] += len(readable)
        self.done.outcomes["unreadable"] += len(items) - len(readable)

    async def _apply(self, topic: Topic, items: Sequence[Item]) -> None:
        """As a worker does it, with what it would publish held back in the same transaction."""
        for one_by_one in (False, True):
            batch = Batch(self._recipe.consumers, topic, now=self._clock.now())
            try:
                async with self._connection.transaction():
                    await (batch.one_by_one if one_by_one else batch.together)(self._connection, items)
                    await rebuild_tables.hold_back(self._connection)
            except Exception as error:
                if one_by_one or transient(error):
                    raise
            else:
                self.done.outcomes += batch.outcomes
                return

    def _note_time(self, items: Iterable[Item]) -> None:
        times = [item.envelope.time for item in items if isinstance(item, ReadEvent)]
        self._until = max((*times, self._until) if self._until else times, default=None)


def _partition(item: Item) -> TopicPartition:
    return TopicPartition(item.record.topic, item.record.partition)
