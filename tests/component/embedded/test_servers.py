import asyncio
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.embedded.errors import LaunchError
from deploy.embedded.postgres import PostgresServer
from tests.servers import engine_answers


async def test_a_record_goes_through_the_broker(kafka: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic("embedded-check", 1, 1)])
    producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True)
    consumer = AIOKafkaConsumer("embedded-check", bootstrap_servers=kafka, auto_offset_reset="earliest", group_id="embedded-check")
    await producer.start()
    await consumer.start()
    try:
        await producer.send_and_wait("embedded-check", b"a mail", key=b"k")
        record = await asyncio.wait_for(consumer.getone(), 20)
        assert (record.key, record.value) == (b"k", b"a mail")
    finally:
        await producer.stop()
        await consumer.stop()
        await admin.delete_topics(["embedded-check"])
        await admin.close()


def test_containers_that_have_to_be_there_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    monkeypatch.delenv("ATELIER_TEST_CONTAINERS", raising=False)
    assert not engine_answers()
    monkeypatch.setenv("ATELIER_TEST_CONTAINERS", "1")
    with pytest.raises(RuntimeError, match="no container engine answers"):
        engine_answers()


async def test_data_survives_a_killed_launcher(server_directory: Path) -> None:
    first = PostgresServer(server_directory / "postgres", password="first")
    await first.start()
    connection = await asyncpg.connect(first.url())
    await connection.execute("CREATE TABLE kept AS SELECT 'Ђорђе' AS name")
    await connection.close()
    # A launcher that was killed has stopped nothing: the next one finds the server still running.
    second = PostgresServer(server_directory / "postgres", password="first")
    try:
        await second.start()
        assert not first.process.running
        connection = await asyncpg.connect(second.url())
        assert await connection.fetchval("SELECT name FROM kept") == "Ђорђе"
        await connection.close()
    finally:
        await second.stop()
        await first.stop()


async def test_a_password_is_asked_for(server_directory: Path) -> None:
    server = PostgresServer(server_directory / "postgres", password="right", durable=False)
    try:
        await server.start()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.url(password="wrong"))
    finally:
        await server.stop()


async def test_settings_of_its_own_come_over_those_it_has(server_directory: Path) -> None:
    server = PostgresServer(server_directory / "postgres", password="any", durable=False, settings={"max_connections": "17"})
    try:
        await server.start()
        connection = await asyncpg.connect(server.url())
        assert [await connection.fetchval(f"SHOW {name}") for name in ("max_connections", "jit")] == ["17", "off"]
        await connection.close()
    finally:
        await server.stop()


async def test_data_of_another_major_version_is_refused(server_directory: Path) -> None:
    (server_directory / "postgres" / "data").mkdir(parents=True)
    (server_directory / "postgres" / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(LaunchError, match="PostgreSQL 9") as caught:
        await PostgresServer(server_directory / "postgres", password="any").start()
    assert "move" in caught.value.way_out
