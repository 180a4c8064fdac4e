"""What is known about a message stays known while the database is away: uncertain is only what was handed over without an answer."""

import asyncio
import contextlib
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from deploy.embedded.ports import LOOPBACK, free_ports
from services.notifications.delivery import sending_desk
from services.notifications.delivery.prefetch import Prefetch
from services.notifications.delivery.refusals import ServerAwayError
from services.notifications.delivery.sender import Sender
from services.notifications.delivery.sending_desk import SendingDesk
from services.notifications.jobs import create_composer
from services.notifications.use_cases.begin_sending import Begin
from shared.runtime.database import create_pool
from shared.runtime.waiting import Backoff, Stop
from tests.component.notifications.conftest import World
from tests.component.notifications.leases import let_leases_expire, states
from tests.component.notifications.story import Story
from tests.faults.matrix.link import Link
from tests.waiting import eventually


def unlucky(sender: Sender, *, committed: bool) -> Sender:
    """Its connection to the database breaks while it marks its first message as being sent: before the commit, or after it."""
    broken: list[bool] = []

    class Unlucky(Sender):
        async def _begin(self, *arguments: object) -> Begin:
            if broken:
                return await super()._begin(*arguments)  # type: ignore[arg-type]  # passed through
            broken.append(True)
            if committed:
                await super()._begin(*arguments)  # type: ignore[arg-type]  # passed through
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    sender.__class__ = Unlucky
    return sender


@pytest.mark.parametrize("committed", [True, False])
async def test_a_mark_whose_commit_was_not_answered_leaves_nothing_in_doubt(world: World, story: Story, *, committed: bool) -> None:
    for name in ("Ana", "Bojan"):
        story.person(name)
    await world.hear(story.told)
    await world.plan()
    sender = unlucky(world.sender(), committed=committed)
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await sender.run()
    assert await states(world) == ["planned", "planned"]
    # The same connection to the mail server goes on: it has forgotten the message that was announced on it.
    while await sender.run():
        pass
    assert await states(world) == ["sent", "sent"]
    assert sorted(world.purposes) == ["confirmation", "confirmation"]
    assert len({str(mail["Message-ID"]) for mail in world.mail.taken}) == 2


async def test_an_answer_is_remembered_until_the_database_is_back(world: World, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending_desk, "Backoff", lambda **_waits: Backoff(first=0.01, longest=0.01))
    story.person("Ana")
    await world.hear(story.told)
    await world.plan()
    address = urlsplit(world.settings.dsn)
    assert address.hostname
    assert address.port
    (nobody,) = free_ports(1)
    async with Link("notifications-postgres", (address.hostname, address.port)) as link:
        there = link.target
        through = urlunsplit(address._replace(netloc=f"{address.netloc.rpartition('@')[0]}@{LOOPBACK}:{link.port}"))
        pool = await create_pool(
            world.settings.model_validate(world.settings.model_dump() | {"database_url": through}), application_name="t"
        )
        desk = SendingDesk(world.settings, pool=pool, clock=world.clock)
        prefetch = Prefetch(world.settings, pool=pool, clock=world.clock, stop=Stop())
        sender = Sender(world.settings, clock=world.clock, composer=create_composer(world.settings), prefetch=prefetch, desk=desk)
        world.mail.answer_allowed.clear()
        running = asyncio.create_task(sender.run())
        await world.mail.text_arrived.wait()
        link.target = (LOOPBACK, nobody)
        link.cut()
        before = link.accepted
        world.mail.answer_allowed.set()
        await eventually(lambda: link.accepted > before + 20, what="it tries again and again")
        assert not running.done()
        await let_leases_expire(world)
        await world.planner.recover()
        assert await states(world) == ["uncertain"]  # as it looks to the others
        link.target = there
        with contextlib.suppress(OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError):
            await running  # its next look may meet another of the connections that were cut
        sender.close()
        await pool.close()
    assert await states(world) == ["sent"]
    assert world.purposes == ["confirmation"]


@pytest.mark.parametrize(
    "error",
    [asyncpg.InternalClientError("protocol is in the error state"), RuntimeError("a mistake of ours")],
    ids=lambda error: type(error).__name__,
)
async def test_an_answer_is_written_down_after_failures_that_nobody_foresaw(
    world: World, story: Story, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Such as that of a driver whose connection the server ended in the moment in which the pool handed it out."""
    monkeypatch.setattr(sending_desk, "Backoff", lambda **_waits: Backoff(first=0.01, longest=0.01))
    record, failures = sending_desk.record_outcomes, iter([error] * 3)

    async def record_in_vain(*arguments: Any, **options: Any) -> Any:
        if (failure := next(failures, None)) is not None:
            raise failure
        return await record(*arguments, **options)

    monkeypatch.setattr(sending_desk, "record_outcomes", record_in_vain)
    story.person("Ana")
    await world.hear(story.told)
    await world.work()
    assert await states(world) == ["sent"]


@pytest.mark.parametrize("answer", ["451 not now", "554 never"])
async def test_a_late_refusal_ends_the_doubt(world: World, story: Story, answer: str) -> None:
    story.person("Ana")
    world.mail.answer_text = lambda _mail: answer
    await world.hear(story.told)
    await world.plan()
    world.mail.answer_allowed.clear()
    running = asyncio.create_task(world.sender().run())
    await world.mail.text_arrived.wait()
    await let_leases_expire(world)
    await world.planner.recover()
    assert await states(world) == ["uncertain"]
    world.mail.answer_allowed.set()
    await running
    assert await states(world) == (["failed"] if answer.startswith("5") else ["planned"])
    if not answer.startswith("5"):
        world.mail.answer_text = lambda _mail: None
        await let_leases_expire(world)
        await world.work()
        assert await states(world) == ["sent"]


async def test_a_connection_lost_before_the_first_byte_of_the_text_is_simply_tried_again(world: World, story: Story) -> None:
    story.person("Ana")
    await world.hear(story.told)
    await world.plan()
    sender = world.sender()
    connection = sender._connection
    hand_over = connection.hand_over

    async def lose(content: bytes) -> None:
        smtp = connection._smtp
        assert smtp is not None
        execute = smtp.execute_command

        async def execute_and_lose(*arguments: bytes, timeout: float) -> object:  # noqa: ASYNC109  # the library's own signature
            answer = await execute(*arguments, timeout=timeout)
            assert smtp.transport is not None
            smtp.transport.close()
            return answer

        smtp.execute_command = execute_and_lose  # type: ignore[assignment,method-assign]  # the server asks, and is gone
        with pytest.raises(ServerAwayError):
            await hand_over(content)
        raise ServerAwayError

    connection.hand_over = lose  # type: ignore[method-assign]  # to lose it at the one moment that matters
    await sender.run()
    assert await states(world) == ["planned"]
    await let_leases_expire(world)
    await world.work()
    assert world.purposes == ["confirmation"]
