"""The link does to connections what it says, on real sockets."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from deploy.embedded.ports import LOOPBACK, free_ports
from tests.conftest import database_address
from tests.faults.matrix.link import Link, Mode, Way
from tests.faults.wire import Ends, Server, connect, server
from tests.waiting import eventually

MEGABYTE = 1024 * 1024


@asynccontextmanager
async def linked() -> AsyncIterator[tuple[Link, Server]]:
    async with server() as there, Link("test", (LOOPBACK, there.port)) as link:
        yield link, there


async def pair(link: Link, there: Server) -> tuple[Ends, Ends]:
    """A client and its continuation at the server."""
    client = await there.client(link.port)
    return client, await there.next()


async def refused(port: int) -> bool:
    try:
        ends = await connect(port)
    except ConnectionRefusedError:
        return True
    ends.writer.transport.abort()
    return False


async def test_a_clean_link_carries_every_byte_both_ways_and_the_end_of_each() -> None:
    async with linked() as (link, there):
        client, remote = await pair(link, there)
        question, answer = bytes(range(256)) * 4 * 4096, bytes(reversed(range(256))) * 8 * 4096
        said = asyncio.create_task(client.say(question))
        assert await remote.hear(len(question)) == question
        await said
        client.writer.write_eof()
        assert await remote.hear_out() == b""
        said = asyncio.create_task(remote.say(answer))
        assert await client.hear(len(answer)) == answer
        await said
        remote.writer.close()
        assert await client.hear_out() == b""
        assert (link.to_server, link.to_client, link.accepted) == (len(question), len(answer), 1)
        await eventually(lambda: link.connections == 0, what="the connection is over")


async def test_a_refusing_link_keeps_its_port_and_its_open_connections() -> None:
    async with linked() as (link, there):
        client, remote = await pair(link, there)
        for _ in range(3):
            link.refuse()
            assert link.mode is Mode.REFUSE
            assert await refused(link.port)
            with socket.socket() as somebody, pytest.raises(OSError, match="in use"):
                somebody.bind((LOOPBACK, link.port))
            await client.say(b"still here")
            assert await remote.hear(10) == b"still here"
            link.clean()
            again, _ = await pair(link, there)
            again.writer.transport.abort()
        client.writer.transport.abort()


async def test_a_stalled_link_accepts_carries_nothing_and_goes_on_where_it_stopped() -> None:
    async with linked() as (link, there):
        client, remote = await pair(link, there)
        link.stall()
        await client.say(b"old")
        await remote.say(b"answer")
        newcomer = await there.client(link.port)
        await newcomer.say(b"new")
        assert await remote.hears_nothing()
        assert await client.hears_nothing()
        assert len(there.accepted) == 1
        link.clean()
        assert await remote.hear(3) == b"old"
        assert await client.hear(6) == b"answer"
        assert await (await there.next()).hear(3) == b"new"


@pytest.mark.parametrize("way", [Way.TO_SERVER, Way.TO_CLIENT])
async def test_a_stall_may_be_in_one_direction(way: Way) -> None:
    async with linked() as (link, there):
        client, remote = await pair(link, there)
        link.stall(way)
        speaker, listener = (client, remote) if way is Way.TO_SERVER else (remote, client)
        await listener.say(b"this passes")
        assert await speaker.hear(11) == b"this passes"
        await speaker.say(b"this does not")
        assert await listener.hears_nothing()
        link.clean()
        assert await listener.hear(13) == b"this does not"


async def test_a_delay_holds_each_chunk_back_and_keeps_their_order() -> None:
    async with linked() as (link, there):
        client, remote = await pair(link, there)
        link.delay(0.1, jitter=0.1)
        began = time.monotonic()
        sent = b""
        for number in range(20):
            await client.say(chunk := f"{number};".encode())
            sent += chunk
            await asyncio.sleep(0)
        client.writer.write_eof()
        assert await remote.hear_out() == sent
        assert time.monotonic() - began >= 0.1  # not a measure of speed: what a delay of 0.1 s means
        link.delay(60)
        await remote.say(b"late")
        assert await client.hears_nothing()
        link.clean()
        assert await client.hear(4) == b"late"


@pytest.mark.parametrize("way", [Way.TO_SERVER, Way.TO_CLIENT])
async def test_half_of_a_chunk_passes_and_then_its_connection_ends(way: Way) -> None:
    async with linked() as (link, there):
        client, remote = await pair(link, there)
        speaker, listener = (client, remote) if way is Way.TO_SERVER else (remote, client)
        link.halve(way)
        await listener.say(b"whole")
        assert await speaker.hear(5) == b"whole"
        await speaker.say(b"0123456789")
        assert await listener.hear_out() == b"01234"
        assert await speaker.hear_out() == b""
        assert link.halved == 1
        client, remote = await pair(link, there)
        await client.say(b"0123456789")
        assert await remote.hear(10) == b"0123456789"


@pytest.mark.parametrize("reset", [True, False])
async def test_a_cut_ends_all_connections_and_none_that_comes_later(*, reset: bool) -> None:
    async with linked() as (link, there):
        pairs = [await pair(link, there) for _ in range(5)]
        assert link.cut(reset=reset) == 5
        for ends in (end for both in pairs for end in both):
            assert await ends.ends_by_reset() == reset
        client, remote = await pair(link, there)
        await client.say(b"back")
        assert await remote.hear(4) == b"back"


async def test_a_cut_ends_what_is_stalled_and_what_still_waits_for_the_server() -> None:
    async with linked() as (link, there):
        client, remote = await pair(link, there)
        link.stall()
        await client.say(b"never arrives")
        waiting = await there.client(link.port)
        await eventually(lambda: link.connections == 2, what="both are there")
        assert link.cut() == 2
        link.clean()
        assert await waiting.ends_by_reset()
        assert await remote.hear_out() == b""


async def test_an_abandoned_client_is_never_told() -> None:
    async with linked() as (link, there):
        client, remote = await pair(link, there)
        link.stall()
        await client.say(b"never arrives")
        assert link.abandon() == 1
        link.clean()
        assert await remote.ends_by_reset()
        await client.say(b"nor this")
        assert await client.hears_nothing()
        other, newer = await pair(link, there)
        await other.say(b"new ones are carried")
        assert await newer.hear(20) == b"new ones are carried"
        assert link.connections == 2
        client.writer.close()
        await eventually(lambda: link.connections == 1, what="the client has given up")


async def test_a_reset_and_an_absent_server_are_told_to_the_client() -> None:
    async with linked() as (link, there):
        client, remote = await pair(link, there)
        remote.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        remote.writer.transport.abort()
        assert await client.ends_by_reset()
        (nobody,) = free_ports(1)
        link.target = (LOOPBACK, nobody)
        assert await (await there.client(link.port)).ends_by_reset()
        await eventually(lambda: link.connections == 0, what="nothing is left")


async def test_a_reader_that_does_not_read_holds_its_sender_and_nothing_piles_up() -> None:
    async with linked() as (link, there):
        client, _ = await pair(link, there)
        saying = asyncio.create_task(client.say(bytes(64 * MEGABYTE)))
        seen: list[int] = []

        def at_rest() -> bool:
            seen.append(link.to_server)
            return len(seen) > 10 and 0 < seen[-10] == seen[-1]

        await eventually(at_rest, what="the sender is held")
        assert link.to_server < 32 * MEGABYTE
        assert not saying.done()
        saying.cancel()
        await asyncio.wait([saying])
        client.writer.transport.abort()


async def test_it_says_what_is_under_way() -> None:
    async with linked() as (link, there):
        assert not await link.next_chunk(within=0.05)
        client, remote = await pair(link, there)
        passed = asyncio.create_task(link.next_chunk())
        await client.say(b"question")
        assert await passed
        assert link.asked == 1
        await remote.hear(8)
        passed = asyncio.create_task(link.next_chunk(Way.TO_CLIENT))
        await remote.say(b"answer")
        assert await passed
        assert link.asked == 0
        await client.hear(6)


async def test_a_stopped_link_leaves_nothing() -> None:
    async with server() as there:
        link = Link("short", (LOOPBACK, there.port))
        link.start()
        client, remote = await pair(link, there)
        link.stall()
        waiting = await there.client(link.port)
        await eventually(lambda: link.connections == 2, what="both are there")
        await link.stop()
        assert link.connections == 0
        assert await waiting.ends_by_reset()
        assert await client.hear_out() == b""
        assert await remote.hear_out() == b""
        with socket.socket() as somebody:
            somebody.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            somebody.bind((LOOPBACK, link.port))


async def test_a_database_is_reached_through_it_and_reached_again_after_each_fault(postgres: str) -> None:
    host, port = _place(postgres)
    async with Link("postgres", (host, port)) as link:
        address = database_address(postgres, "postgres").replace(f":{port}/", f":{link.port}/")
        pool = await asyncpg.create_pool(address, min_size=0, max_size=3, command_timeout=2)
        try:
            for _ in range(3):
                assert await pool.fetchval("SELECT count(*) FROM generate_series(1, 100000)") == 100_000
                assert len(await pool.fetchval("SELECT repeat('x', 5000000)")) == 5_000_000
                link.halve(Way.TO_CLIENT)
                with pytest.raises((asyncpg.PostgresError, OSError)):
                    await pool.fetchval("SELECT repeat('x', 5000000)")
                assert await pool.fetchval("SELECT 1") == 1
                link.stall()
                with pytest.raises(TimeoutError):
                    await pool.fetchval("SELECT 1", timeout=0.3)
                link.clean()
                assert await pool.fetchval("SELECT 1") == 1
                link.cut(reset=True)
                await eventually(lambda: answers(pool), what="the pool connects again")
        finally:
            pool.terminate()


async def answers(pool: asyncpg.Pool) -> bool:
    try:
        return bool(await pool.fetchval("SELECT true"))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False


def _place(url: str) -> tuple[str, int]:
    place = url.rpartition("@")[2].partition("/")[0]
    host, _, port = place.partition(":")
    return host, int(port)
