"""Records put on the topics by hand: repeated, late, broken, and of a version that nobody knows yet.

Repeated and late ones are bytes of the services' own, so nothing may change. Broken and unknown ones must be set aside by every service
that reads the topic, while what follows is processed; then the letters are cleared away, as an operator does who knows that there is
nothing in them. On the topic they stay: `stage.planted` has their places.
"""

import json
import random
from collections.abc import Callable, Sequence
from uuid import uuid4

from aiokafka import ConsumerRecord

from deploy.reconcile.kafka_log import Position
from shared.contracts.topics import PARTICIPANTS, REGISTRATIONS, TOPICS, Topic
from shared.runtime.records import ReadEvent, read
from tests.faults.matrix.databases import inside
from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.foreign import overtaken
from tests.faults.matrix.planting import Plant, Planting
from tests.faults.matrix.stage import Stage
from tests.waiting import eventually

MOST = 40
SET_ASIDE_WITHIN = 60.0


async def repeated(stage: Stage, chance: random.Random) -> Struck:
    """The same bytes once more, of several topics in any order. Nobody's newest state record is overlaid for good."""
    planting, busy = Planting(stage), False
    positions: list[Position] = []
    for topic in chance.sample(TOPICS, 3):
        records = await planting.records(topic)
        busy |= await stage.until_in_flight()
        if topic is PARTICIPANTS:  # nobody who was erased comes back on the topic, not even for a moment
            records = _of_living_keys(records)
        chosen = chance.sample(records, min(len(records), chance.randint(1, MOST)))
        at = await planting.plant([Plant.again(topic, record) for record in chosen])
        await planting.keep_newest_last(topic, at)
        positions += at
    await planting.until_read(positions)
    return Struck(busy and bool(positions), f"{len(positions)} records")


async def late(stage: Stage, chance: random.Random) -> Struck:
    """Old ones behind newer ones of the same key, which the inboxes have forgotten meanwhile: only what is written can tell."""
    planting = Planting(stage)
    busy, planted, forgotten = False, list[Position](), 0
    for topic in chance.sample(TOPICS, 4):
        old = overtaken(await planting.records(topic))
        busy |= await stage.until_in_flight()
        chosen = sorted(chance.sample(old, min(len(old), chance.randint(1, MOST))), key=lambda record: (record.partition, record.offset))
        if chance.random() < 0.5:
            chosen.reverse()
        events = [(record, item) for record in chosen if isinstance(item := read(topic, record), ReadEvent)]
        forgotten += await planting.forget(topic, [str(item.event_id) for _, item in events])
        at = await planting.plant([Plant.again(topic, record) for record, _ in events])
        await planting.keep_newest_last(topic, at)
        planted += at
    await planting.until_read(planted)
    return Struck(busy and forgotten > 0, f"{len(planted)} records, {forgotten} times forgotten by an inbox")


async def corrupted(stage: Stage, chance: random.Random) -> Struck:
    """Bytes that are no event: torn, noise, empty, under a key that is none, under another's key, on the wrong topic."""
    return await _set_aside(stage, chance, BROKEN)


async def unknown(stage: Stage, chance: random.Random) -> Struck:
    """Events of a type or a version that this code does not know."""
    return await _set_aside(stage, chance, UNKNOWN)


async def _set_aside(stage: Stage, chance: random.Random, makers: "Sequence[Maker]") -> Struck:
    planting = Planting(stage)
    # Built from a fact of registrations, which has ids only: what is put there for ever must be nobody's.
    facts = [record for record in await planting.records(REGISTRATIONS) if isinstance(read(REGISTRATIONS, record), ReadEvent)]
    if not facts:
        return Struck(in_flight=False, detail="nothing has been published yet")
    topics = [topic for topic in TOPICS if planting.readers(topic)]
    number = chance.randint(len(makers), 2 * len(makers))
    plants = [chance.choice(makers)(chance.choice(topics), chance.choice(facts), chance) for _ in range(number)]
    busy = await stage.until_in_flight()
    positions = await planting.plant(plants)
    stage.planted.update(map(str, positions))
    await planting.until_read(positions)
    letters = 0
    for topic in topics:
        on_topic = [position for position in positions if position.topic == topic.name]
        for service in planting.readers(topic):
            letters += await _clear(stage, service, on_topic)
    return Struck(busy, f"{len(positions)} records, set aside {letters} times")


