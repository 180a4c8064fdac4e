"""The servers that the fault matrix strikes: what was acknowledged is there after each way of dying, and each way does what it says."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient

from deploy.embedded.ports import OUTGOING, free_ports
from deploy.reconcile.read_kafka import read_records
from shared.contracts.topics import REGISTRATIONS
from tests.faults.matrix import volume
from tests.faults.matrix.servers import MAX_CONNECTIONS, FaultServers
from tests.waiting import eventually

TOPIC = "kept"
LINK = 9


@pytest.fixture(scope="module")
async def one() -> AsyncIterator[FaultServers]:
    """Not in pytest's folder: PostgreSQL runs as another user, who cannot pass there."""
    with tempfile.TemporaryDirectory(prefix="atelier-test-", ignore_cleanup_errors=True) as directory:
        async with FaultServers(Path(directory), {"notifications": LINK}) as servers:
            yield servers


@pytest.fixture(scope="module")
async def three() -> AsyncIterator[FaultServers]:
    with tempfile.TemporaryDirectory(prefix="atelier-test-", ignore_cleanup_errors=True) as directory:
        async with FaultServers(Path(directory), {}, brokers=3, topic_prefix="x.") as servers:
            yield servers


async def send(servers: FaultServers, topic: str, value: bytes, partition: int = 0) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers.kafka.split(","), enable_idempotence=True, request_timeout_ms=10_000)
    async with asyncio.timeout(60):
        await producer.start()
        try:
            await producer.send_and_wait(topic, value, partition=partition)
        finally:
            await producer.stop()


async def test_a_listener_sends_its_clients_to_the_proxy(one: FaultServers) -> None:
    host, port = one.kafka_address("notifications")
    client = AIOKafkaClient(bootstrap_servers=f"{host}:{port}")
    await client.bootstrap()
    try:
        assert [(broker.host, broker.port) for broker in client.cluster.brokers()] == [("127.0.0.1", LINK)]
    finally:
        await client.close()
    assert one.bootstrap("notifications") == f"127.0.0.1:{LINK}"
    assert one.bootstrap("certificates") == one.kafka


async def test_a_killed_broker_has_what_it_acknowledged(one: FaultServers) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=one.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 1, 1)])
    await admin.close()
    await send(one, TOPIC, b"before")
    await one.kill_kafka()
    with pytest.raises(OSError, match="Connect"):
        await asyncio.open_connection(*one.kafka_address("notifications"))
    await one.start_kafka()
    assert [record.value for record in await read_records(one.kafka, {TOPIC: 1})] == [b"before"]


async def test_a_frozen_broker_answers_nothing_and_then_goes_on(one: FaultServers) -> None:
    broker = one._nodes[1]
    assert await broker.answers()
    async with one.frozen_kafka():
        assert not await broker.answers()
    await one.start_kafka()
    assert await broker.answers()


async def test_a_killed_postgres_recovers_what_was_committed(one: FaultServers) -> None:
    async with one.administrator() as connection:
        await connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        family = await connection.fetchval("SELECT count(*) FROM pg_stat_activity WHERE backend_type <> 'client backend'")
        assert family > 1
        await one.kill_postgres()
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
            await connection.execute("SELECT 1")
    before = one.postgres_log_size
    await one.start_postgres()
    async with one.administrator() as connection:
        assert await connection.fetchval("SELECT number FROM kept") == 1
        assert await connection.fetchval("SHOW fsync") == "on"
    assert one.postgres_said("not properly shut down", after=before)


async def test_connections_are_taken_away_and_given_back(one: FaultServers) -> None:
    async with one.administrator() as administrator:
        await administrator.execute("CREATE ROLE somebody LOGIN PASSWORD 'x'")
    ordinary = one.database_url.replace(one.database_url.split("//")[1].split("@")[0], "somebody:x")

    async def connects() -> bool:
        try:
            await (await asyncpg.connect(ordinary)).close()
        except asyncpg.TooManyConnectionsError:
            return False
        return True

    async def is_refused() -> bool:
        return not await connects()

    async with one.hold_connections() as held:
        assert held > MAX_CONNECTIONS - 20
        # One that becomes free meanwhile, such as that of the administrator before, is taken as well, and until then it is to be had.
        await eventually(is_refused, what="no connection to be had")
        async with one.administrator() as administrator:
            assert await administrator.fetchval("SELECT count(*) FROM pg_stat_activity WHERE usename = 'crowd'") >= held

    await eventually(connects, what="a connection to be had again")


@pytest.mark.skipif(volume.why_not() is not None, reason=f"{volume.why_not()}")
async def test_a_full_volume_refuses_what_is_new_and_keeps_what_is_there(one: FaultServers) -> None:
    assert one.volume is not None
    async with one.administrator() as connection:
        await connection.execute("CREATE TABLE room AS SELECT 7 AS number")
        one.volume.fill()
        try:
            with pytest.raises((asyncpg.DiskFullError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
                await connection.execute("CREATE TABLE more AS SELECT repeat(md5(n::text), 100) FROM generate_series(1, 20000) n")
        finally:
            one.volume.empty()
    await one.start_postgres()
    async with one.administrator() as connection:
        assert await connection.fetchval("SELECT number FROM room") == 7
        assert await connection.fetchval("SELECT to_regclass('more')") is None


async def test_of_three_brokers_the_leader_may_be_lost(three: FaultServers) -> None:
    """Another leads, writes go on, and the lost one catches up before it is called back."""
    partition = (REGISTRATIONS.name, 4)
    leader = await three.leader_of(partition)
    await send(three, f"x.{REGISTRATIONS.name}", b"with three", 4)
    await three.kill_kafka(leader)
    try:
        await three.partitions.until_led(but_by=leader)
        assert await three.leader_of(partition) in set(three.nodes) - {leader}
        await send(three, f"x.{REGISTRATIONS.name}", b"with two", 4)
    finally:
        await three.start_kafka(leader)
    values = [record.value for record in await read_records(three.kafka, {f"x.{REGISTRATIONS.name}": REGISTRATIONS.partitions})]
    assert values == [b"with three", b"with two"]


def test_ports_are_kept_from_outgoing_connections() -> None:
    first = int(OUTGOING.read_text().split()[0])
    assert all(port < first for port in free_ports(20))
