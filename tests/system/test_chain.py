import json
import signal
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.demo.organiser import Organiser
from deploy.demo.people import Applicant
from deploy.demo.visitor import PageError, Visitor
from deploy.reconcile.world import World
from tests.system.scene import Scene, people
from tests.waiting import eventually

Disturbance = Callable[[Scene], AbstractAsyncContextManager[object]]


async def _live(scene: Scene, *, applying: Disturbance = nullcontext, completing: Disturbance = nullcontext) -> list[Applicant]:
    """Four apply for three places, one withdraws, three are there on two days or one, the workshop is completed, and a week passes."""
    persons = people(4)
    await scene.open(capacity=3)
    async with applying(scene):
        for person in persons:
            await scene.apply(person)
    await scene.settle()
    await scene.press(persons[1], "/withdraw")
    await scene.settle()
    await scene.check_in([persons[0], persons[3]], days=2)
    await scene.advance_to(day=2, hour=10)
    await scene.organiser.check_in((await scene.registrations())[persons[2].address]["id"], "day-3")
    await scene.advance_to(day=2, hour=18)
    async with completing(scene):
        await scene.organiser.command(scene.workshop_id, "complete")
    await scene.settle()
    await scene.advance_to(day=6, hour=9)
    return persons


async def test_from_the_form_to_the_verified_certificate(scene: Scene) -> None:
    persons = await _live(scene)
    for person, command in ((persons[0], "/share"), (persons[3], "/share"), (persons[3], "/stop-sharing")):
        await scene.press(person, command)
    await scene.settle()
    world = await scene.assert_agreement()
    state = await scene.end_state()
    assert [person["state"] for person in state.values()] == ["confirmed", "withdrawn", "confirmed", "confirmed"]
    assert [person["certificates"] for person in state.values()] == [["issued"], [], [], ["issued"]]
    assert state["person 3"]["mails"] == {
        (purpose, persons[3].language): times for purpose, times in {"waiting": 1, "promotion": 1, "reminder": 3, "certificate": 1}.items()
    }
    await _verify(scene, world, persons[0])
    await _see_what_is_shared(scene, world, persons[0])
    await _correct_the_name(scene, persons[0])


async def test_killing_the_notifications_worker_changes_nothing_in_the_end(scene: Scene) -> None:
    await _live(scene)
    undisturbed = await scene.end_state()
    other = Scene(scene.system, scene.organiser, scene.inbox, scene.output)
    await _live(other, applying=_killing_notifications("confirmation", "waiting"), completing=_killing_notifications("certificate"))
    assert await other.end_state() == undisturbed
    await other.assert_agreement()


def _killing_notifications(*purposes: str) -> Disturbance:
    """Kill -9 while messages of these purposes are claimed and none has left, and start again.

    The mailbox is frozen before anything happens, so that the worker cannot be done too early, and that no text has been handed over
    without an answer: such a message would rightly stay uncertain.
    """

    @asynccontextmanager
    async def disturbance(scene: Scene) -> AsyncIterator[None]:
        mailbox, worker = scene.system.process("mailbox"), scene.system.process("notifications-worker")
        connection = await asyncpg.connect(scene.system.environment("notifications")["ATELIER_DATABASE_URL"])

        async def about_to_send() -> bool:
            return await _count(scene, connection, purposes, "claimed") > 0

        await mailbox.kill(signal.SIGSTOP)
        try:
            yield
            await eventually(about_to_send, within=60, what="the worker is about to send")
            await worker.kill(signal.SIGKILL)
            assert await _count(scene, connection, purposes, "claimed"), "what the killed worker held has to be recovered"
            assert not await _count(scene, connection, purposes, "sending", "sent", "uncertain")
        finally:
            await mailbox.kill(signal.SIGCONT)
            await connection.close()
        await worker.start()

    return disturbance


async def _count(scene: Scene, connection: asyncpg.Connection, purposes: tuple[str, ...], *states: str) -> int:
    """Messages about this workshop; the purposes are those of facts, so that none of them is planned for later, as reminders are."""
    return int(
        await connection.fetchval(
            "SELECT count(*) FROM messages WHERE workshop_id = $1::text::uuid AND purpose = ANY($2) AND state = ANY($3)",
            scene.workshop_id,
            list(purposes),
            list(states),
        )
    )


class _Marked(httpx.AsyncHTTPTransport):
    """Gives what is posted a correlation id, as a proxy in front of the site may."""

    def __init__(self, correlation_id: str) -> None:
        super().__init__()
        self._correlation_id = correlation_id

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            request.headers["X-Correlation-ID"] = self._correlation_id
        return await super().handle_async_request(request)