async def _clear(stage: Stage, service: str, positions: Sequence[Position]) -> int:
    """Wait until the service has set all of these aside, and take them away."""
    wanted = {(position.topic, position.partition, position.offset) for position in positions}
    async with inside(stage, service) as connection:

        async def letters() -> list[int]:
            rows = await connection.fetch("SELECT id, topic, partition, record_offset FROM dead_letters WHERE replayed_at IS NULL")
            return [row["id"] for row in rows if (row["topic"], row["partition"], row["record_offset"]) in wanted]

        async def all_there() -> bool:
            return len(await letters()) == len(wanted)

        await eventually(all_there, within=SET_ASIDE_WITHIN, what=f"{service} to set {len(positions)} records aside")
        await connection.execute("DELETE FROM dead_letters WHERE id = ANY($1)", await letters())
    return len(positions)


def _of_living_keys(records: Sequence[ConsumerRecord]) -> list[ConsumerRecord]:
    ended = {record.key for record in records if record.value is None}
    return [record for record in records if record.key not in ended]


Maker = Callable[[Topic, ConsumerRecord, random.Random], Plant]


def _key() -> bytes:
    return str(uuid4()).encode()


def _torn(topic: Topic, fact: ConsumerRecord, chance: random.Random) -> Plant:
    return Plant(topic, _key(), fact.value[: chance.randrange(1, len(fact.value))])


def _noise(topic: Topic, _fact: ConsumerRecord, chance: random.Random) -> Plant:
    return Plant(topic, _key(), b"\xff" + chance.randbytes(chance.randint(1, 2000)))


def _empty(topic: Topic, _fact: ConsumerRecord, _chance: random.Random) -> Plant:
    return Plant(topic, _key(), b"")


def _keyless(topic: Topic, fact: ConsumerRecord, chance: random.Random) -> Plant:
    return Plant(topic, b"nobody-" + chance.randbytes(4).hex().encode(), fact.value)


def _under_another_s_key(_topic: Topic, fact: ConsumerRecord, _chance: random.Random) -> Plant:
    return Plant(REGISTRATIONS, _key(), fact.value)


def _altered(fact: ConsumerRecord, topic: Topic, event_type: str) -> Plant:
    """A whole envelope of its own, around data that is nobody's."""
    key, envelope = _key(), json.loads(fact.value)
    envelope |= {"id": str(uuid4()), "subject": key.decode(), "type": event_type}
    return Plant(topic, key, json.dumps(envelope).encode())


def _next_version(topic: Topic, fact: ConsumerRecord, _chance: random.Random) -> Plant:
    event_type = json.loads(fact.value)["type"]
    return _altered(fact, topic, event_type.rpartition(".")[0] + ".v9")


def _new_type(topic: Topic, fact: ConsumerRecord, _chance: random.Random) -> Plant:
    return _altered(fact, topic, f"{topic.name.partition('-')[0]}.imagined.v1")


def _wrong_data(topic: Topic, fact: ConsumerRecord, _chance: random.Random) -> Plant:
    """The version is known, and its fields are missing."""
    plant = _altered(fact, topic, json.loads(fact.value)["type"])
    return Plant(topic, plant.key, json.dumps(json.loads(plant.value or b"") | {"data": {}}).encode())


BROKEN: Sequence[Maker] = (_torn, _noise, _empty, _keyless, _under_another_s_key, _wrong_data)
UNKNOWN: Sequence[Maker] = (_next_version, _new_type)

FAULTS = (
    Fault("repeated events", "events", repeated),
    Fault("late events", "events", late),
    Fault("corrupted events", "events", corrupted),
    Fault("events of an unknown version", "events", unknown),
)
