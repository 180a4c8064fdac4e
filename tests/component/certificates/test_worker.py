"""The worker as a whole: from records on Kafka to a certificate and its event on Kafka."""

from pathlib import Path
from typing import Any

import httpx

from services.certificates.document.keys import read_signing
from services.certificates.settings import CertificatesSettings
from services.certificates.worker_app import create_app
from shared.contracts.catalogue import decode
from shared.contracts.certificates import CertificateIssued, CertificatesActed
from shared.contracts.topics import CERTIFICATES
from tests.component.certificates.story import Story
from tests.component.runtime.parts import on_topic, producing
from tests.conftest import NewDatabase
from tests.waiting import eventually


async def test_facts_on_kafka_become_a_certificate_and_its_event(
    database: NewDatabase, kafka: str, topic_prefix: str, fonts: Path, keys: Path, story: Story
) -> None:
    settings = CertificatesSettings(
        environment="development",
        database_url=await database("certificates"),
        kafka_bootstrap=kafka,
        topic_prefix=topic_prefix,
        font_directory=fonts,
        keys_directory=keys,
        render_processes=1,
    )
    ana = story.person(1, "Ана Ковач", attended=("day-1", "day-2"))
    story.person(2, "Ben Seldom", attended=("day-1",))
    story.completed()

    async with producing(settings) as producer:
        for topic, records in story.records.items():
            for record in records:
                await producer.send_and_wait(settings.topic_name(topic.name), key=record.key, value=record.value)

    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://worker") as client,
    ):

        async def status() -> dict[str, Any]:
            answer: dict[str, Any] = (await client.get("/status")).json()
            return answer

        async def quiet() -> bool:
            seen = await status()
            return [seen.get(name) for name in ("outbox", "lag", "due")] == [0, 0, 0] and seen["activity"] > 0

        await eventually(quiet, within=90, what="everything read, issued and published")
        metrics = (await client.get("/metrics")).text

    assert 'atelier_certificates{state="issued"} 1.0' in metrics
    assert "atelier_certificates_not_augmented 1.0" in metrics
    ends = read_signing(keys).seal_certificate.not_valid_after_utc.timestamp()
    [seal] = [line for line in metrics.splitlines() if line.startswith('atelier_keys_end_seconds{file="seal-1.crt"}')]
    assert float(seal.split()[-1]) == ends
    events = [decode(record.value)[1] for record in await on_topic(settings, CERTIFICATES) if record.value]
    assert [event.registration_id for event in events if isinstance(event, CertificateIssued)] == [ana]
    [completed] = [event for event in events if isinstance(event, CertificatesActed) and event.fact_type == "workshop.completed.v1"]
    assert completed.effects == {"eligible": 1, "issued": 1}
