"""Notifications' figures as its worker gives them. Nothing is due and there is no broker, so it changes nothing meanwhile."""

from datetime import UTC, datetime
from pathlib import Path

import httpx

from deploy.embedded.ports import free_ports
from services.notifications.worker_app import create_app
from tests.component.notifications.conftest import World
from tests.component.notifications.story import Story


async def test_messages_are_counted_by_state(world: World, story: Story, tmp_path: Path) -> None:
    story.person("Аспазија")
    story.withdraw(story.person("Ben"))
    await world.live(story)
    clock = tmp_path / "clock"
    clock.write_text(str((world.clock.at - datetime.now(UTC)).total_seconds()), encoding="ascii")
    [nobody] = free_ports(1)
    app = create_app(world.settings.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{nobody}", "test_clock_file": clock}))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://worker", timeout=30) as client,
    ):
        lines = (await client.get("/metrics")).text.splitlines()
    assert [line for line in lines if line.startswith("atelier_mails{")] == [
        'atelier_mails{state="planned"} 3.0',  # the first one's reminders
        'atelier_mails{state="sent"} 2.0',  # a confirmation, and the withdrawal that superseded the other
        'atelier_mails{state="skipped"} 4.0',  # that other confirmation, and three reminders
    ]
