"""Registration's figures as its worker gives them. There is no broker, so what was published waits in the outbox."""

import asyncpg
import httpx

from deploy.embedded.ports import free_ports
from services.registration.settings import RegistrationSettings
from services.registration.use_cases.cancel_workshop import cancel_workshop
from services.registration.use_cases.withdraw_registration import withdraw_registration
from services.registration.worker_app import create_app
from tests.component.registration.material import NOW, ORGANISER, ids_by_address, open_one, place, submission


async def test_workshops_and_registrations_are_counted_by_state(settings: RegistrationSettings, pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        workshop = await open_one(connection, capacity=3)
        await place(connection, workshop.id, *(submission(f"p{number}@example.org") for number in range(6)))
        ids = await ids_by_address(connection, workshop.id)
        await withdraw_registration(connection, ids["p5@example.org"], by="participant", actor=ORGANISER, now=NOW)
        for _ in range(2):
            cancelled = await open_one(connection)
            await place(connection, cancelled.id, submission())
            await cancel_workshop(connection, cancelled.id, reason={}, actor=ORGANISER, now=NOW)
    waiting = await pool.fetchval("SELECT count(*) FROM outbox")
    [nobody] = free_ports(1)
    app = create_app(settings.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{nobody}"}))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://worker", timeout=30) as client,
    ):
        lines = (await client.get("/metrics")).text.splitlines()
    assert waiting > 0
    for line in (
        'atelier_registrations{state="confirmed"} 3.0',
        'atelier_registrations{state="waiting"} 2.0',
        'atelier_workshops{state="open"} 1.0',
        'atelier_workshops{state="cancelled"} 2.0',
        f"atelier_outbox_depth {waiting}.0",
        'atelier_up{part="database"} 1.0',
        'atelier_up{part="broker"} 0.0',
    ):
        assert line in lines
