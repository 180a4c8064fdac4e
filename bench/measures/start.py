"""How soon each process is ready, and what it holds when nobody asks for anything."""

import secrets
import time

from bench.memory import held
from bench.rest import until_at_rest
from bench.result import Result, median
from bench.size import Size
from bench.stand import Stand
from deploy.embedded.jars import ensure_jars
from deploy.embedded.kafka import KafkaServer
from deploy.embedded.postgres import PostgresServer


async def measure(stand: Stand, size: Size) -> list[Result]:
    """Each process is stopped and started again, everything else idle; memory is looked at once all have started and are at rest."""
    seconds: dict[str, list[float]] = {}
    for _ in range(size.rounds):
        for process in stand.system.processes():
            await process.stop()
            began = time.monotonic()
            await process.start(within=300)
            seconds.setdefault(process.name, []).append(time.monotonic() - began)
    await _servers(stand, size.rounds, seconds)
    await until_at_rest(stand.system)
    memory = {name: held(pid) for name, pid in stand.roots.items() if name != "sink"}
    return [
        Result(
            name="start.system",
            value=round(stand.seconds_to_ready, 2),
            unit="s",
            beside={"memory_mib": round(sum(memory.values()), 1), **{f"{name}_mib": round(mib, 1) for name, mib in memory.items()}},
            note="everything from empty folders to ready: PostgreSQL, Kafka, databases, topics, services, front door; memory when idle",
        ),
        *(
            Result(
                name=f"start.{name}",
                value=round(median(found), 2),
                unit="s",
                rounds=found,
                beside={"memory_mib": round(memory[name], 1)},
                note="from the start of the process until it says that it is ready; memory when idle (PSS)",
            )
            for name, found in seconds.items()
        ),
    ]


async def _servers(stand: Stand, rounds: int, seconds: dict[str, list[float]]) -> None:
    """A server of each kind on files of its own, made by a first start that does not count."""
    directory = stand.directory / "start"
    postgres = PostgresServer(directory / "postgres", password=secrets.token_hex(), durable=True)
    kafka = KafkaServer(directory / "kafka", jars=ensure_jars())
    for server in (postgres, kafka):
        await server.start()
        for _ in range(rounds):
            await server.stop()
            began = time.monotonic()
            await server.start()
            seconds.setdefault(server.process.name, []).append(time.monotonic() - began)
        await server.stop()
