"""`python -m bench.limits.produce`: sends records with an idempotent producer, and does nothing else.

What the relay cannot do without: acknowledgement by all replicas, in order, without duplicates. The same client with the same settings.
"""

import argparse
import asyncio
import uuid

import uvloop
from aiokafka import AIOKafkaProducer

from bench.program import Stopwatch
from shared.runtime.relay import BATCH

AT_ONCE = BATCH
"""Records that are waited for together, as many as the relay waits for."""


async def produce(bootstrap: str, topic: str, records: int, size: int) -> None:
    """So many, with keys of their own."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", linger_ms=0, max_batch_size=128 * 1024, request_timeout_ms=10_000
    )
    await producer.start()
    try:
        value = b"x" * size
        watch = Stopwatch.start()
        for begin in range(0, records, AT_ONCE):
            keys = [str(uuid.uuid4()).encode() for _ in range(min(AT_ONCE, records - begin))]
            sent = [await producer.send(topic, value, key=key) for key in keys]
            await asyncio.gather(*sent)
        watch.tell(records)
    finally:
        await producer.stop()


def main() -> None:
    """Read what is asked and send."""
    parser = argparse.ArgumentParser(prog="python -m bench.limits.produce", description=__doc__)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--size", type=int, default=500, help="bytes of each value")
    asked = parser.parse_args()
    uvloop.run(produce(asked.kafka, asked.topic, asked.records, asked.size))


if __name__ == "__main__":
    main()
