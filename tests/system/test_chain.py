import signal
from collections.abc import Awaitable, Callable

import asyncpg

from deploy.demo.people import Applicant
from deploy.demo.visitor import Visitor
from deploy.reconcile.world import World
from tests.system.scene import Scene, people
from tests.waiting import eventually

Interruption = Callable[[Scene], Awaitable[None]]


async def _nothing(_scene: Scene) -> None:
    """An undisturbed run."""


async def _live(scene: Scene, *, after_applying: Interruption = _nothing, after_completing: Interruption = _nothing) -> list[Applicant]:
    """Four apply for three places, one withdraws, three are there on two days or one, the workshop is completed, and a week passes."""
    persons = people(4)
    await scene.open(capacity=3)
    for person in persons:
        await scene.apply(person)
    await after_applying(scene)
    await scene.settle()
    await scene.press(persons[1], "/withdraw")
    await scene.settle()
    await scene.check_in([persons[0], persons[3]], days=2)
    await scene.advance_to(day=2, hour=10)
    await scene.organiser.check_in((await scene.registrations())[persons[2].address]["id"], "day-3")
    await scene.advance_to(day=2, hour=18)
    await scene.organiser.command(scene.workshop_id, "complete")
    await after_completing(scene)
    await scene.settle()
    await scene.advance_to(day=6, hour=9)
    return persons


async def test_from_the_form_to_the_verified_certificate(scene: Scene) -> None:
    persons = await _live(scene)
    world = await scene.assert_agreement()
    state = await scene.end_state()
    assert [person["state"] for person in state.values()] == ["confirmed", "withdrawn", "confirmed", "confirmed"]
    assert [person["certificates"] for person in state.values()] == [["issued"], [], [], ["issued"]]
    assert state["person 3"]["mails"] == {
        (purpose, persons[3].language): times for purpose, times in {"waiting": 1, "promotion": 1, "reminder": 3, "certificate": 1}.items()
    }
    await _verify(scene, world, persons[0])


async def test_killing_the_notifications_worker_changes_nothing_in_the_end(scene: Scene) -> None:
    await _live(scene)
    undisturbed = await scene.end_state()
    other = Scene(scene.system, scene.organiser, scene.inbox, scene.output)
    await _live(other, after_applying=_kill_notifications_at_work, after_completing=_kill_notifications_at_work)
    assert await other.end_state() == undisturbed
    await other.assert_agreement()


async def _kill_notifications_at_work(scene: Scene) -> None:
    """Kill -9 while messages are still to be sent, and start again.

    Frozen first, to kill it while no text has been handed over without an answer: such a message would rightly stay uncertain.
    """
    worker = scene.system.process("notifications-worker")
    connection = await asyncpg.connect(scene.system.environment("notifications")["ATELIER_DATABASE_URL"])
    try:

        async def frozen_at_work() -> bool:
            await worker.kill(signal.SIGSTOP)
            if await connection.fetchval("SELECT count(*) FROM messages WHERE state = 'sending'") == 0:
                return True
            await worker.kill(signal.SIGCONT)
            return False

        await eventually(frozen_at_work, what="the worker is between two messages")
        await worker.kill(signal.SIGKILL)
        await eventually(lambda: _left_to_do(scene, connection), what="a killed worker has left work behind", within=20)
    finally:
        await connection.close()
    await worker.start()


async def _left_to_do(scene: Scene, connection: asyncpg.Connection) -> bool:
    """Whether something of this workshop is unread or unsent: else the kill came too late to mean anything."""
    return bool(
        await connection.fetchval(
            "SELECT count(*) FROM messages WHERE workshop_id = $1::text::uuid AND state IN ('planned', 'claimed')", scene.workshop_id
        )
    )


async def _verify(scene: Scene, world: World, person: Applicant) -> None:
    """A stranger follows the link of the certificate mail and sees whose it is."""
    (mail,) = await scene.inbox.entries(address=person.address, purpose="certificate")
    link = next(link for link in await scene.inbox.links(mail["number"]) if "/verify/" in link)
    async with Visitor(scene.system.front_door, "en") as stranger:
        page = await stranger.read(link)
    serial = mail["occurrence"].removesuffix(":issued")
    assert serial in {row.serial for row in world.certificates.certificates}
    assert serial in page.words
    assert person.certificate_name in page.words