async def test_a_correlation_id_leads_from_the_form_and_the_command_to_the_mail(scene: Scene) -> None:
    (person,) = people(1)
    submission, announcement, completion = (f"{name}-{uuid.uuid4().hex}" for name in ("form", "announce", "complete"))
    token = scene.organiser._api.headers["authorization"].removeprefix("Bearer ")
    await scene.open(capacity=1)
    async with Visitor(scene.system.front_door, person.language, _Marked(submission)) as visitor:
        await visitor.apply(scene.slug, person)
    await scene.settle()
    async with Organiser(scene.system.front_door, token, _Marked(announcement)) as organiser:
        words = {"subject": {"en": "Badges", "fr": "Badges"}, "body": {"en": "Please bring it.", "fr": "Merci de l'apporter."}}
        await organiser.command(scene.workshop_id, "announce", words)
    await scene.check_in([person], days=2)
    await scene.advance_to(day=2, hour=18)
    async with Organiser(scene.system.front_door, token, _Marked(completion)) as organiser:
        await organiser.command(scene.workshop_id, "complete")
    await scene.settle()

    posted = {line["correlation_id"]: line["route"] for line in _log(scene, "registration-web") if line.get("method") == "POST"}
    assert posted[submission].endswith("/register")
    assert posted[announcement].endswith("/announce")
    assert posted[completion].endswith("/complete")
    registration_id = uuid.UUID((await scene.registrations())[person.address]["id"])
    world = await scene.world()
    published = {
        one.envelope.type: one.envelope.correlationid
        for one in world.log.published
        if one.envelope.subject in {registration_id, uuid.UUID(scene.workshop_id)}
    }
    for event_type, expected in {
        "participant.recorded.v1": submission,
        "registration.confirmed.v1": submission,
        "workshop.announced.v1": announcement,
        "workshop.completed.v1": completion,
        "certificate.issued.v1": completion,
    }.items():
        assert published[event_type] == expected, event_type
    connection = await asyncpg.connect(scene.system.environment("notifications")["ATELIER_DATABASE_URL"])
    try:
        rows = await connection.fetch(
            "SELECT message_id, purpose FROM messages WHERE registration_id = $1 AND purpose <> 'reminder'", registration_id
        )
    finally:
        await connection.close()
    purposes = {str(row["message_id"]): row["purpose"] for row in rows}
    sent = {
        purposes[line["message"]]: line.get("correlation_id")
        for line in _log(scene, "notifications-worker")
        if line["event"] == "message_sent" and line["message"] in purposes
    }
    assert sent == {"confirmation": submission, "announcement": announcement, "certificate": completion}


def _log(scene: Scene, process: str) -> list[dict[str, Any]]:
    """The lines that are ours."""
    return [json.loads(line) for line in scene.system.process(process).log.read_text().splitlines() if line.startswith("{")]


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


async def _see_what_is_shared(scene: Scene, world: World, holder: Applicant) -> None:
    """A stranger opens the only page that is switched on, until its holder switches it off."""
    [address] = [f"/certificates/shared/{token}" for token in world.registration.shares.values()]
    async with Visitor(scene.system.front_door, "en") as stranger:
        assert holder.certificate_name in (await stranger.read(address)).words
        await scene.press(holder, "/stop-sharing")
        await scene.settle()
        with pytest.raises(PageError, match="404"):
            await stranger.read(address)


async def _correct_the_name(scene: Scene, person: Applicant) -> None:
    """An organiser corrects it: another certificate takes the first one's place, both say so, and the person is mailed the new one."""
    registration_id, name = (await scene.registrations())[person.address]["id"], f"Dr {person.certificate_name}"
    [first] = (await scene.organiser.registration(registration_id))["certificates"]
    await scene.organiser.correct(registration_id, certificate_name=name)
    await scene.settle()
    await scene.assert_agreement()
    second, first = (await scene.organiser.registration(registration_id))["certificates"]
    assert (first["state"], first["superseded_by"], second["state"]) == ("superseded", second["serial"], "issued")
    mails = await scene.inbox.entries(address=person.address, purpose="certificate")
    assert {mail["occurrence"] for mail in mails} == {f"{one['serial']}:issued" for one in (first, second)}
    async with Visitor(scene.system.front_door, "en") as stranger:
        old, new = [await stranger.read(f"/verify/{one['verification_token']}") for one in (first, second)]
    assert second["serial"] in old.words
    assert name in new.words
