"""`python -m bench.limits.consume`: reads records in batches and inserts two rows for each, in one transaction a batch; nothing else.

What consuming cannot do without: that it was heard and what it did, committed together, and then the offsets. The rows go into the tables
of certificates, with their indexes and constraints; no record is read, and nothing that was there before is looked at.
"""

import argparse
import uuid

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer

from bench.program import Stopwatch

AT_ONCE = 500


async def consume(bootstrap: str, topic: str, database: str, records: int) -> None:
    """So many, from the beginning, into an empty database of certificates."""
    connection = await asyncpg.connect(database)
    workshop_id = uuid.uuid4()
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, group_id=f"limit-{uuid.uuid4()}", auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    try:
        await consumer.seek_to_beginning()
        watch, heard = Stopwatch.start(), 0
        while heard < records:
            found = [record for part in (await consumer.getmany(timeout_ms=1000, max_records=AT_ONCE)).values() for record in part]
            keys = [uuid.UUID(record.key.decode()) for record in found]
            async with connection.transaction():
                await connection.execute(
                    """
                    INSERT INTO inbox (event_id, topic, key, type, sequence, processed_at)
                    SELECT n.id, $1, n.key, 'registration.confirmed.v1', 1, clock_timestamp()
                    FROM unnest($2::uuid[], $3::uuid[]) AS n (id, key)
                    """,
                    topic,
                    [uuid.uuid4() for _ in found],
                    keys,
                )
                await connection.execute(
                    """
                    INSERT INTO registrations (registration_id, workshop_id, state, sequence)
                    SELECT n.key, $1, 'confirmed', 1 FROM unnest($2::uuid[]) AS n (key)
                    """,
                    workshop_id,
                    keys,
                )
            await consumer.commit()
            heard += len(found)
        watch.tell(heard)
    finally:
        await consumer.stop()
        await connection.close()


def main() -> None:
    """Read what is asked and consume."""
    parser = argparse.ArgumentParser(prog="python -m bench.limits.consume", description=__doc__)
    for name in ("--kafka", "--topic", "--database"):
        parser.add_argument(name, required=True)
    parser.add_argument("--records", type=int, required=True)
    asked = parser.parse_args()
    uvloop.run(consume(asked.kafka, asked.topic, asked.database, asked.records))


if __name__ == "__main__":
    main()
